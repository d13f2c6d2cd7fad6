r"""Qwen3-Coder and Qwen3.5: `<tool_call><function=NAME><parameter=KEY>value</parameter></function></tool_call>`.

Values are texts that nothing escapes: what type they are, only the tool's schema tells (`ToolCall.as_text`). A value
ends at the closing tag that another parameter or the function's end follows, so that `</parameter>` inside a value
ends nothing, and no value holds another parameter; one line's end on either side is the template's. A call that is
interrupted ends where the next one begins.
Does not know think blocks, the offered tools, or what was expected. Source: Qwen3.5's own chat template.
"""

import re
from dataclasses import replace

from sfteval.chat.dialects import lenient_json
from sfteval.chat.dialects.envelope import NOT_SPACE, call_of
from sfteval.chat.dialects.faults import fault_at
from sfteval.chat.dialects.tags import CLOSE, OPEN, Tags
from sfteval.types import Fault, Json, ToolCall

BODIES = ("<function", "{", "[")
FUNCTION = re.compile(r"<function=([^<>\n]{1,200}+)>")
PARAMETER = re.compile(r"\s*+<parameter=([^<>\n]{1,200}+)>")
VALUE_END = re.compile(r"</parameter>(?=\s*+(?:<parameter=|</function>))")
FUNCTION_END = re.compile(r"\s*+</function>")
NEXT_CALL = re.compile(r"<tool_call>\s*+<function=")
ENDS = re.compile(r"</parameter>|</function>|</tool_call>")
MAX_BARE = 16  # functions without `<tool_call>` that are looked at in one text


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    if text.find(OPEN, start, end) < 0:
        return _bare_calls(text, start, end)
    tags = Tags(text, start, end, BODIES)
    calls: list[ToolCall] = []
    position = start
    for opening in tags.attempts():
        if opening >= position:
            calls.append(_read_call(text, opening, tags))
            position = calls[-1].end
    return calls + tags.rest(position)


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`."""
    return [] if text.find(OPEN, start, end) < 0 else Tags(text, start, end, BODIES).attempts()


def _read_call(text: str, opening: int, tags: Tags) -> ToolCall:
    first = tags.first_inside(opening)
    function = FUNCTION.match(text, first, tags.end)
    if function is None:
        return _no_function(text, opening, first, tags)
    following = NEXT_CALL.search(text, first, tags.end)
    limit = following.start() if following else tags.end
    arguments, position, fault = _parameters(text, function.end(), limit)
    end, closed = tags.end_of_call(position)
    if not closed and (fault is None or not fault.code.startswith("unclosed")):
        fault = fault_at(text, "unclosed_tag", "envelope", f"no {CLOSE} follows", min(position, end))
    elif fault is None and (rest := NOT_SPACE.search(text, position, end - len(CLOSE))):
        fault = fault_at(text, "text_inside_tag", "envelope", "text stands behind the function", rest.start())
    return replace(call_of(text, opening, end, function[1].strip(), arguments, fault), as_text=fault is None)


def _parameters(text: str, position: int, limit: int) -> tuple[dict[str, str], int, Fault | None]:
    """Return the values by name, where reading stopped, and why it stopped before the function's end."""
    values: dict[str, str] = {}
    fault: Fault | None = None
    while opening := PARAMETER.match(text, position, limit):
        close = VALUE_END.search(text, opening.end(), limit)
        inner = text.find("<parameter=", opening.end(), close.start() if close else limit)
        if close is None or inner >= 0:
            return values, opening.end(), _never_closed(text, opening, inner)
        name = opening[1].strip()
        if name in values:
            message = f"parameter {name} stands twice"
            fault = fault or fault_at(text, "duplicate_key", "json", message, opening.start(), "$")
        values[name] = text[opening.end() : close.start()].removeprefix("\n").removesuffix("\n")
        position = close.end()
    ending = FUNCTION_END.match(text, position, limit)
    if ending is not None:
        return values, ending.end(), fault
    found = NOT_SPACE.search(text, position, limit)
    if found is None or text.startswith(CLOSE, found.start()):
        return values, position, fault_at(text, "unclosed_function", "envelope", "no </function> follows", position)
    message = "text stands between the parameters"
    return values, position, fault_at(text, "text_inside_tag", "envelope", message, found.start())


def _never_closed(text: str, opening: re.Match[str], inner: int) -> Fault:
    """Return why a value has no end: text behind its closing tag, or none before `inner`, the next parameter."""
    closed = text.find("</parameter>", opening.end(), inner) if inner >= 0 else -1
    if closed >= 0:
        at = closed + len("</parameter>")
        return fault_at(text, "text_inside_tag", "envelope", "text stands between the parameters", at)
    message = f"parameter {opening[1]} has no </parameter> that another one or </function> follows"
    return fault_at(text, "unclosed_parameter", "envelope", message, opening.end())


def _no_function(text: str, opening: int, first: int, tags: Tags) -> ToolCall:
    end, closed = tags.end_of_call(opening + len(OPEN))
    if not closed:
        fault = fault_at(text, "unclosed_tag", "envelope", f"no {CLOSE} follows", end)
    else:
        found = "JSON" if text[first : first + 1] in ("{", "[") else "none"
        message = f"expected <function=NAME>, found {found}"
        fault = fault_at(text, "wrong_envelope_shape", "envelope", message, first)
    return call_of(text, opening, end, "", None, fault)


def _bare_calls(text: str, start: int, end: int) -> list[ToolCall]:
    calls: list[ToolCall] = []
    position = start
    while len(calls) < MAX_BARE and (function := FUNCTION.search(text, position, end)):
        position = _parameters(text, function.end(), end)[1]
        message = f"the call stands without {OPEN}"
        fault = fault_at(text, "missing_wrapper", "envelope", message, function.start())
        calls.append(call_of(text, function.start(), position, function[1].strip(), None, fault))
    return calls


def read_leniently(raw: str, name: str) -> Json | None:
    """Return what a forgiving reader makes of a broken call: every parameter up to whatever tag follows it."""
    if not name:
        return lenient_json.read_leniently(raw)
    values = {}
    for piece in raw[: lenient_json.MAX_LENGTH].split("<parameter=")[1:]:
        key, _, value = piece.partition(">")
        values[key.strip()] = ENDS.split(value, maxsplit=1)[0].strip("\n")
    return {"name": name, "arguments": values}
