r"""Mistral: `[TOOL_CALLS][{"name": ..., "arguments": {...}}, ...]`, and from version 11 on `[TOOL_CALLS]name{...}`.

Of a list each entry is a call of its own with its own span, so that one that breaks off takes no other with it; the
second form repeats the tag for each call and may hold `[CALL_ID]id` and `[ARGS]`. A tag that neither a list nor a name
with arguments follows is a mention, unless nothing follows at all.
Does not know think blocks, the offered tools, or what was expected. Source: mistral-common, tokenizers 3 to 13.
"""

import re
from itertools import islice, pairwise

from sfteval.chat.dialects.envelope import NOT_SPACE, bare_calls, call_of, envelope_fault, json_fault, parts
from sfteval.chat.dialects.faults import fault_at
from sfteval.jsontext.strict import StrictReader
from sfteval.types import Fault, ToolCall

TAG = "[TOOL_CALLS]"
KEY = "arguments"
MAX_TAGS = 1024  # a text with more tags or entries is hostile or endless: the rest is one fault
TAGS = re.compile(re.escape(TAG))
NAMED = re.compile(r"([\w.:/-]{1,200}+)\s*+(?:\[CALL_ID\]\s*+[\w-]{1,64}+\s*+)?(?:\[ARGS\]\s*+)?(?=\{)")
NAME = re.compile(r"\w")
ENDING = re.compile(r"(?:\s|</s>)*+")


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    tags = [match.start() for match in islice(TAGS.finditer(text, start, end), MAX_TAGS + 1)]
    if not tags:
        return bare_calls(text, start, end, TAG)
    calls: list[ToolCall] = []
    reader, position = StrictReader(), start
    for place, (opening, following) in enumerate(pairwise([*tags, end])):
        if opening < position or not _is_attempt(text, opening, end):
            continue
        if len(calls) >= MAX_TAGS or place == MAX_TAGS:
            return [*calls, _too_many(text, opening, end)]
        calls += _read(text, opening, following, end, reader)
        position = calls[-1].end
    return calls


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`."""
    tags = (match.start() for match in islice(TAGS.finditer(text, start, end), MAX_TAGS))
    return [opening for opening in tags if _is_attempt(text, opening, end)]


def _is_attempt(text: str, opening: int, end: int) -> bool:
    found = ENDING.match(text, opening + len(TAG), end)
    first = found.end() if found else end
    if first == end or text[first] in "[{" or NAMED.match(text, first, end) is not None:
        return True
    return NAME.match(text, opening + len(TAG), end) is not None  # no blank between: it is meant as a name


def _read(text: str, opening: int, following: int, end: int, reader: StrictReader) -> list[ToolCall]:
    """Read what one tag opens: up to `following`, the next tag, where it is broken; up to `end` where it is JSON."""
    found = NOT_SPACE.search(text, opening + len(TAG), end)
    first = found.start() if found else end
    if text.startswith("[", first, end) and not text.startswith(TAG, first):
        return _entries(text, opening, first + 1, following, end, reader)
    named = NAMED.match(text, first, end)
    if named is not None:
        read = reader.read(text, named.end(), end)
        fault = json_fault(text, read)
        stop = read.end if fault is None else max(following, read.end)
        return [call_of(text, opening, stop, named[1], read.value, fault)]
    if text.startswith("{", first, end):
        fault = fault_at(text, "wrong_envelope_shape", "envelope", "expected a list of calls, found one object", first)
        read = reader.read(text, first, end)
        stop = read.end if read.problem is None else max(following, read.end)
        return [call_of(text, opening, stop, parts(read.value, KEY)[0], None, fault)]
    fault = fault_at(text, "json_invalid", "json", f"expected a call after {TAG}", first)
    return [call_of(text, opening, following, "", None, fault)]


def _entries(text: str, opening: int, position: int, following: int, end: int, reader: StrictReader) -> list[ToolCall]:
    """Read the entries of a list one by one; the first call begins at the tag and the last one holds the bracket."""
    calls: list[ToolCall] = []
    while len(calls) < MAX_TAGS:
        found = NOT_SPACE.search(text, position, end)
        first = found.start() if found else end
        read = reader.read(text, first, end)
        name, arguments = parts(read.value, KEY)
        fault = json_fault(text, read) or envelope_fault(text, read.value, first, KEY)
        if read.problem is not None:
            if text.startswith("]", first, end):
                fault = _odd_end(text, first, bool(calls))
                read_end = first + 1
            else:
                read_end = max(following, read.end)
            return [*calls, call_of(text, opening, read_end, name, None, fault)]
        after = NOT_SPACE.search(text, read.end, end)
        mark = text[after.start()] if after else ""
        if mark == "]" and after is not None:
            return [*calls, call_of(text, opening, after.end(), name, arguments, fault)]
        if mark != "," or after is None:
            fault = fault or fault_at(text, "unclosed_tag", "envelope", "neither , nor ] follows the call", read.end)
            return [*calls, call_of(text, opening, max(following, read.end), name, arguments, fault)]
        calls.append(call_of(text, opening, after.end(), name, arguments, fault))
        opening = position = after.end()
    return [*calls, _too_many(text, opening, end)]


def _odd_end(text: str, position: int, after_comma: bool) -> Fault:
    if after_comma:
        return fault_at(text, "nonstandard_json", "json", "not standard JSON: a comma before ]", position, "$")
    return fault_at(text, "wrong_envelope_shape", "envelope", "expected a call, found an empty list", position, "$")


def _too_many(text: str, opening: int, end: int) -> ToolCall:
    fault = fault_at(text, "too_many_calls", "envelope", f"more than {MAX_TAGS} calls", opening)
    return call_of(text, opening, end, "", None, fault)
