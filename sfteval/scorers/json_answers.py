"""The JSON value of an answer: text in, the value with its place out, or the first fault that keeps it from being read.

Strict: one value, read by RFC 8259, with nothing before it and nothing behind it. Options of a task:
- `after = "Answer:"`: only what stands behind the last such marker (any case) counts;
- `take = "first"` or `"last"`: an object with text around it is taken, the first or the last one of those that follow
  each other from the first `{` on; an object that cannot be read ends the search, and is the fault. Default: "whole";
- `fence = "refuse"`: a code fence around the value is a fault. By default ("allow") one is taken off, and noted; its
  language may be json, or none.
Positions are in the answer, which is without its thought. Does not know schemas or targets.
"""

import re
from dataclasses import dataclass
from typing import Any

from sfteval.jsontext.shown import excerpt_at, printable
from sfteval.jsontext.strict import StrictReader, Value
from sfteval.types import Fault

FENCE = re.compile(r"```[ \t]*+(?:json)?[ \t]*+\r?+\n", re.IGNORECASE)
NOT_SPACE = re.compile(r"\S")
OPENINGS = ("{", "[")
MAX_OBJECTS = 1_000  # of one answer, among which the last one is looked for
TAKES = ("whole", "first", "last")
LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Search:
    """Where in an answer its value is looked for."""

    after: str | None = None
    take: str = "whole"
    allows_fence: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The value at `text[start:end]`, or the fault in its place; `notes` tell what is odd and no fault."""

    text: str
    value: Any = None
    start: int = 0
    end: int = 0
    fault: Fault | None = None
    notes: tuple[str, ...] = ()


def find_value(answer: str, search: Search) -> Found:
    """Read the value that an answer consists of, or holds."""
    begin = 0 if search.after is None else _behind(answer, search.after)
    if begin < 0:
        return _failed(answer, "missing_marker", f'"{search.after}" stands nowhere', -1)
    first = NOT_SPACE.search(answer, begin)
    if first is None:
        return _failed(answer, "no_json", "no value stands here", begin)
    if search.take != "whole":
        return _taken(answer, first.start(), search.take == "last")
    return _whole(answer, first.start(), search.allows_fence)


def fault_at(text: str, code: str, layer: str, message: str, position: int, path: str = "") -> Fault:
    """Return a fault at a character of an answer, with its line and surroundings; -1: of the whole answer."""
    if position < 0:
        return Fault(code, layer, printable(message[:LONGEST_MESSAGE]))
    line = text.count("\n", 0, position) + 1
    shown = printable(message[:LONGEST_MESSAGE]), position, excerpt_at(text, position)
    return Fault(code, layer, *shown, line=line, path=printable(path))


def _behind(answer: str, marker: str) -> int:
    """Return where the text behind the last marker begins; -1: there is none."""
    lowered = answer.lower()
    at = lowered.rfind(marker.lower()) if len(lowered) == len(answer) else -1
    at = answer.rfind(marker) if at < 0 else at  # a few letters change their length: look for the marker as it is
    return at + len(marker) if at >= 0 else -1


def _whole(answer: str, first: int, allows_fence: bool) -> Found:
    fenced = answer.startswith("```", first)
    if fenced:
        opening = FENCE.match(answer, first)
        inside = NOT_SPACE.search(answer, opening.end()) if opening else None
        if not allows_fence or inside is None:
            return _failed(answer, "code_fence", "the value stands in a code fence", first)
        first = inside.start()
    read = StrictReader().read(answer, first, len(answer))
    rest = NOT_SPACE.search(answer, read.end)
    if answer[first] not in OPENINGS and (read.problem is not None or (rest is not None and not fenced)):
        return _no_value(answer, first, read)
    if read.problem is not None:
        return _broken(answer, read)
    if fenced:
        if rest is None or not answer.startswith("```", rest.start()):
            return _failed(answer, "code_fence", "the code fence does not close", rest.start() if rest else len(answer))
        rest = NOT_SPACE.search(answer, rest.start() + 3)
    if rest is not None:
        return _failed(answer, "trailing_text", "text follows the value", rest.start())
    return Found(answer, read.value, first, read.end, notes=("code_fence",) if fenced else ())


def _taken(answer: str, first: int, is_last: bool) -> Found:
    reader, opening = StrictReader(), answer.find("{", first)
    notes = ("leading_text",) if opening > first else ()
    if opening < 0:
        return _failed(answer, "no_json", "no object stands here", first)
    for _ in range(MAX_OBJECTS):
        read = reader.read(answer, opening, len(answer))
        if read.problem is not None:
            return _broken(answer, read)
        following = answer.find("{", read.end)
        if not is_last or following < 0:
            trailing = ("trailing_text",) if NOT_SPACE.search(answer, read.end) else ()
            return Found(answer, read.value, opening, read.end, notes=notes + trailing)
        opening = following
    return _failed(answer, "too_many_values", f"more than {MAX_OBJECTS:,} objects", opening)


def _no_value(answer: str, first: int, read: Value) -> Found:
    """Tell text before a value from text without one, and from a value of another language than JSON."""
    if any(answer.find(mark, first) >= 0 for mark in OPENINGS):
        return _failed(answer, "leading_text", "text stands before the value", first)
    if read.problem is not None and read.problem.code == "nonstandard_json":
        return _broken(answer, read)
    return _failed(answer, "no_json", "text stands in place of a value", first)


def _broken(answer: str, read: Value) -> Found:
    assert read.problem is not None  # whoever calls has looked
    problem = read.problem
    return Found(answer, fault=fault_at(answer, problem.code, "json", problem.message, problem.position, problem.path))


def _failed(answer: str, code: str, message: str, position: int) -> Found:
    return Found(answer, fault=fault_at(answer, code, "envelope", message, position))
