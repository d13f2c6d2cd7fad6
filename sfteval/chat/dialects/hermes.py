r"""Hermes and Qwen: `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` in raw text.

The end of a call is found by reading the JSON, so that `</tool_call>` inside a string argument ends nothing; each
call stands or falls alone. The first failing layer names the fault (envelope, then json). A tag in prose or in
backticks is a mention, not an attempt; an envelope without tags is one (`missing_wrapper`) where no tag stands.
Does not know think blocks, the offered tools, or what was expected. Source: research on tool calls, sections 1.1-1.5.
"""

from sfteval.chat.dialects.envelope import NOT_SPACE, bare_calls, call_of, envelope_fault, json_fault, parts
from sfteval.chat.dialects.faults import fault_at
from sfteval.chat.dialects.tags import CLOSE, OPEN, Tags
from sfteval.jsontext.strict import StrictReader
from sfteval.types import Fault, ToolCall

KEY = "arguments"
BODIES = ("{", "[")


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    if text.find(OPEN, start, end) < 0:
        return bare_calls(text, start, end, OPEN)
    tags, reader = Tags(text, start, end, BODIES), StrictReader()
    calls: list[ToolCall] = []
    position = start
    for opening in tags.attempts():
        if opening >= position:
            calls.append(_read_call(text, opening, tags, reader))
            position = calls[-1].end
    return calls + tags.rest(position)


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`."""
    return [] if text.find(OPEN, start, end) < 0 else Tags(text, start, end, BODIES).attempts()


def _read_call(text: str, opening: int, tags: Tags, reader: StrictReader) -> ToolCall:
    first = tags.first_inside(opening)
    if text[first : first + 1] not in BODIES:
        return _not_json(text, opening, first, tags)
    read = reader.read(text, first, tags.end)
    end, closed = tags.end_of_call(read.end)
    name, arguments = parts(read.value, KEY)
    if not closed:
        fault: Fault | None = _unclosed(text, min(read.end, tags.end))
    elif (fault := json_fault(text, read)) is None:
        rest = NOT_SPACE.search(text, read.end, end - len(CLOSE))
        if rest is not None:
            fault = fault_at(text, "json_trailing_data", "json", "text follows the JSON value", rest.start(), "$")
        else:
            fault = envelope_fault(text, read.value, first, KEY)
    return call_of(text, opening, end, name, arguments, fault)


def _not_json(text: str, opening: int, first: int, tags: Tags) -> ToolCall:
    end, closed = tags.end_of_call(opening + len(OPEN))
    inner = text[first : end - len(CLOSE)] if closed else ""
    if not closed:
        fault = _unclosed(text, end)
    elif inner.startswith("```"):
        fault = fault_at(text, "code_fence", "envelope", "the JSON stands in a code fence", first)
    elif inner.startswith('"'):
        fault = fault_at(text, "json_invalid", "json", "expected { before the first key", first, "$")
    elif "{" in inner:
        fault = fault_at(text, "text_inside_tag", "envelope", "text stands before the JSON", first)
    else:
        fault = fault_at(text, "json_invalid", "json", "expected a JSON object", first)
    return call_of(text, opening, end, "", None, fault)


def _unclosed(text: str, position: int) -> Fault:
    return fault_at(text, "unclosed_tag", "envelope", f"no {CLOSE} follows", position)
