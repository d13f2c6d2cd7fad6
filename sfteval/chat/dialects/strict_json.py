"""One strict JSON value out of raw text: its end, its value, or where and why it is not JSON.

Strict means RFC 8259: no NaN or infinity, no duplicate keys, no repair. Reads at C speed in windows that double, so
that an error costs what was read and not what follows; the nesting is bounded, so that no later walk can overflow.
Does not know what the value means. Source: RFC 8259; design.md section 4.5.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64
FIRST_WINDOW = 256
CUT_MARGIN = 16  # an error this close to the end of a window may come from the cut, not from the text
STRING = r'"(?:[^"\\]|\\.)*+"'
TOKEN = re.compile(STRING + r"(\s*:)?|[{}\[\]]", re.DOTALL)
CONSTANT = re.compile(STRING + r"|-?(?:NaN|Infinity)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.DOTALL)
NONSTANDARD = re.compile(r"\s*(?:'|#|//|/\*|True\b|False\b|None\b|undefined\b|,\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is not strict JSON; `position` is in the whole text."""

    code: str
    message: str
    position: int


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
                    window *= 2
                    continue
                return _invalid(text, start + error.pos, error.msg)
            except RecursionError:
                return _too_deep(text, start, stop)
            except ValueError as error:  # an integer beyond Python's limit of digits
                return Value(None, start, Problem("json_invalid", str(error), start))
            return self._checked(text, start, start + length, value)

    def _checked(self, text: str, start: int, end: int, value: Any) -> Value:
        if text.count("{", start, end) + text.count("[", start, end) > MAX_DEPTH:
            deep = _too_deep(text, start, end)
            if deep.problem is not None:
                return Value(None, end, deep.problem)
        if self._nonfinite is not None:
            position = _find_nonfinite(text, start, end)
            return Value(value, end, Problem("nonstandard_json", f"{self._nonfinite} is not JSON", position))
        if self._duplicate is not None:
            position = _find_duplicate(text, start, end)
            return Value(value, end, Problem("duplicate_key", f'key "{self._duplicate}" stands twice', position))
        return Value(value, end)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs) and self._duplicate is None:
            keys = [key for key, _ in pairs]
            self._duplicate = next(key for i, key in enumerate(keys) if key in keys[:i])
        return out

    def _constant(self, literal: str) -> float:
        self._nonfinite = self._nonfinite or literal
        return math.nan

    def _float(self, literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            self._nonfinite = self._nonfinite or literal
        return value


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    return error.pos >= length - CUT_MARGIN or error.msg.startswith("Unterminated string")


def _invalid(text: str, position: int, message: str) -> Value:
    before = text[max(0, position - 64) : position].rstrip()
    trailing_comma = before.endswith(",") and text[position : position + 1] in ("}", "]")
    if trailing_comma or NONSTANDARD.match(text, position):
        return Value(None, position, Problem("nonstandard_json", f"not standard JSON: {message}", position))
    return Value(None, position, Problem("json_invalid", message, position))


def _tokens(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return TOKEN.finditer(text, start, end)


def _too_deep(text: str, start: int, end: int) -> Value:
    depth = 0
    for token in _tokens(text, start, end):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            return Value(None, token.start(), Problem("json_too_deep", message, token.start()))
    return Value(None, start)


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
