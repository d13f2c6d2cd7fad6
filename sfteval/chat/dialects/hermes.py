r"""Hermes and Qwen: `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` in raw text.

The end of a call is found by reading the JSON, so that `</tool_call>` inside a string argument ends nothing; each
call stands or falls alone. The first failing layer names the fault (envelope, then json). A tag in prose or in
backticks is a mention, not an attempt; an envelope without tags, alone in the text, is one (`missing_wrapper`).
Does not know think blocks, the offered tools, or what was expected. Source: research on tool calls, sections 1.1-1.5.
"""

import re
from bisect import bisect_left
from typing import Any

from sfteval.chat.dialects.strict_json import StrictReader
from sfteval.types import Fault, ToolCall

OPEN, CLOSE = "<tool_call>", "</tool_call>"
MAX_TAGS = 1024  # a text with more is hostile or endless: the rest is one fault
EXCERPT = 30
OPENING, CLOSING = re.compile(OPEN), re.compile(CLOSE)
NOT_SPACE = re.compile(r"\S")
BARE = re.compile(r"\s*+(?:```(?:json)?\s*+)?(?=\{)")


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    if text.find(OPEN, start, end) < 0:
        return _bare_call(text, start, end)
    tags, reader = _Tags(text, start, end), StrictReader()
    calls: list[ToolCall] = []
    position = start
    for opening in tags.opens[:MAX_TAGS]:
        if opening >= position and tags.is_attempt(opening):
            calls.append(_read_call(text, opening, tags, reader))
            position = calls[-1].end
    if len(tags.opens) > MAX_TAGS and tags.opens[MAX_TAGS] >= position:
        calls.append(_too_many(text, tags.opens[MAX_TAGS], end))
    return calls


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`, among the first `MAX_TAGS` tags."""
    if text.find(OPEN, start, end) < 0:
        return []
    tags = _Tags(text, start, end)
    return [opening for opening in tags.opens[:MAX_TAGS] if tags.is_attempt(opening)]


class _Tags:
    """Where the tags of one region stand; found once, so that hostile text costs no more than its length."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.end = text, end
        self.opens = [match.start() for match in OPENING.finditer(text, start, end)]
        self.closes = [match.start() for match in CLOSING.finditer(text, start, end)]

    def next_open(self, position: int) -> int:
        index = bisect_left(self.opens, position)
        return self.opens[index] if index < len(self.opens) else self.end

    def next_close(self, position: int) -> int | None:
        index = bisect_left(self.closes, position)
        return self.closes[index] if index < len(self.closes) else None

    def first_inside(self, opening: int) -> int:
        """Return the first character after the tag that is not white space, or the end of the region."""
        found = NOT_SPACE.search(self.text, opening + len(OPEN), self.end)
        return found.start() if found else self.end

    def is_attempt(self, opening: int) -> bool:
        """Tell an attempt from a mention: JSON follows, or nothing does, or the tag is closed before the next one."""
        after = opening + len(OPEN)
        if self.text[opening - 1 : opening] == "`" and self.text[after : after + 1] == "`":
            return False
        first = self.first_inside(opening)
        if first == self.end or self.text[first] in "{[":
            return True
        close = self.next_close(after)
        return close is not None and close < self.next_open(after)


def _read_call(text: str, opening: int, tags: _Tags, reader: StrictReader) -> ToolCall:
    first = tags.first_inside(opening)
    if text[first : first + 1] not in ("{", "["):
        return _not_json(text, opening, first, tags)
    read = reader.read(text, first, tags.end)
    end, closed = _end_of_call(read.end, tags)
    name, arguments = _envelope_parts(read.value)
    fault = None
    if not closed:
        fault = _fault(text, "unclosed_tag", "envelope", f"no {CLOSE} follows", min(read.end, tags.end))
    elif read.problem is not None:
        fault = _fault(text, read.problem.code, "json", read.problem.message, read.problem.position)
    else:
        rest = NOT_SPACE.search(text, read.end, end - len(CLOSE))
        if rest is not None:
            fault = _fault(text, "json_trailing_data", "json", "text follows the JSON value", rest.start())
        else:
            fault = _envelope_fault(text, read.value, first)
    return ToolCall(name, arguments if fault is None else None, text[opening:end], opening, end, fault)


def _end_of_call(position: int, tags: _Tags) -> tuple[int, bool]:
    """Return where the call ends and whether its tag is closed before another one opens."""
    close, following = tags.next_close(position), tags.next_open(position)
    if close is not None and close < following:
        return close + len(CLOSE), True
    return following, False


def _not_json(text: str, opening: int, first: int, tags: _Tags) -> ToolCall:
    end, closed = _end_of_call(opening + len(OPEN), tags)
    inner = text[first : end - len(CLOSE)] if closed else ""
    if not closed:
        fault = _fault(text, "unclosed_tag", "envelope", f"no {CLOSE} follows", end)
    elif inner.startswith("```"):
        fault = _fault(text, "code_fence", "envelope", "the JSON stands in a code fence", first)
    elif "{" in inner:
        fault = _fault(text, "text_inside_tag", "envelope", "text stands before the JSON", first)
    else:
        fault = _fault(text, "json_invalid", "json", "expected a JSON object", first)
    return ToolCall("", None, text[opening:end], opening, end, fault)


def _envelope_parts(value: Any) -> tuple[str, dict[str, Any] | None]:
    if not isinstance(value, dict):
        return "", None
    name, arguments = value.get("name"), value.get("arguments")
    return name if isinstance(name, str) else "", arguments if isinstance(arguments, dict) else None


def _envelope_fault(text: str, value: Any, position: int) -> Fault | None:
    if not isinstance(value, dict):
        return _fault(text, "wrong_envelope_shape", "envelope", "expected one object in the tag", position)
    for key in ("name", "arguments"):
        if key not in value:
            found = ", ".join(value) or "no key"
            return _fault(text, "wrong_envelope_key", "envelope", f'expected key "{key}", found {found[:80]}', position)
    if not isinstance(value["name"], str):
        return _fault(text, "wrong_envelope_shape", "envelope", "expected a string as name", position)
    if not isinstance(value["arguments"], dict):
        kind = type(value["arguments"]).__name__
        return _fault(text, "args_not_object", "envelope", f"expected an object as arguments, found {kind}", position)
    return None


def _bare_call(text: str, start: int, end: int) -> list[ToolCall]:
    """Read an envelope that stands alone in the text, without its tags."""
    opening = BARE.match(text, start, end)
    if opening is None:
        return []
    first = opening.end()
    read = StrictReader().read(text, first, end)
    name, arguments = _envelope_parts(read.value)
    if not name or (arguments is None and "parameters" not in read.value):
        return []
    fault = _fault(text, "missing_wrapper", "envelope", f"the call stands without {OPEN}", first)
    return [ToolCall(name, None, text[first : read.end], first, read.end, fault)]


def _too_many(text: str, opening: int, end: int) -> ToolCall:
    fault = _fault(text, "too_many_calls", "envelope", f"more than {MAX_TAGS} opening tags", opening)
    return ToolCall("", None, text[opening:end], opening, end, fault)


def _fault(text: str, code: str, layer: str, message: str, position: int) -> Fault:
    return Fault(code, layer, message, position, text[max(0, position - EXCERPT) : position + EXCERPT])
