"""One strict JSON value out of raw text: its end, its value, or where and why it is not JSON.

Strict means RFC 8259: no NaN or infinity, no duplicate keys, no repair. Reads at C speed in windows that grow, so
that an error costs what was read and not what follows; the nesting is bounded, so that no later walk can overflow. The
place of a fault is searched for in so many characters a reader, so that many faults cost no more than one.
Does not know what the value means. Source: RFC 8259; design.md section 4.5.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sfteval.jsontext.path import STRING, json_path

MAX_DEPTH = 64
MAX_SEARCHED = 65_536  # characters that one reader walks to find the places of faults
FIRST_WINDOW, GROWTH = 256, 4
CUT_MARGIN = 16  # an error this close to the end of a window may come from the cut, not from the text
TOKEN = re.compile(STRING + r"(\s*+:)?|[{}\[\]]", re.DOTALL)
TEXTS = re.compile(STRING, re.DOTALL)
CONSTANT = re.compile(STRING + r"|-?(?:NaN|Infinity)|-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?", re.DOTALL)
NONSTANDARD = re.compile(r"\s*+(?:'|#|//|/\*|True\b|False\b|None\b|undefined\b|,\s*+[}\]])")
BRACKETS = bytes.maketrans(b"{}", b"[]")
OTHERS = bytes(set(range(256)) - set(b"{}[]"))


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is not strict JSON; `position` is in the whole text, `path` within the value ("": not searched)."""

    code: str
    message: str
    position: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What was read; `end` is where reading stopped, also when there is a problem."""

    value: Any
    end: int
    problem: Problem | None = None


class StrictReader:
    """Reads values one after another; not shared between threads, because the hooks note what they saw."""

    def __init__(self) -> None:
        """Build the decoder once: building it costs more than reading a call."""
        self._duplicate: str | None = None
        self._nonfinite: str | None = None
        self._searched = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float
        )

    def read(self, text: str, start: int, limit: int) -> Value:
        """Read one value from `text[start:limit]`."""
        window = FIRST_WINDOW
        while True:
            stop = min(start + window, limit)
            self._duplicate = self._nonfinite = None
            try:
                value, length = self._decoder.raw_decode(text[start:stop])
            except json.JSONDecodeError as error:
                if stop < limit and _may_be_cut(error, stop - start):
                    window *= GROWTH
                    continue
                return self._invalid(text, start, start + error.pos, error.msg)
            except RecursionError:
                return self._too_deep(text, start, stop)
            except ValueError as error:  # an integer beyond Python's limit of digits
                return Value(None, start, Problem("json_invalid", str(error), start, "$"))
            return self._checked(text, start, start + length, value)

    def _checked(self, text: str, start: int, end: int, value: Any) -> Value:
        if text.count("{", start, end) + text.count("[", start, end) > MAX_DEPTH and _is_deep(text[start:end]):
            return Value(None, end, self._too_deep(text, start, end).problem)
        problem = None
        if self._nonfinite is not None:
            position = _find_nonfinite(text, start, end) if self._may_search(end - start) else start
            problem = self._problem(text, start, "nonstandard_json", f"{self._nonfinite} is not JSON", position)
        elif self._duplicate is not None:
            position = _find_duplicate(text, start, end) if self._may_search(end - start) else start
            problem = self._problem(text, start, "duplicate_key", f'key "{self._duplicate}" stands twice', position)
        return Value(value, end, problem)

    def _invalid(self, text: str, start: int, position: int, message: str) -> Value:
        before = text[max(0, position - 64) : position].rstrip()
        trailing_comma = before.endswith(",") and text[position : position + 1] in ("}", "]")
        code = "json_invalid"
        if trailing_comma or NONSTANDARD.match(text, position):
            code, message = "nonstandard_json", f"not standard JSON: {message}"
        return Value(None, position, self._problem(text, start, code, message, position))

    def _too_deep(self, text: str, start: int, end: int) -> Value:
        position = _find_depth(text, start, end) if self._may_search(end - start) else start
        message = f"nested deeper than {MAX_DEPTH} levels"
        return Value(None, position, self._problem(text, start, "json_too_deep", message, position))

    def _problem(self, text: str, start: int, code: str, message: str, position: int) -> Problem:
        path = json_path(text, start, position) if self._may_search(position - start) else ""
        return Problem(code, message, position, path)

    def _may_search(self, length: int) -> bool:
        if self._searched + length > MAX_SEARCHED:
            return False
        self._searched += length
        return True

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs) and self._duplicate is None:
            seen: set[str] = set()
            self._duplicate = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return out

    def _constant(self, literal: str) -> float:
        self._nonfinite = self._nonfinite or literal
        return math.nan

    def _float(self, literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            self._nonfinite = self._nonfinite or literal[:40]
        return value


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    return error.pos >= length - CUT_MARGIN or error.msg.startswith("Unterminated string")


def _is_deep(text: str) -> bool:
    """Tell whether valid JSON is nested deeper than `MAX_DEPTH`, by taking its innermost brackets away so often."""
    bare = TEXTS.sub("", text).encode("utf-8", "surrogatepass").translate(BRACKETS, OTHERS)
    for _ in range(MAX_DEPTH):
        bare = bare.replace(b"[]", b"")
    return bool(bare)


def _tokens(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return TOKEN.finditer(text, start, end)


def _find_depth(text: str, start: int, end: int) -> int:
    depth = 0
    for token in _tokens(text, start, end):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            return token.start()
    return start


def _find_nonfinite(text: str, start: int, end: int) -> int:
    for token in CONSTANT.finditer(text, start, end):
        if token[0][0] != '"' and not math.isfinite(float(token[0])):
            return token.start()
    return start


def _find_duplicate(text: str, start: int, end: int) -> int:
    keys: list[set[str]] = []
    for token in _tokens(text, start, end):
        if token[0] in ("{", "["):
            keys.append(set())
        elif token[0] in ("}", "]"):
            keys.pop()
        elif token[1] is not None:
            key = json.loads(token[0][: -len(token[1])], strict=False)
            if key in keys[-1]:
                return token.start()
            keys[-1].add(key)
    return start
