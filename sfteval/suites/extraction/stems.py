"""What a document of the suite is: a Stem writes a text and the value that an expert would take from it.

A stem is a text written by hand, in which details are drawn: names, days, amounts, how many entries there are, what is
left unsaid. Whatever is drawn, the text must say each field of its schema once, or not at all.
Does not know which stems there are, or how they are asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.schema_parts import Schema

MAX_PER_STEM = 5  # texts that share a stem hang together; more would tell little more

Written = tuple[str, dict[str, Any]]  # the text, and the value that stands in it


@dataclass(frozen=True, slots=True)
class Stem:
    """One text with details to draw."""

    key: str  # names it, and its cluster
    kind: str  # what sort of document it is: those of one kind share a schema
    schema: Schema
    write: Callable[[Dice], Written]


def stems_of(kind: str, schema: Schema, **writers: Callable[[Dice], Written]) -> tuple[Stem, ...]:
    """Return the stems of one kind; a writer's name becomes part of its key."""
    return tuple(Stem(f"{kind}-{name.replace('_', '-')}", kind, schema, write) for name, write in writers.items())
