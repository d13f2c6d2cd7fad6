"""Values out of a server's answer, checked: anything may come in, only what the format promises goes out."""

import math
from collections.abc import Sequence
from typing import Any

MOST_COUNT = 1 << 53
MOST_TOKEN_ID = 1 << 31
DEEPEST = 32  # levels of nesting that a kept value may have
POSITIVE_BY_ROUNDING = 1e-3


class Malformed(ValueError):
    """An answer is not what its route promises."""


def text_or_none(value: Any, name: str) -> str | None:
    """Return a text; None stays None."""
    if value is None or isinstance(value, str):
        return value
    raise Malformed(f"{name} is no text")


def count(value: Any, name: str) -> int:
    """Return a number of things; None is nought."""
    if value is None:
        return 0
    if type(value) is int and 0 <= value < MOST_COUNT:
        return value
    raise Malformed(f"{name} is no count")


def token_ids(value: Any) -> tuple[int, ...]:
    """Return token ids; None is none."""
    if value is None:
        return ()
    if not isinstance(value, list) or set(map(type, value)) - {int}:
        raise Malformed("token ids that are no list of whole numbers")
    if value and not 0 <= min(value) <= max(value) < MOST_TOKEN_ID:
        raise Malformed("a token id that no vocabulary has")
    return tuple(value)


def logprob(value: Any) -> float:
    """Return the natural logarithm of a probability."""
    if type(value) is int and abs(value) < MOST_COUNT:
        value = float(value)
    if type(value) is not float or not math.isfinite(value) or value > POSITIVE_BY_ROUNDING:
        raise Malformed("a log probability that is none")
    return min(value, 0.0)


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """Return a list of JSON objects that are not nested beyond measure; nothing is none."""
    if not value:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value) or not is_shallow(value):
        raise Malformed(f"{name} is no list of objects")
    return value


def is_shallow(value: Any) -> bool:
    """Return whether a JSON value is nested so little that it can be walked and written again."""
    level: Sequence[Any] = [value]
    for _ in range(DEEPEST):
        nested = [item for item in level if isinstance(item, dict | list)]
        if not nested:
            return True
        level = [item for held in nested for item in (held.values() if isinstance(held, dict) else held)]
    return False
