"""One item of an agent task, read and checked: a Sample in, an Episode out; and the limits of a whole task.

    metadata = {"services": ["calendar"], "state": {"calendar": {...}}, "user": ["the second message", ...],
                "fail": {"call": 2, "error": "The calendar does not answer. Try again."}}
    target   = {"state": {"calendar": {...}}, "answers": [["14:30", ["9", "nine"]], []],
                "actions": [[{"name", "arguments"}], []]}

`messages` begin the conversation, `user` are the messages that the user sends after each final answer, `tools` are
offered. The `call`-th call that could be carried out fails once with `error`. In `answers` and `actions` each entry
belongs to one user message: texts (or lists of alternatives) that the final answer to it must hold, and a solution.
`state` is what the services must hold in the end; without it, or without `answers`, that is not asked.
Does not know whether a service exists, or what an agent did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError
from sfteval.scorers.extraction import check_options, text_option
from sfteval.scorers.tool_schemas import tools_of
from sfteval.types import Json, Message, Sample, Task

MOST_TURNS, MOST_CALLS = 99, 99


@dataclass(frozen=True, slots=True)
class Limits:
    """What one conversation may take."""

    max_turns: int = 12  # answers of the agent
    max_calls: int = 24
    max_repeats: int = 3  # the same call with the same observation, one after the other
    second_chances: int = 1  # turns that cannot be read and are answered by an error, not by the end


@dataclass(frozen=True, slots=True)
class Injected:
    """An error that comes in place of a result, once."""

    call: int  # from 1, among the calls that could be carried out
    error: str


@dataclass(frozen=True, slots=True)
class Episode:
    """What one item sets up, and what it asks for."""

    services: tuple[str, ...]
    state: Json  # of each service, before the first call
    user: tuple[Message, ...]  # what the user says after each final answer
    injected: Injected | None
    expected_state: Json | None  # None: not asked
    expected_answers: tuple[tuple[tuple[str, ...], ...], ...]  # by user message: alternatives; empty: not asked
    solution: tuple[tuple[Json, ...], ...]  # by user message: calls {"name", "arguments"}

    @property
    def num_user_turns(self) -> int:
        """How many messages the user sends."""
        return 1 + len(self.user)


def limits_of(task: Task) -> Limits:
    """Read the options of an agent task.

    Raises: DataError for an unknown option or a value out of range.
    """
    check_options(task, "dialect", "max_turns", "max_calls", "max_repeats", "second_chances")
    text_option(task, "dialect")
    standard = Limits()
    return Limits(
        max_turns=_whole_option(task, "max_turns", standard.max_turns, 1, MOST_TURNS),
        max_calls=_whole_option(task, "max_calls", standard.max_calls, 1, MOST_CALLS),
        max_repeats=_whole_option(task, "max_repeats", standard.max_repeats, 2, MOST_CALLS),
        second_chances=_whole_option(task, "second_chances", standard.second_chances, 0, MOST_TURNS),
    )


def episode_of(sample: Sample, where: str) -> Episode:
    """Read an item.

    Raises: DataError for a field that is missing or of another form.
    """
    given, target = sample.metadata, sample.target
    if not isinstance(target, Mapping):
        raise _wrong(f"{where}, target", "an object", target)
    if sample.messages[-1].role != "user":
        raise _wrong(f"{where}, messages", "the user's words at the end", sample.messages[-1].role)
    if not tools_of(sample.tools, where):
        raise _wrong(f"{where}, tools", "at least one tool", sample.tools)
    services = _texts(given.get("services"), f"{where}, metadata.services")
    state = _state(given.get("state"), services, f"{where}, metadata.state")
    user = _texts(given.get("user", []), f"{where}, metadata.user")
    expected = target.get("state")
    episode = Episode(
        services=services,
        state=state,
        user=tuple(Message("user", text) for text in user),
        injected=_injected(given.get("fail"), f"{where}, metadata.fail"),
        expected_state=None if expected is None else _state(expected, services, f"{where}, target.state"),
        expected_answers=_answers(target.get("answers", []), f"{where}, target.answers"),
        solution=_solution(target.get("actions", []), f"{where}, target.actions"),
    )
    if episode.expected_state is None and not any(episode.expected_answers):
        raise _wrong(f"{where}, target", "a state or answers", "neither")
    if len(episode.expected_answers) > episode.num_user_turns or len(episode.solution) > episode.num_user_turns:
        raise _wrong(f"{where}, target", f"at most {episode.num_user_turns} entries, one a user message", "more")
    return episode


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(entry, str) and entry for entry in value):
        return tuple(value)
    raise _wrong(where, "a list of texts", value)


def _state(value: Any, services: tuple[str, ...], where: str) -> Json:
    if isinstance(value, Mapping) and set(value) == set(services):
        return value
    raise _wrong(where, f"an object with the keys {', '.join(services)}", value)


def _injected(value: Any, where: str) -> Injected | None:
    if value is None:
        return None
    call, error = (value.get("call"), value.get("error")) if isinstance(value, Mapping) else (None, None)
    if not isinstance(call, int) or isinstance(call, bool) or call < 1 or not isinstance(error, str) or not error:
        raise _wrong(where, '{"call": a number from 1, "error": a text}', value)
    return Injected(call, error)


def _answers(value: Any, where: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, list | tuple) for entry in value):
        raise _wrong(where, "a list with a list of texts for each user message", value)
    return tuple(
        tuple((text,) if isinstance(text, str) and text else _alternatives(text, where) for text in entry)
        for entry in value
    )


def _alternatives(value: Any, where: str) -> tuple[str, ...]:
    found = _texts(value, where)
    if not found:
        raise _wrong(where, "at least one alternative", value)
    return found


def _solution(value: Any, where: str) -> tuple[tuple[Json, ...], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, list | tuple) for entry in value):
        raise _wrong(where, "a list with a list of calls for each user message", value)
    for call in (call for entry in value for call in entry):
        named = isinstance(call, Mapping) and isinstance(call.get("name"), str)
        if not named or not isinstance(call.get("arguments"), Mapping):
            raise _wrong(where, 'calls {"name", "arguments"}', call)
    return tuple(tuple(entry) for entry in value)


def _whole_option(task: Task, name: str, default: int, least: int, most: int) -> int:
    value = task.options.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    where = f'task "{task.name}", option "{name}"'
    raise DataError(
        where, expected=f"a whole number from {least} to {most}", got=repr(value), next_move="Mend it in suite.toml"
    )


def _wrong(where: str, expected: str, got: object) -> DataError:
    return DataError(where, expected=expected, got=repr(got)[:80], next_move="Mend it in the task's data file")
