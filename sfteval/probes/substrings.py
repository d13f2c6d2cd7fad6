"""Texts without spaces and symbols in, which of some given 50-character substrings they hold out.

Looks for thousands of patterns at once: the first and the last 8 characters of every window index a table of bits, and
what passes it is compared as text. Time is linear in the text. Knows neither suites nor rows.
Source of the rule: GPT-4 technical report (arXiv 2303.08774), appendix C: three random 50-character substrings.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LENGTH, PER_TEXT = 50, 3
WINDOW = 8
TABLE_BITS = 20
MIX_FIRST, MIX_LAST = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


def chosen_substrings(texts: Sequence[str], seed: str) -> tuple[str, ...]:
    """Return three 50-character substrings, each within one text, at places that the seed alone decides.

    Fewer where there are fewer places; none where every text is shorter.
    """
    rooms = [max(0, len(text) - LENGTH + 1) for text in texts]
    ends = np.cumsum(rooms)
    total = sum(rooms)
    found = []
    for place in sorted(random.Random(seed).sample(range(total), min(PER_TEXT, total))):
        index = int(np.searchsorted(ends, place, side="right"))
        start = place - int(ends[index]) + rooms[index]
        found.append(texts[index][start : start + LENGTH])
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Substrings of 50 characters that are looked for together."""

    numbers: Mapping[str, int]  # pattern -> its number, from 0
    table: NDArray[np.bool_]

    @classmethod
    def of(cls, substrings: Sequence[str]) -> "Patterns":
        """Number the patterns in their order; one that stands there twice keeps its first number."""
        numbers: dict[str, int] = {}
        for one in substrings:
            numbers.setdefault(one, len(numbers))
        table = np.zeros(1 << TABLE_BITS, dtype=np.bool_)
        for one in numbers:
            table[_slots(one)] = True
        return cls(numbers, table)

    def found_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (place in the text, number of the pattern) for every occurrence."""
        if not self.numbers:
            return
        for place in np.flatnonzero(self.table[_slots(text)]).tolist():
            number = self.numbers.get(text[place : place + LENGTH])
            if number is not None:
                yield place, number


def _slots(text: str) -> NDArray[np.uint64]:
    """Return the slot of the table for every window of 50 characters."""
    count = len(text) - LENGTH + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    eights = _eights(_bytes(text))
    mixed = eights[:count] * MIX_FIRST ^ eights[LENGTH - WINDOW :][:count] * MIX_LAST
    slots: NDArray[np.uint64] = (mixed * MIX_FIRST) >> np.uint64(64 - TABLE_BITS)
    return slots


def _bytes(text: str) -> bytes:
    """Return one byte for each character; ASCII is itself, others share what is left."""
    if text.isascii():
        return text.encode("ascii")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return np.where(points < 128, points, 128 | (points ^ points >> 7) & 127).astype(np.uint8).tobytes()


def _eights(data: bytes) -> NDArray[np.uint64]:
    """Return the 8 bytes that begin at each place as one number."""
    eights = np.empty(len(data) - WINDOW + 1, dtype=np.uint64)
    for offset in range(WINDOW):
        count = (len(data) - offset) // WINDOW
        eights[offset::WINDOW] = np.frombuffer(data, dtype="<u8", count=count, offset=offset)
    return eights
