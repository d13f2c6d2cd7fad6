"""What is asked, before it is a row: a prompt, the tools on offer, and the calls that answer it.

An argument of a call is a value, or several of which each is right. Defaults need no mention: what a tool's schema
gives a default may be written out or left away, and `targets` sees to that. Does not know definitions, or rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

MAX_PER_STEM = 5  # items that share a stem hang together; more would tell little more


@dataclass(frozen=True, slots=True)
class OneOf:
    """Values of which each is right; some may be left away."""

    values: tuple[Any, ...]
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One expected call."""

    tool: str
    arguments: Mapping[str, Any]  # by name; an object is a mapping, at any depth a OneOf


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt with what answers it; no calls: nothing may be called."""

    key: str  # its id
    prompt: str
    tools: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    stem: str = ""  # shared by prompts that hang together
    system: str = ""
    missing: tuple[str, ...] = ()  # needed arguments that the prompt does not give


def item(key: str, prompt: str, tools: str, *calls: Call, stem: str = "", system: str = "", missing: str = "") -> Item:
    """Return an Item; tools and missing arguments are words, and no tools means those that are called."""
    offered = tuple(tools.split()) or tuple(dict.fromkeys(one.tool for one in calls))
    return Item(key, prompt, offered, calls, stem or key, system, tuple(missing.split()))


def call(tool: str, /, **arguments: Any) -> Call:
    """Return an expected call."""
    return Call(tool, arguments)


def one_of(*values: Any) -> OneOf:
    """Return values of which each is right."""
    return OneOf(values)


def perhaps(*values: Any) -> OneOf:
    """Return values of which each is right, as is leaving the argument away."""
    return OneOf(values, may_be_missing=True)


def any_order(*entries: Any) -> OneOf:
    """Return a list whose order does not matter; up to four entries."""
    return OneOf(tuple(list(order) for order in permutations(entries)))
