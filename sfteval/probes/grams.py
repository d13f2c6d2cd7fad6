"""Token ids in, their n-grams as 64-bit numbers out; which of them are boilerplate, and which training has seen.

An n-gram is the sum of its tokens' scrambled values, each times an odd number of its place; two different ones meet by
chance in one of 10^19 pairs. Boilerplate are n-grams of so many of the distinct training answers that repeating them
shows nothing: keys of a schema, openers. Does not know models or splits.
Source: research on probes, A3-P3 (mask); the scrambling is splitmix64's, Steele, Lea and Flood 2014.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
SIZES = (4, 5, 6)  # of the memorisation score
BOILERPLATE_SHARE, MIN_BOILERPLATE = 0.10, 3  # of distinct answers; with few of them, at least so many
MASK_SIZE = 4  # tokens under a boilerplate n-gram of this size are boilerplate
NOVELTY_SIZE = 8  # shorter runs are copied by chance
NONE: Hashes = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """What so many training answers share: sorted hashes by the size of the n-gram."""

    by_size: Mapping[int, Hashes]

    def has(self, hashes: Hashes, size: int) -> NDArray[np.bool_]:
        """Tell for each n-gram of one size whether it is boilerplate."""
        return _stand_in(hashes, self.by_size.get(size, NONE))

    def covers(self, tokens: Sequence[int]) -> NDArray[np.bool_]:
        """Tell for each token whether a boilerplate n-gram covers it."""
        covered = np.zeros(len(tokens), dtype=bool)
        for start in np.flatnonzero(self.has(hashes_of(tokens, MASK_SIZE), MASK_SIZE)):
            covered[start : start + MASK_SIZE] = True
        return covered


def hashes_of(tokens: Sequence[int], size: int) -> Hashes:
    """Return the hash of every n-gram of `size` tokens, in order: `[T - size + 1]`, none where T is smaller."""
    if len(tokens) < size:
        return NONE
    scrambled = _scrambled(np.asarray(tokens, dtype=np.uint64))
    places = _scrambled(np.arange(1, size + 1, dtype=np.uint64)) | np.uint64(1)
    num = len(tokens) - size + 1
    found = np.zeros(num, dtype=np.uint64)
    for start, place in enumerate(places):  # 64-bit numbers wrap around, as they must
        found += scrambled[start : start + num] * place
    return found


def boilerplate_of(answers: Iterable[Sequence[int]], sizes: Sequence[int] = SIZES) -> Boilerplate:
    """Return the n-grams that at least a tenth of the distinct answers hold, and at least three of them."""
    distinct = list(dict.fromkeys(tuple(answer) for answer in answers))
    needed = max(MIN_BOILERPLATE, BOILERPLATE_SHARE * len(distinct))
    found: dict[int, Hashes] = {}
    for size in sizes:
        seen = [_sorted(hashes_of(answer, size)) for answer in distinct]
        values, counts = np.unique(np.concatenate([NONE, *seen]), return_counts=True)
        found[size] = values[counts >= needed]
    return Boilerplate(found)


def index_of(answers: Iterable[Sequence[int]]) -> Hashes:
    """Return the sorted 8-grams of all training answers: 8 bytes each, at most one a token."""
    return _sorted(np.concatenate([NONE, *(hashes_of(answer, NOVELTY_SIZE) for answer in answers)]))


def longest_copied_run(output: Sequence[int], index: Hashes) -> int:
    """Return the tokens of the longest stretch all of whose 8-grams stand in some training answer; 0: none."""
    known = _stand_in(hashes_of(output, NOVELTY_SIZE), index)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths.max()) + NOVELTY_SIZE - 1 if len(lengths) else 0


def _sorted(hashes: Hashes) -> Hashes:
    """Return each hash once, in order; four times as fast as `np.unique`, which builds a table."""
    ordered = np.sort(hashes)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _stand_in(hashes: Hashes, ordered: Hashes) -> NDArray[np.bool_]:
    """Tell for each hash whether it stands in the sorted ones, without sorting them again."""
    if not len(ordered):
        return np.zeros(len(hashes), dtype=bool)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes, dtype=bool)


def _scrambled(values: Hashes) -> Hashes:
    """Return splitmix64 of each number."""
    z = values + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)
