"""What each way of batching computes beyond the tokens that there are: lengths in, positions out. Pure arithmetic.

Four ways, over the same examples: ours (whole sequences side by side), sorted by length and padded, padded as they
come, and cut into blocks of one length. Knows no tokens and no model; times nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sfttrain.batch import ROUND_TOKENS, order

PLAIN_ROWS = 8  # rows of a batch where a trainer is left to its defaults


@dataclass(frozen=True, slots=True)
class Way:
    """One way of batching, and what it costs."""

    name: str
    computed: int  # positions that the model computes in an epoch
    real: int  # tokens that there are
    num_cut: int = 0  # examples that lie in two blocks or more

    @property
    def factor(self) -> float:
        """Positions computed for each real token; 1 is nothing wasted."""
        return self.computed / max(self.real, 1)


def ways_of_batching(lengths: Sequence[int], max_tokens: int, seed: int = 0) -> tuple[Way, ...]:
    """Return what an epoch over examples of these lengths computes, each way; batches hold up to `max_tokens`."""
    real = sum(lengths)
    shuffled = [lengths[place] for place in order(len(lengths), seed, 0)]
    computed, num_cut = _blocks(shuffled, max_tokens)
    return (
        Way("side by side, no padding (sfttrain)", _side_by_side(shuffled, max_tokens), real),
        Way("grouped by length, padded", _grouped(lengths, max_tokens), real),
        Way(f"padded as they come, {PLAIN_ROWS} at a time", _padded(shuffled), real),
        Way(f"cut into blocks of {max_tokens:,}", computed, real, num_cut),
    )


def _side_by_side(lengths: Sequence[int], max_tokens: int) -> int:
    """Whole sequences up to a budget, each batch rounded up as on a CPU."""
    computed = filled = 0
    for length in lengths:
        if filled and filled + length > max_tokens:
            computed, filled = computed + _rounded(filled), 0
        filled += length
    return computed + _rounded(filled)


def _grouped(lengths: Sequence[int], max_tokens: int) -> int:
    """Sorted, and cut where the padded batch would exceed the budget."""
    computed = rows = width = 0
    for length in sorted(lengths):
        if rows and (rows + 1) * length > max_tokens:
            computed, rows = computed + rows * width, 0
        rows, width = rows + 1, length
    return computed + rows * width


def _padded(lengths: Sequence[int]) -> int:
    batches = (lengths[start : start + PLAIN_ROWS] for start in range(0, len(lengths), PLAIN_ROWS))
    return sum(max(batch) * len(batch) for batch in batches)


def _blocks(lengths: Sequence[int], max_tokens: int) -> tuple[int, int]:
    """Everything joined and cut; the last block holds what is left."""
    num_cut = end = 0
    for length in lengths:
        start, end = end, end + length
        num_cut += length > 0 and start // max_tokens != (end - 1) // max_tokens
    return end, num_cut


def _rounded(tokens: int) -> int:
    return tokens + -tokens % ROUND_TOKENS
