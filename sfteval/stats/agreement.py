"""Two raters' labels in, how far they agree beyond chance out.

Does not know what the labels mean, or which rater is right.
Source: Cohen 1960; standard error of Fleiss, Cohen and Everitt 1969, as statsmodels has it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.errors import DataError
from sfteval.stats.binary import proportion_interval
from sfteval.stats.interval import FloatArray, Interval

LEVEL = 0.95
NO_WIDTH = 1e-9  # perfect agreement has no variance, however few the items


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance, in [-1, 1]; 1 is perfect, 0 is what chance would give."""

    value: float
    interval: Interval
    num: int


def cohens_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> Kappa:
    """Return Cohen's kappa of two raters over the same items, with its 95 % interval.

    Perfect agreement has an interval too. Where both raters use one and the same label only, there is no chance to
    exceed: kappa is 0, from -1 to 1.

    Raises: DataError for no items or for lists of different lengths.
    """
    if len(one) != len(other) or not one:
        raise DataError(
            "kappa", expected="the same items of both raters", got=f"{len(one)} and {len(other)}", next_move="Join them"
        )
    labels = list(dict.fromkeys([*one, *other]))
    table = np.zeros((len(labels), len(labels)))
    for a, b in zip(one, other, strict=True):
        table[labels.index(a), labels.index(b)] += 1.0
    chance = float(table.sum(axis=0) @ table.sum(axis=1)) / len(one) ** 2
    if chance == 1.0:
        return Kappa(0.0, Interval(-1.0, 1.0, LEVEL, "Cohen's kappa, one label only"), len(one))
    agreed = int(np.trace(table))
    value = (agreed / len(one) - chance) / (1.0 - chance)
    return Kappa(value, _interval(table, agreed, chance), len(one))


def _interval(table: FloatArray, agreed: int, chance: float) -> Interval:
    """Return the large-sample interval; where that has no width, the one of the share that agrees, chance given."""
    from statsmodels.stats.inter_rater import cohens_kappa as kappa_of  # slow to load, and rarely wanted

    with np.errstate(all="ignore"):
        found = kappa_of(table)
    low, high = float(found.kappa_low), float(found.kappa_upp)
    if high - low > NO_WIDTH:
        return Interval(max(-1.0, low), min(1.0, high), LEVEL, "Cohen's kappa")
    share = proportion_interval(agreed, int(table.sum()))
    low, high = ((end - chance) / (1.0 - chance) for end in (share.low, share.high))
    return Interval(max(-1.0, low), min(1.0, high), LEVEL, "Cohen's kappa, Clopper-Pearson")
