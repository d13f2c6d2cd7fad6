"""The numbers of a probe in, those that can be drawn out: finite ones, where they are expected.

A report may be made from a file that something else wrote: a key can be missing, and a value can be anything.
Does not know a probe or a picture.
"""

import math
from collections.abc import Mapping
from typing import Any


def found(numbers: Any, *path: str) -> float | None:
    """Return the finite number that stands at the end of nested keys; None where there is none."""
    for key in path:
        numbers = numbers.get(key) if isinstance(numbers, Mapping) else None
    if isinstance(numbers, bool) or not isinstance(numbers, int | float) or not math.isfinite(numbers):
        return None
    return float(numbers)


def numbers_of(values: Any) -> list[float]:
    """Return the finite numbers of a list; none where it is no list."""
    known = (found(item) for item in values) if isinstance(values, list) else ()
    return [value for value in known if value is not None]


def rows_of(values: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none where it is no list."""
    return [item for item in values if isinstance(item, Mapping)] if isinstance(values, list) else []


def points_of(values: Any) -> list[tuple[float, float]]:
    """Return the points (x, y) of a list of pairs; what is no pair of numbers is left out."""
    pairs = [numbers_of(item) for item in values] if isinstance(values, list) else []
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
