"""Any frozen noun in, plain JSON out: rounded so that the same comparison always gives the same bytes.

Numbers keep nine decimals and p-values six significant digits (a p-value of 1e-12 is not zero). Not-a-number becomes
null. Does not know what the values mean beyond a key that starts with `p_`.
"""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

DECIMALS = 9
P_VALUE_DIGITS = 6


def plain(value: object, name: str = "") -> Any:
    """Return `value` as dicts, lists, strings and numbers; `name` is the key under which it stands."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return rounded(value, name)
    if isinstance(value, Mapping):
        return {str(key): plain(item, str(key)) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name), field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Iterable):
        return [plain(item, name) for item in value]
    return str(value)


def rounded(value: float, name: str = "") -> float | None:
    """Return the number with a fixed number of digits, None where it is none; never a negative zero."""
    if not math.isfinite(value):
        return None
    if name.startswith("p_"):
        return float(f"{value:.{P_VALUE_DIGITS}g}")
    return round(value, DECIMALS) + 0.0


def compact(value: object) -> str:
    """Return one line of JSON with sorted keys, ASCII only, so that even half a surrogate pair survives it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
