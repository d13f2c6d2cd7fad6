"""The examples of every arm in, one page of figures out: how long they are, what is learned, what batching wastes.

Counts and draws nothing; `show` writes it as lines, `page` as pictures.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfttrain.types import Arm, Example
from sfttrain.waste import Way, ways_of_batching

FIRST_BIN = 16  # tokens; the bins end at 16, 24, 32, 48, 64, 96, 128, ...


@dataclass(frozen=True, slots=True)
class ArmOverview:
    """What one arm's data looks like."""

    arm: Arm
    num_conversations: int
    num_examples: int
    num_tokens: int
    num_supervised: int
    longest_tokens: int
    bins: tuple[int, ...]  # examples by length; `bin_end` says up to how many tokens each holds
    ways: tuple[Way, ...]

    @property
    def supervised_share(self) -> float:
        """The share of positions that are learned from."""
        return self.num_supervised / max(self.num_tokens, 1)

    @property
    def examples_per_conversation(self) -> float:
        """More than 1 where the template rewrites history, so that each turn is a sequence of its own."""
        return self.num_examples / max(self.num_conversations, 1)


def overview_of(
    examples: Mapping[Arm, Sequence[Sequence[Example]]], max_tokens: int, seed: int = 0
) -> tuple[ArmOverview, ...]:
    """Return the figures of each arm; `examples` holds one group per conversation. All arms have equally many bins."""
    flat = {arm: [one for group in groups for one in group] for arm, groups in examples.items()}
    lengths = {arm: [one.num_tokens for one in some] for arm, some in flat.items()}
    num_bins = max((bin_of(length) for some in lengths.values() for length in some), default=0) + 1
    return tuple(
        ArmOverview(
            arm=arm,
            num_conversations=len(examples[arm]),
            num_examples=len(some),
            num_tokens=sum(lengths[arm]),
            num_supervised=sum(one.num_supervised for one in some),
            longest_tokens=max(lengths[arm], default=0),
            bins=tuple(_counts(lengths[arm], num_bins)),
            ways=ways_of_batching(lengths[arm], max_tokens, seed),
        )
        for arm, some in flat.items()
    )


def bin_of(length: int) -> int:
    """Return the number of the bin that holds a length."""
    return next(number for number in itertools.count() if length <= bin_end(number))


def bin_end(number: int) -> int:
    """Return the largest length of a bin, in tokens: a power of two, or half as much again."""
    octave, half = divmod(number, 2)
    return (FIRST_BIN << octave) * (3 if half else 2) // 2


def bin_names(num_bins: int) -> list[str]:
    """Return `1-16`, `17-24`, `25-32`, ..."""
    edges = [0, *map(bin_end, range(num_bins))]
    return [f"{low + 1:,}\N{EN DASH}{high:,}" for low, high in itertools.pairwise(edges)]


def filled_bins(arms: Sequence[ArmOverview]) -> range:
    """Return the bins from the first that any arm fills to the last."""
    filled = [number for one in arms for number, count in enumerate(one.bins) if count]
    return range(min(filled, default=0), max(filled, default=-1) + 1)


def _counts(lengths: Sequence[int], num_bins: int) -> list[int]:
    counts = [0] * num_bins
    for length in lengths:
        counts[bin_of(length)] += 1
    return counts
