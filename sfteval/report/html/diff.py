"""Two answers in, the words that differ out: computed once, here, so that the page only paints.

Longest common subsequence over words (rapidfuzz, bit-parallel). Text that has next to nothing in common is not marked
at all, since marking everything marks nothing. Does not know where the texts came from.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

SAME: Literal[0] = 0
ONLY_A: Literal[-1] = -1
ONLY_B: Literal[1] = 1
ENOUGH_IN_COMMON = 0.3  # share of the longer text

Kind = Literal[-1, 0, 1]
Segment = tuple[Kind, str]

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def word_diff(a: str, b: str) -> list[Segment]:
    """Return segments whose SAME and ONLY_A texts join to `a`, and whose SAME and ONLY_B texts join to `b`."""
    if a == b:
        return [(SAME, a)] if a else []
    segments = list(_joined(_meaningful(list(_opcodes(_WORD.findall(a), _WORD.findall(b))))))
    common = sum(len(text) for kind, text in segments if kind == SAME)
    if common < ENOUGH_IN_COMMON * max(len(a), len(b)):
        segments = [(ONLY_A, a), (ONLY_B, b)]
    return [segment for segment in segments if segment[1]]


def _opcodes(a: list[str], b: list[str]) -> Iterator[tuple[bool, str, str]]:
    """Yield runs as (is the same, text in a, text in b)."""
    from rapidfuzz.distance import LCSseq

    for code in LCSseq.opcodes(a, b):
        texts = "".join(a[code.src_start : code.src_end]), "".join(b[code.dest_start : code.dest_end])
        yield code.tag == "equal", *texts


def _meaningful(runs: list[tuple[bool, str, str]]) -> Iterator[tuple[bool, str, str]]:
    """Turn equal runs that are only a space or a point between two changes into part of the change."""
    for index, (same, a, b) in enumerate(runs):
        inside = 0 < index < len(runs) - 1
        yield same and not (inside and not any(character.isalnum() for character in a)), a, b


def _joined(runs: Iterable[tuple[bool, str, str]]) -> Iterator[Segment]:
    """Yield neighbouring changes as one, A's words before B's."""
    only_a = only_b = ""
    for same, a, b in runs:
        if not same:
            only_a, only_b = only_a + a, only_b + b
            continue
        yield from ((ONLY_A, only_a), (ONLY_B, only_b))
        only_a = only_b = ""
        yield SAME, a
    yield from ((ONLY_A, only_a), (ONLY_B, only_b))
