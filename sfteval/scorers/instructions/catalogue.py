"""How a constraint is declared, found by id, and built from JSON kwargs.

A constraint's fields are its kwargs, under the published names; their annotations say what JSON may hold. Unknown id,
unknown or missing kwarg, or a value of the wrong kind is a DataError that names the nearest known one. Null kwargs are
dropped, because the hub's copy of IFEval pads with nulls. Kwargs that no answer could meet ("less than 0 words") are
refused, too. Nothing is random: a missing kwarg is never drawn.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sfteval.errors import DataError, nearest
from sfteval.types import Check

MAX_COUNT = 1_000_000_000
COUNT = f"a whole number of at least 0 and at most {MAX_COUNT:,}"


class Relation(StrEnum):
    """How a count is compared; the two that IFEval knows."""

    LESS_THAN = "less than"
    AT_LEAST = "at least"

    def holds(self, measured: int, bound: int) -> bool:
        """Tell whether the measured count satisfies the bound."""
        return measured < bound if self is Relation.LESS_THAN else measured >= bound


class Constraint(ABC):
    """The base of every constraint: `check` is ours, with its repairs; `published` the published scorer's verdict."""

    @abstractmethod
    def check(self, text: str) -> Check:
        """Return the verdict on this text, with the reason and what was measured."""

    def published(self, text: str) -> bool | None:
        """Return the published scorer's verdict; None where it is random. The same as ours unless overridden."""
        return self.check(text).ok

    def impossible(self) -> Mapping[str, str]:
        """Return the kwargs that no answer could meet, each with what it should be; none unless overridden."""
        return {}

    def is_repaired(self) -> bool:
        """Tell whether our rule differs from the published one."""
        return type(self).published is not Constraint.published

    def is_drawn(self) -> bool:
        """Tell whether the published scorer would not use these kwargs, but draw others at random."""
        return False


class Counted(Constraint):
    """A constraint of IFEval with a bound: published, a bound of 0 is taken for a missing one, and one is drawn."""

    def impossible(self) -> Mapping[str, str]:
        """Refuse a number that must be less than 0."""
        names = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        is_less = Relation.LESS_THAN in names.values()
        return {name: "at least 1" for name, value in names.items() if is_less and value == 0}

    def is_drawn(self) -> bool:
        """Look for a 0."""
        return any(getattr(self, field.name) == 0 for field in dataclasses.fields(self))  # type: ignore[arg-type]


CONSTRAINTS: dict[str, type[Constraint]] = {}
Kind = TypeVar("Kind", bound=type[Constraint])


def constraint(identifier: str) -> Callable[[Kind], Kind]:
    """Enter a class into the catalogue under its published id."""

    def enter(cls: Kind) -> Kind:
        CONSTRAINTS[identifier] = cls
        return cls

    return enter


def build_constraint(identifier: str, kwargs: Mapping[str, Any], where: str) -> Constraint:
    """Return the checker, or say what is wrong with its id or kwargs."""
    if identifier not in CONSTRAINTS:
        raise DataError(
            where, expected="a known instruction id", got=f'"{identifier}"', next_move=nearest(identifier, CONSTRAINTS)
        )
    cls, where = CONSTRAINTS[identifier], f"{where}, {identifier}"
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    given = {name: value for name, value in kwargs.items() if value is not None}
    for name in given:
        if name not in fields:
            expected = f"only the kwargs {', '.join(fields)}" if fields else "no kwargs"
            raise DataError(where, expected=expected, got=f'"{name}"', next_move=nearest(name, fields))
    for name in fields:
        if name not in given:
            raise DataError(where, expected=f'the kwarg "{name}"', got="none", next_move=f'Add "{name}" to its kwargs')
    built = cls(**{name: _value(field.type, given[name], f'{where}, "{name}"') for name, field in fields.items()})
    for name, expected in built.impossible().items():
        raise _wrong(f'{where}, "{name}"', expected, getattr(built, name))
    return built


def _value(kind: Any, value: Any, where: str) -> Any:
    """Return the value as its annotation asks for it."""
    if kind is int and _is_count(value):
        return int(value)
    if kind is str and isinstance(value, str) and value.strip():
        return value
    if kind is Relation and value in tuple(Relation):
        return Relation(value)
    if kind == tuple[str, ...] and _are_texts(value):
        return tuple(value)
    expected = {int: COUNT, str: "a text", Relation: '"less than" or "at least"'}
    raise _wrong(where, expected.get(kind, "a list of at least one text, none of them empty"), value)


def _wrong(where: str, expected: str, value: Any) -> DataError:
    next_move = "Mend the kwargs in the task's data file"
    return DataError(where, expected=expected, got=repr(value)[:80], next_move=next_move)


def _is_count(value: Any) -> bool:
    """Accept 3 and, from the hub's Parquet copy, 3.0."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_COUNT and float(value).is_integer()


def _are_texts(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return is_list and all(isinstance(entry, str) and entry.strip() for entry in value)
