"""Why an answer failed: its calls and what was expected in, faults by layer out, the first failing layer's first.

A call that parses may name no tool, or break its schema, or be the wrong one; the set of calls may be wrong when each
is fine. Layers in order: transport, envelope, json, name, schema, value, decision, trajectory.
Source: taxonomy of the research on tool calls, section 1.2.
"""

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz.distance import Levenshtein

from sfteval.scorers.calls.targets import Expected, Wanted
from sfteval.scorers.calls.values import SameText, Slot, fits, fits_slot
from sfteval.scorers.tool_schemas import Tool, schema_faults
from sfteval.types import Fault, Outcome, Reading, ToolCall

LAYERS = ("transport", "envelope", "json", "name", "schema", "value", "decision", "trajectory")
NEAR_MISS = 2  # edits
LONGEST = 300
LONGEST_VALUE = 80
STEP = re.compile(r'\["[^"]*+"?+\]?+|\[\d++\]|\.[^.\[]++')  # one of a JSON path


def first_failing(faults: Sequence[Fault]) -> Fault:
    """Return the fault of the first failing layer; of several, the one that came first."""
    return min(faults, key=lambda fault: LAYERS.index(fault.layer))


def place_in_call(fault: Fault, calls: Sequence[ToolCall]) -> dict[str, Any]:
    """Return where in its call a fault of reading stands: character `at`, `of` how many, at which depth of the JSON."""
    call = next((call for call in calls if call.fault is fault), None)
    if call is None or fault.position < call.start:
        return {}
    place = {"at": fault.position - call.start, "of": len(call.raw), "depth": len(STEP.findall(fault.path))}
    return {"place_in_call": place}


def is_mention(call: ToolCall, offered: Container[str]) -> bool:
    """Tell whether an envelope in prose names no offered tool: then nothing was called."""
    return call.fault is not None and call.fault.code == "missing_wrapper" and call.name not in offered


def call_faults(call: ToolCall, tools: Mapping[str, Tool]) -> list[Fault]:
    """Return why a call that parses cannot be executed: its name, else its arguments."""
    if call.name not in tools:
        near = next((name for name in tools if _is_near(call.name, name)), None)
        code = "name_near_miss" if near else "hallucinated_tool"
        message = f'"{call.name[:LONGEST_VALUE]}" is not offered' + (f', "{near}" is' if near else "")
        return [fault_of(call, code, "name", message)]
    return [_placed(fault, call) for fault in schema_faults(tools[call.name].given, call.arguments)]


def extra_arguments(call: ToolCall, tools: Mapping[str, Tool]) -> list[Fault]:
    """Return the arguments that a schema which allows others does not name."""
    if call.name not in tools:
        return []
    faults = schema_faults(tools[call.name].strict, call.arguments)
    return [_placed(fault, call) for fault in faults if fault.code == "extra_arg"]


def decision_faults(
    calls: Sequence[ToolCall], reading: Reading, expected: Expected, same_text: SameText, matched: int
) -> list[Fault]:
    """Return what is wrong with the set of calls, when each may be fine in itself.

    `calls` are those that parse; `matched` says how many of them fit expected ones, whatever their order.
    """
    if not reading.tool_calls:
        return [no_call(reading)]
    last = reading.tool_calls[-1]
    if expected.is_relevance:
        return []
    if not expected.calls:
        return [fault_of(reading.tool_calls[0], "call_when_none_needed", "decision", "no call was needed")]
    names = {wanted.name for wanted in expected.calls}
    for call in calls:
        if call.name in expected.tools and call.name not in names:
            return [fault_of(call, "wrong_tool", "name", f'"{call.name}" is offered, but was not expected')]
    if len(reading.tool_calls) != len(expected.calls):
        message = f"expected {len(expected.calls)} calls, found {len(reading.tool_calls)}"
        return [fault_of(last, "wrong_count", "decision", message)]
    odd = next((call for call in calls if not _fits_any(call, expected.calls, same_text)), None)
    if odd is not None:
        return [_wrong_value(odd, expected.calls, same_text)]
    if matched == len(expected.calls):
        return [fault_of(last, "wrong_order", "decision", "the calls are right and in another order")]
    if Counter(call.name for call in calls) != Counter(wanted.name for wanted in expected.calls):
        return [fault_of(last, "wrong_count", "decision", "a tool is called too often in place of another")]
    return [fault_of(last, "wrong_count", "decision", "a call is repeated in place of another")]


def no_call(reading: Reading) -> Fault:
    """Return what came in place of a call that was needed."""
    if reading.outcome in (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER):
        return Fault("truncated", "transport", "the token limit came before the call")
    in_think = next((fault for fault in reading.faults if fault.code == "call_in_think"), None)
    if in_think is not None:
        return in_think
    if reading.outcome is Outcome.EMPTY:
        return Fault("empty_output", "transport", "the answer is empty")
    return Fault("no_call_when_needed", "decision", "a call was needed, none was attempted")


def fault_of(call: ToolCall, code: str, layer: str, message: str) -> Fault:
    """Return a fault of the whole call."""
    return Fault(code, layer, message[:LONGEST], call.start, call.raw[:60])


def _placed(fault: Fault, call: ToolCall) -> Fault:
    return replace(fault, position=call.start, excerpt=call.raw[:60])


def _fits_any(call: ToolCall, wanted: Sequence[Wanted], same_text: SameText) -> bool:
    return any(one.name == call.name and fits(call.arguments or {}, one.slots, same_text) for one in wanted)


def _wrong_value(call: ToolCall, wanted: Sequence[Wanted], same_text: SameText) -> Fault:
    """Say which argument differs from the first expected call of that name."""
    slots = next((one.slots for one in wanted if one.name == call.name), {})
    arguments = call.arguments or {}
    for key in [*slots, *arguments]:
        slot = slots.get(key)
        if key not in arguments and slot is not None and not slot.may_be_missing:
            message = f'argument "{key}": expected {_shown(slot)}, found nothing'
            return replace(fault_of(call, "missing_optional_expected", "value", message), path=f"$.{key}")
        if key in arguments and (slot is None or not fits_slot(arguments[key], slot, same_text)):
            wish = "nothing" if slot is None else _shown(slot)
            message = f'argument "{key}": expected {wish}, found {arguments[key]!r:.{LONGEST_VALUE}}'
            return replace(fault_of(call, "wrong_value", "value", message), path=f"$.{key}")
    return fault_of(call, "wrong_value", "value", "the arguments differ from every expected call")


def _shown(slot: Slot) -> str:
    values = [_plain(one) for one in slot.alternatives]
    wish = repr(values[0]) if len(values) == 1 else f"one of {values!r}"
    return wish[:LONGEST_VALUE]


def _plain(value: Any) -> Any:
    """Return an alternative as a person would write it."""
    if isinstance(value, Mapping):
        inner = {key: [_plain(one) for one in slot.alternatives] for key, slot in value.items()}
        return {key: values[0] if len(values) == 1 else values for key, values in inner.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _is_near(name: str, offered: str) -> bool:
    plain, other = (text.lower().replace(".", "_").replace("-", "_") for text in (name, offered))
    return plain == other or Levenshtein.distance(name, offered, score_cutoff=NEAR_MISS) <= NEAR_MISS
