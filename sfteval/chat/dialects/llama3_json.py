r"""Llama 3: `{"name": ..., "parameters": {...}}` as the whole answer, `<|python_tag|>` before it or not.

Several calls follow each other, with a semicolon between them or none. Behind the tag everything is an attempt;
without it only an answer that begins with an envelope is, and an envelope behind prose lacks its tag
(`missing_wrapper`). What follows the calls, but special tokens, is a fault: the envelope is the whole message.
Does not know think blocks, the offered tools, or what was expected. Source: Meta's prompt format of Llama 3.1 to 3.3.
"""

import re

from sfteval.chat.dialects.envelope import BARE, BARE_START, NOT_SPACE, bare_calls, call_of, envelope_fault, json_fault
from sfteval.chat.dialects.envelope import parts as envelope_parts
from sfteval.chat.dialects.faults import fault_at
from sfteval.jsontext.strict import StrictReader, Value
from sfteval.types import ToolCall

TAG = "<|python_tag|>"
KEY = "parameters"
MAX_CALLS = 256  # a text with more is hostile or endless: the rest is one fault
SEPARATOR = re.compile(r"\s*+;?\s*+(?=\{)")
ENDING = re.compile(r"(?:\s|<\|\w{1,64}\|>)*+")


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    opening = text.find(TAG, start, end)
    found = NOT_SPACE.search(text, start if opening < 0 else opening + len(TAG), end)
    first = found.start() if found else end
    reader = StrictReader()
    if opening < 0:
        if not BARE.match(text, first, end) or not _is_envelope(text, first, reader.read(text, first, end)):
            return bare_calls(text, start, end, TAG)
        opening = first
    if not text.startswith("{", first, end):
        fault = fault_at(text, "json_invalid", "json", "expected a JSON object", first)
        return [call_of(text, opening, end, "", None, fault)]
    return _calls(text, opening, first, end, reader)


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`: at the tag."""
    opening = text.find(TAG, start, end)
    return [] if opening < 0 else [opening]


def _calls(text: str, opening: int, first: int, end: int, reader: StrictReader) -> list[ToolCall]:
    calls: list[ToolCall] = []
    while True:
        if len(calls) == MAX_CALLS:
            too_many = fault_at(text, "too_many_calls", "envelope", f"more than {MAX_CALLS} calls", first)
            return [*calls, call_of(text, first, end, "", None, too_many)]
        read = reader.read(text, first, end)
        separator = SEPARATOR.match(text, read.end, end) if read.problem is None else None
        stop = separator.end() if separator else end
        name, arguments = envelope_parts(read.value, KEY)
        fault = json_fault(text, read)
        if fault is None and not separator and (rest := ENDING.match(text, read.end, end)) and rest.end() < end:
            fault = fault_at(text, "json_trailing_data", "json", "text follows the JSON value", rest.end(), "$")
        elif fault is None:
            fault = envelope_fault(text, read.value, first, KEY)
            stop = separator.end() if separator else read.end
        calls.append(call_of(text, opening, stop, name, arguments, fault))
        if separator is None:
            return calls
        opening = first = separator.end()


def _is_envelope(text: str, first: int, read: Value) -> bool:
    if BARE_START.match(text, first) is not None:
        return True
    value = read.value
    return isinstance(value, dict) and isinstance(value.get("name"), str) and (KEY in value or "arguments" in value)
