"""What a sample of tool calls asks for: its target and its tools in, Expected out, or one clear sentence.

A target is `{"calls": [...]}`: each call names its tool, and either its very `arguments` or, for every argument, the
values that are `accepted` ("" among them: it may be left away). `ordered: true` asks for this order. No calls: nothing
may be attempted. `{"mode": "relevance"}` asks for some call of an offered tool, whichever.
A target that no answer could reach is a mistake of the suite. Does not know answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError, nearest
from sfteval.scorers.calls.values import Slots, accepted_slots, exact_slots
from sfteval.scorers.tool_schemas import Tool, schema_faults, tools_of
from sfteval.types import Json, Sample

KEYS = ("calls", "ordered", "mode")
MODES = ("simple", "multiple", "parallel", "irrelevance", "relevance")
SHAPE = '{"calls": [{"name": text, "arguments": object}, ...]}'
MEND = "Mend the target in the task's data file"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One expected call; `possible` is its accepted set in the published form."""

    name: str
    slots: Slots
    possible: Json


@dataclass(frozen=True, slots=True)
class Expected:
    """What one sample asks for: its calls, and the tools that it offers."""

    calls: tuple[Wanted, ...]
    tools: Mapping[str, Tool]
    is_ordered: bool = False
    is_relevance: bool = False  # some call, whichever
    to_the_character: bool = True  # the target names the very arguments


def expected_of(sample: Sample, where: str) -> Expected:
    """Check a sample's target and its tools."""
    tools, target = tools_of(sample.tools, where), sample.target
    if not isinstance(target, Mapping):
        raise _wrong(where, SHAPE, target)
    for key in target:
        if key not in KEYS:
            raise DataError(f"{where}, target", expected="a known key", got=f'"{key}"', next_move=nearest(key, KEYS))
    mode, ordered = target.get("mode"), target.get("ordered", False)
    if mode is not None and mode not in MODES:
        raise DataError(
            f"{where}, target", expected="a known mode", got=repr(mode)[:80], next_move=nearest(str(mode), MODES)
        )
    if not isinstance(ordered, bool):
        raise _wrong(where, '"ordered" as true or false', ordered)
    calls = target.get("calls", [] if mode == "relevance" else None)
    if not isinstance(calls, list | tuple) or not all(_is_call(call) for call in calls):
        raise _wrong(where, SHAPE, target)
    wanted = tuple(_wanted(call, tools, where) for call in calls)
    exact = all("arguments" in call for call in calls)
    return Expected(wanted, tools, ordered, mode == "relevance", exact)


def _is_call(call: Any) -> bool:
    if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
        return False
    return isinstance(call.get("arguments", call.get("accepted")), Mapping)


def _wanted(call: Json, tools: Mapping[str, Tool], where: str) -> Wanted:
    name = call["name"]
    if name not in tools:
        raise _unreachable(where, f'"{name}", which is not offered')
    if "arguments" in call:
        faults = schema_faults(tools[name].given, call["arguments"])
        if faults:
            raise _unreachable(where, faults[0].message)
        arguments = call["arguments"]
        return Wanted(name, exact_slots(arguments), {key: [_possible(value)] for key, value in arguments.items()})
    for key, values in call["accepted"].items():
        if not isinstance(values, list | tuple):  # an empty list is a published defect: nothing passes
            raise _wrong(where, f'a list of accepted values for "{key}"', values)
    return Wanted(name, accepted_slots(call["accepted"]), call["accepted"])


def _possible(value: Any) -> Any:
    """Return an exact value as the published form writes it: in objects a list of one value for every key."""
    if isinstance(value, Mapping):
        return {key: [entry] for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_possible(entry) if isinstance(entry, Mapping) else entry for entry in value]
    return value


def _wrong(where: str, expected: str, got: object) -> DataError:
    return DataError(f"{where}, target", expected=expected, got=repr(got)[:120], next_move=MEND)


def _unreachable(where: str, got: str) -> DataError:
    return DataError(
        f"{where}, target",
        expected="calls of offered tools that fit their schemas",
        got=got,
        next_move="Mend the target or the tools in the task's data file",
    )
