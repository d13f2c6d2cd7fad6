"""What a log says of its task and its sampling, in, what a suite of ours can hold, out.

Values come from a log and may be anything: what is out of range is left away.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sfteval.imports.hostile import number, whole
from sfteval.types import Json

MAX_STOPS = 16


def task_name(name: str) -> str:
    """Return a name that a task of a suite may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:80] or "imported"


def sampling_of(told: Mapping[str, Any]) -> Json:
    """Return the keys of Sampling that a log tells, each in the range that a suite takes."""
    kept = {name: value for name, fits in FITS.items() if (value := told.get(name)) is not None and fits(value)}
    stops = told.get("stop")
    texts = [stop for stop in stops if isinstance(stop, str) and stop] if isinstance(stops, list) else []
    return kept | ({"stop": texts[:MAX_STOPS]} if texts else {})


def _temperature(value: Any) -> bool:
    found = number(value)
    return found is not None and 0 <= found < 100


def _top_p(value: Any) -> bool:
    found = number(value)
    return found is not None and 0 < found <= 1


FITS: Mapping[str, Callable[[Any], bool]] = {
    "temperature": _temperature,
    "top_p": _top_p,
    "top_k": lambda value: 0 < whole(value) <= 10**6,
    "max_tokens": lambda value: 0 < whole(value) <= 10**7,
}
