"""Accepted values of arguments: what a target allows, and whether what a model wrote is among it.

An argument is a Slot: its alternatives, and whether it may be left away. In objects every key has a slot of its own, at
any depth; lists are compared in order. Int and float are equal by value, and a bool is no number. How texts are
compared is handed in: to the character, or by what they say (`same_words`).
Source: accepted sets have the form of BFCL's possible answers (ShishirPatil/gorilla, bfcl_eval 2026-03); the rules are
our own, without that checker's known holes (research on tool calls, section 1.3).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.types import Json

SameText = Callable[[str, str], bool]
LEFT_AWAY = ""  # among the accepted values: the argument may be left away
NUMBER = re.compile(r"[+-]?\d{1,300}+(?:\.\d{1,300}+)?")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ,./\-_*^]++(?=\d)")
ELSEWHERE = re.compile(r"[ ,./\-_*^]++")


@dataclass(frozen=True, slots=True)
class Slot:
    """What one argument may be; an alternative is a scalar, a tuple of alternatives, or a mapping of slots."""

    alternatives: tuple[Any, ...]
    may_be_missing: bool = False


Slots = Mapping[str, Slot]


def exact_slots(arguments: Json) -> Slots:
    """Return the slots that these very arguments fill, and no others."""
    return {key: Slot((_exact(value),)) for key, value in arguments.items()}


def accepted_slots(accepted: Json) -> Slots:
    """Return the slots of an accepted set: a list of values for every argument, "" where it may be left away."""
    return {key: _accepted_slot(values) for key, values in accepted.items()}


def fits(arguments: Json, slots: Slots, same_text: SameText) -> bool:
    """Tell whether every argument is accepted and none that is needed is missing."""
    if any(key not in slots for key in arguments):
        return False
    return all(
        slot.may_be_missing if key not in arguments else fits_slot(arguments[key], slot, same_text)
        for key, slot in slots.items()
    )


def fits_slot(value: Any, slot: Slot, same_text: SameText) -> bool:
    """Tell whether a value is one of the alternatives."""
    return any(_same(value, alternative, same_text) for alternative in slot.alternatives)


def same_characters(said: str, accepted: str) -> bool:
    """Compare to the character."""
    return said == accepted


def same_words(said: str, accepted: str) -> bool:
    """Compare by what is said: case, spaces and `,./-_*^` do not count, but for numbers and between digits.

    "April 1, 2024" is "april 1 2024" and "New-York" is "new york", but "-5" is not "5" and "1.5" is not "15".
    """
    return said == accepted or _words(said) == _words(accepted)


def canonical(value: Any) -> Any:
    """Return a hashable form in which int and float are equal by value and a bool is no number."""
    if isinstance(value, Mapping):
        return "object", frozenset((key, canonical(entry)) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return "array", tuple(canonical(entry) for entry in value)
    return "bool" if isinstance(value, bool) else "scalar", value


def _exact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return exact_slots(value)
    return tuple(_exact(entry) for entry in value) if isinstance(value, list | tuple) else value


def _accepted_slot(values: Any) -> Slot:
    if not isinstance(values, list | tuple):  # some inner objects of published answers hold bare values
        return Slot((_exact(values),))
    return Slot(tuple(_accepted(value) for value in values), LEFT_AWAY in values)


def _accepted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return accepted_slots(value)
    return tuple(_accepted(entry) for entry in value) if isinstance(value, list | tuple) else value


def _same(value: Any, accepted: Any, same_text: SameText) -> bool:
    if isinstance(accepted, str):
        return isinstance(value, str) and same_text(value, accepted)
    if isinstance(accepted, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(accepted):
            return False
        return all(_same(one, other, same_text) for one, other in zip(value, accepted, strict=True))
    if isinstance(accepted, Mapping):
        return isinstance(value, Mapping) and fits(value, accepted, same_text)
    if accepted is None or isinstance(accepted, bool):
        return value is accepted
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(value == accepted)


def _words(text: str) -> str:
    text = text.strip().casefold().replace("'", '"')
    if NUMBER.fullmatch(text):
        return text
    return ELSEWHERE.sub("", BETWEEN_DIGITS.sub("\0", text)) or text
