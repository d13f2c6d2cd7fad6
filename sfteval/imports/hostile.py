"""Bytes of unknown origin in, JSON objects and numbers out, or one sentence that says what is wrong and where.

Everything is bounded: the length of a line, the size of a file, the depth of a value. Knows no harness.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sfteval.errors import DataError

MAX_LINE_BYTES = 1 << 28  # 256 MiB
MAX_TEXT = 400  # characters of what a harness extracted, kept for people to read
BROKEN = (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError)  # what a strange row raises


def lines_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the lines of a file that hold something, each with its place.

    Raises: DataError for a line that is too long to be one.
    """
    number = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(line) > MAX_LINE_BYTES:
                raise DataError(
                    where,
                    expected=f"a line of at most {MAX_LINE_BYTES:,} bytes",
                    got="a longer one",
                    next_move="Check that this is the file that you mean",
                )
            if line.strip():
                yield where, line


def parsed(data: bytes, where: str, next_move: str) -> Mapping[str, Any]:
    """Return the JSON object of some bytes; NaN and Infinity, which some harnesses write, are None.

    Raises: DataError.
    """
    try:
        value = json.loads(data, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise DataError(where, expected="a JSON object", got=one_line(error), next_move=next_move) from error
    if not isinstance(value, dict):
        raise DataError(where, expected="a JSON object", got=type(value).__name__, next_move=next_move)
    return value


def one_line(error: Exception) -> str:
    """Return an exception as a short text on one line."""
    text = f"{type(error).__name__} {error}" if isinstance(error, KeyError | IndexError) else str(error)
    return " ".join(text.split())[:120] or type(error).__name__


def number(value: Any) -> float | None:
    """Return a finite number or a truth value as a float; None for anything else."""
    if not isinstance(value, bool | int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int:
    """Return a count; 0 for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else 0


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def text(value: Any) -> str | None:
    """Return a text that says something, on one line and short; None for anything else."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    shown = "".join(character if character.isprintable() else " " for character in str(value)[:MAX_TEXT])
    return shown.strip() or None


def plain(value: str) -> str:
    """Return a text without halves of surrogate pairs, which no file can hold."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _none(name: str) -> None:
    return None
