"""A conversation with tools, from the first answer to the last: turns, calls, observations, states. Knows no tool.

The form in which it lies in `trajectories/<task>.jsonl` is that of its fields; `as_dict` and `from_dict` are each
other's inverse. Every text in it may be a model's: hostile like all model text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeVar

from sfteval.types.answered import Fault, FinishReason, Outcome
from sfteval.types.conversation import Json, Message

EndReason = Literal[
    "final",  # the agent answered the user's last message
    "max_turns",  # it would have gone on, and had no turn left
    "max_calls",  # ... and had no call left
    "repeat_loop",  # the same call gave the same observation again and again
    "malformed",  # its calls could not be read, and it had been told so
    "truncated",  # the token limit cut a turn
    "empty",  # it said nothing
    "unrenderable",  # its own template has no form for the turn that it wrote
    "refused",  # the server takes no more of it: it has grown too long, or to a form that its template does not know
    "error",  # transport failed: missing data, owed again
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Action:
    """One attempted call, and what came of it."""

    name: str  # "" when it could not be read
    arguments: Json | None  # None when they could not be read
    start: int  # character span in the turn's raw text
    end: int
    faults: tuple[Fault, ...]  # why it was not carried out: of its reading, its name or its schema
    observation: str  # as the agent was shown it; "": the turn was refused as a whole
    is_error: bool  # the observation is an error
    is_injected: bool  # ... that the item asked for, to see whether the agent recovers
    state_sha256: str  # of the services' state after it

    @classmethod
    def from_dict(cls, row: Json) -> "Action":
        """Return the action that this JSON object holds."""
        return _built(cls, row, faults=_faults(row))


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One answer of the agent, as it said it, and what was done about it."""

    question: str  # of the stored answer
    user_turn: int  # which of the user's messages it serves, from 0
    text: str  # raw
    finish_reason: FinishReason
    think_prefilled: bool
    outcome: Outcome
    answer: str  # what the user would see
    actions: tuple[Action, ...]
    faults: tuple[Fault, ...]  # of the turn as a whole
    is_final: bool  # it answers the user, and nothing is wrong with its form
    state_sha256: str  # of the services' state after it

    @classmethod
    def from_dict(cls, row: Json) -> "AgentTurn":
        """Return the turn that this JSON object holds."""
        actions = tuple(Action.from_dict(action) for action in row["actions"])
        return _built(cls, row, outcome=Outcome(row["outcome"]), actions=actions, faults=_faults(row))


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One whole conversation."""

    sample_id: str
    sample_index: int
    dialect: str | None  # in which calls were read; None: it was guessed turn by turn
    messages: tuple[Message, ...]  # as the agent would be shown them next
    turns: tuple[AgentTurn, ...]
    state: Json  # of the services, by name, in the end
    end: EndReason

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of a stored line."""
        row = asdict(self)
        row["messages"] = [message.as_dict() for message in self.messages]
        return row

    @classmethod
    def from_dict(cls, row: Json) -> "Trajectory":
        """Return the trajectory of a stored line.

        Raises: KeyError, TypeError or ValueError for a row of another form.
        """
        messages = tuple(
            _built(Message, message, tool_calls=tuple(message.get("tool_calls", ()))) for message in row["messages"]
        )
        turns = tuple(AgentTurn.from_dict(turn) for turn in row["turns"])
        return _built(cls, row, messages=messages, turns=turns)


def _faults(row: Json) -> tuple[Fault, ...]:
    return tuple(_built(Fault, fault) for fault in row["faults"])


def _built(noun: type[T], row: Json, **given: object) -> T:
    """Return the noun from the keys of `row` that it knows, `given` first."""
    if not isinstance(row, Mapping):
        raise TypeError(f"expected an object, got {type(row).__name__}")
    known = {field.name for field in fields(noun)}  # type: ignore[arg-type]
    return noun(**{key: value for key, value in row.items() if key in known} | given)
