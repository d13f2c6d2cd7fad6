"""Two independent groups, or two sums over the same items, in; differences and ratios with their intervals out.

Means: Welch's t, each group with its own variance, by clusters where items share one; a handful of answers: the exact
permutation of who gave which. Shares: Newcombe's hybrid score interval. Ratios of two means over the same items: the
delta method on the logarithm. No dice but for the permutations that are too many, whose seed is fixed: the same numbers
give the same bytes, and swapped groups mirror the interval. Does not know what the groups are.
Source: Welch 1947, Biometrika 34:28; Newcombe 1998, Statistics in Medicine 17:873, method 10; Cochran 1977, section 6;
Fisher 1935, The Design of Experiments, section 21 (his exact test is the permutation of zeros and ones).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sfteval.errors import DataError
from sfteval.stats.clustered import cluster_codes, clustered_standard_error
from sfteval.stats.graded import constant_interval, t_interval, t_test
from sfteval.stats.interval import FloatArray, Interval

LEVEL = 0.95
MOST_SPLITS = 20_000  # 8 against 8 are 12,870
TIE = 1e-9
WELCH, NEWCOMBE, DELTA = "Welch's t", "Newcombe hybrid score", "delta method on the logarithm"


@dataclass(frozen=True, slots=True)
class MeanGap:
    """How far the means of two independent groups lie apart."""

    difference: float  # mean of the first - mean of the second
    ci: Interval
    p_value: float  # two-sided, of no difference
    standard_error: float


def mean_gap(
    first: FloatArray,
    second: FloatArray,
    clusters: tuple[Sequence[str], Sequence[str]] | None = None,
    *,
    level: float = LEVEL,
    scale: float | None = None,
) -> MeanGap:
    """Compare two groups of at least two numbers; `clusters` name each item's ("": its own).

    `scale` is the spread that an item might show where none does; by default the range of all numbers.

    Raises: DataError for a group with fewer than two independent items, or with what is no number.
    """
    groups = [_checked(group) for group in (first, second)]
    names = clusters or ([""] * len(groups[0]), [""] * len(groups[1]))
    errors, degrees = zip(*(_error(group, name) for group, name in zip(groups, names, strict=True)), strict=True)
    difference = float(np.mean(groups[0]) - np.mean(groups[1]))
    error = math.hypot(*errors)
    if error <= 1e-12 * (1.0 + abs(difference)):
        spread = scale if scale is not None else max(1e-9, float(np.ptp(np.concatenate(groups))))
        ci = constant_interval(difference, min(map(len, groups)), level, spread)
        split = 2.0 / math.comb(len(groups[0]) + len(groups[1]), len(groups[0]))
        return MeanGap(difference, ci, 1.0 if difference == 0.0 else min(1.0, split), 0.0)
    freedom = error**4 / sum(e**4 / d for e, d in zip(errors, degrees, strict=True))
    ci = t_interval(difference, error, freedom, level, WELCH)
    return MeanGap(difference, ci, t_test(difference, error, freedom, WELCH).two_sided, error)


def permutation_lower(first: FloatArray, second: FloatArray) -> float:
    """Return the one-sided p value that the second group's sum is so low, had chance dealt out who gave which number.

    Exact for zeros and ones, and up to `MOST_SPLITS` ways to split; beyond these, of so many random ones.
    """
    values, num = np.concatenate([first, second]).astype(np.float64), len(second)
    low = float(np.sum(second))
    if np.isin(values, (0.0, 1.0)).all():
        from scipy.stats import hypergeom

        return float(hypergeom.cdf(low, len(values), int(values.sum()), num))
    if math.comb(len(values), num) <= MOST_SPLITS:
        sums = np.array([values[list(places)].sum() for places in combinations(range(len(values)), num)])
        return float(np.mean(sums <= low + TIE))
    order = np.argsort(np.random.default_rng(0).random((MOST_SPLITS, len(values))), axis=1)[:, :num]
    return float((1 + np.sum(values[order].sum(axis=1) <= low + TIE)) / (1 + MOST_SPLITS))


def mean_interval(values: FloatArray, level: float = LEVEL) -> Interval:
    """Return Student's interval of a mean of independent numbers; at least two."""
    found = _checked(values)
    error = float(np.std(found, ddof=1) / np.sqrt(len(found)))
    if error == 0.0:
        return constant_interval(float(found[0]), len(found), level, max(abs(float(found[0])), 1e-9))
    return t_interval(float(np.mean(found)), error, len(found) - 1, level, "Student's t")


def share_gap(first: tuple[int, int], second: tuple[int, int], level: float = LEVEL) -> Interval:
    """Return the interval of the difference of two independent shares, each given as (so many, of so many)."""
    from statsmodels.stats.proportion import confint_proportions_2indep  # slow to load, and rarely wanted

    low, high = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff", alpha=1.0 - level)
    return Interval(float(low), float(high), level, NEWCOMBE)


def ratio_of_means(numerators: FloatArray, denominators: FloatArray, level: float = LEVEL) -> Interval | None:
    """Return the interval of mean(numerators) / mean(denominators), item by item; None where a mean is not above 0."""
    over, under = _checked(numerators), _checked(denominators)
    if len(over) != len(under):
        raise DataError("a ratio", expected="one length", got=[len(over), len(under)], next_move="Join the items first")
    if over.mean() <= 0.0 or under.mean() <= 0.0:
        return None
    influence = over / over.mean() - under / under.mean()
    error = float(np.std(influence, ddof=1) / np.sqrt(len(over)))
    center = math.log(over.mean() / under.mean())
    if error == 0.0:
        moved = constant_interval(center, len(over), level, max(float(np.std(np.log1p(np.abs(under)))), 1e-9))
    else:
        moved = t_interval(center, error, len(over) - 1, level, DELTA)
    low, high = (math.exp(min(700.0, end)) for end in (moved.low, moved.high))
    return Interval(low, high, level, DELTA)


def _error(group: FloatArray, clusters: Sequence[str]) -> tuple[float, int]:
    """Return the standard error of a group's mean, and its degrees of freedom."""
    codes = cluster_codes(clusters)
    num_clusters = int(codes.max()) + 1
    if num_clusters < 2:
        next_move = "Add items that do not share a source"
        raise DataError("a group of items", expected="at least 2 clusters", got=num_clusters, next_move=next_move)
    return clustered_standard_error(group, codes), num_clusters - 1


def _checked(group: FloatArray) -> FloatArray:
    found = np.asarray(group, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or not np.all(np.isfinite(found)):
        raise DataError(
            "a group of items",
            expected="at least two finite numbers",
            got=f"an array of shape {found.shape}",
            next_move="Leave out items without a number",
        )
    return found
