"""Numbers of training and held-out items in, their gap with its interval out.

A gap is always training less held-out; items of one cluster hang together. Does not know what the numbers are.
Source: stats.two_samples.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from sfteval.stats import FloatArray
from sfteval.stats.two_samples import mean_gap
from sfteval.types import Estimate, Split

SPLITS: tuple[Split, Split] = ("train", "held_out")


class Item(Protocol):
    """What every item of a split has."""

    @property
    def id(self) -> str: ...
    @property
    def split(self) -> Split: ...
    @property
    def cluster(self) -> str: ...


class Value(NamedTuple):
    """One item's number."""

    id: str
    split: Split
    cluster: str
    number: float


AnyItem = TypeVar("AnyItem", bound=Item)


def values_of(items: Iterable[AnyItem], number: Callable[[AnyItem], float | None]) -> tuple[Value, ...]:
    """Return the number of each item that has one."""
    found = ((item, number(item)) for item in items)
    return tuple(Value(item.id, item.split, item.cluster, value) for item, value in found if value is not None)


def of_split(values: Sequence[Value], split: Split) -> FloatArray:
    """Return the numbers of one split, in order."""
    return np.array([value.number for value in values if value.split == split], dtype=np.float64)


def smaller_split(values: Sequence[Value]) -> int:
    """Return how many items the smaller split has."""
    num_train = sum(value.split == "train" for value in values)
    return min(num_train, len(values) - num_train)


def gap_of(values: Sequence[Value], scale: float | None = None) -> Estimate | None:
    """Return mean(train) - mean(held-out) with Welch's interval; None where a split has fewer than two clusters."""
    groups = [of_split(values, split) for split in SPLITS]
    names = [[value.cluster for value in values if value.split == split] for split in SPLITS]
    if any(len({name or place for place, name in enumerate(group)}) < 2 for group in names):
        return None
    gap = mean_gap(groups[0], groups[1], (names[0], names[1]), scale=scale)
    return Estimate(gap.difference, gap.ci.low, gap.ci.high, len(values), gap.ci.method)


def mean_of(values: Sequence[Value], split: Split) -> float | None:
    """Return the mean of one split; None without items."""
    found = of_split(values, split)
    return float(found.mean()) if len(found) else None
