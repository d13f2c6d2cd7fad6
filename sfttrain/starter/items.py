"""The noun that every family of the starter world makes, and the seeded randomness it is made with.

A family takes a `random.Random` and gives an Item: what the user says, an honest trace, the reply, and how to score it.
Does not know which items become documents, rows or suite samples: `corpus`, `rows` and `suite` decide that.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call: the tool's name and its arguments."""

    name: str
    arguments: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a tool gave back, and the reply to it."""

    result: str
    reasoning: str
    answer: str


@dataclass(frozen=True, slots=True)
class Item:
    """One task of the starter world with its reference solution."""

    source: str  # reasoning, constraints, toolcalls or chat
    user: str
    reasoning: str  # the trace that the think arm learns
    answer: str  # the visible reply; empty where the reply is a call
    stem: str  # items that share it are near-copies of one another
    target: Any  # what the suite's scorer needs
    metadata: Mapping[str, str | int]
    tools: tuple[Mapping[str, Any], ...] = ()
    calls: tuple[Call, ...] = ()
    follow_up: FollowUp | None = field(default=None)


def stream(seed: int, *names: object) -> random.Random:
    """Return a generator that depends on the seed and the names only, the same on every machine."""
    key = "/".join(map(str, (seed, *names)))
    return random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))


def one_in(num: int, text: str) -> bool:
    """Return whether `text` falls in a fixed random share of 1/num of all texts: the held-out split."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % num == 0
