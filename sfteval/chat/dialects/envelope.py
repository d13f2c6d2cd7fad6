"""The envelope of a call: a JSON value that was read in, name and arguments out, or what is wrong with its form.

An envelope is one object with a name, a text, and arguments, an object, under the key of the dialect. Other keys are
left alone. Does not know tags, think blocks or the tools that were offered.
"""

import re
from typing import Any

from sfteval.chat.dialects.faults import fault_at
from sfteval.jsontext.strict import StrictReader, Value
from sfteval.types import Fault, ToolCall

NOT_SPACE = re.compile(r"[^ \t\n\r]")  # as JSON has it
MAX_BARE = 16  # envelopes without their markup that are looked at in one text
BARE = re.compile(r'\{(?=\s*+"(?:name|type|id|arguments|parameters)"\s*+:)')
BARE_START = re.compile(r'\{\s*+"name"\s*+:\s*+"((?:[^"\\]|\\.){1,200}+)"\s*+,\s*+"(?:arguments|parameters)"\s*+:')


def parts(value: Any, key: str) -> tuple[str, dict[str, Any] | None]:
    """Return name and arguments of an envelope as far as they can be told; "" and None where they cannot."""
    if not isinstance(value, dict):
        return "", None
    name, arguments = value.get("name"), value.get(key)
    return name if isinstance(name, str) else "", arguments if isinstance(arguments, dict) else None


def envelope_fault(text: str, value: Any, position: int, key: str) -> Fault | None:
    """Return what is wrong with the form of a value that is JSON; None: it is a call."""
    if not isinstance(value, dict):
        kind = type(value).__name__
        return fault_at(text, "wrong_envelope_shape", "envelope", f"expected one object, found {kind}", position, "$")
    for needed in ("name", key):
        if needed not in value:
            message = f'expected key "{needed}", found {(", ".join(value) or "no key")[:80]}'
            return fault_at(text, "wrong_envelope_key", "envelope", message, position, "$")
    if not isinstance(value["name"], str) or not value["name"]:
        return fault_at(text, "wrong_envelope_shape", "envelope", "expected a text as name", position, "$.name")
    if not isinstance(value[key], dict):
        message = f"expected an object as {key}, found {type(value[key]).__name__}"
        return fault_at(text, "args_not_object", "envelope", message, position, f"$.{key}")
    return None


def json_fault(text: str, read: Value) -> Fault | None:
    """Return why a value could not be read as strict JSON; None: it could."""
    if read.problem is None:
        return None
    problem = read.problem
    return fault_at(text, problem.code, "json", problem.message, problem.position, problem.path)


def call_of(text: str, start: int, end: int, name: str, arguments: Any, fault: Fault | None) -> ToolCall:
    """Return the call at `text[start:end]`; one with a fault has no arguments."""
    return ToolCall(name, arguments if fault is None else None, text[start:end], start, end, fault)


def bare_calls(text: str, start: int, end: int, wrapper: str) -> list[ToolCall]:
    """Return the envelopes that stand in `text[start:end]` without their markup: attempts that no server would see."""
    calls: list[ToolCall] = []
    reader, position = StrictReader(), start
    for _ in range(MAX_BARE):
        opening = BARE.search(text, position, end)
        if opening is None:
            break
        read = reader.read(text, opening.start(), end)
        position = max(read.end, opening.end())
        began = BARE_START.match(text, opening.start(), end)
        name = _bare_name(read.value) or (began[1] if began else "")
        if name:
            message = f"the call stands without {wrapper}"
            fault = fault_at(text, "missing_wrapper", "envelope", message, opening.start())
            calls.append(call_of(text, opening.start(), position, name, None, fault))
    return calls


def _bare_name(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    inner = value.get("function")
    value = inner if isinstance(inner, dict) else value
    name = value.get("name")
    shaped = isinstance(value.get("arguments"), dict) or "parameters" in value
    return name if isinstance(name, str) and shaped else ""
