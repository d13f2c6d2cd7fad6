"""Parsed JSON in, one of our nouns out: the keys that the noun knows, and no other.

Does not know files; a value that is a noun itself is given by the caller.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")
Row = Mapping[str, Any]


def built(noun: type[T], row: Row, **given: object) -> T:
    """Return the noun from the keys of `row` that it knows, `given` first."""
    known = {field.name for field in fields(noun)}  # type: ignore[arg-type]
    return noun(**{key: value for key, value in row.items() if key in known} | given)
