"""Prompts that share a stem: differences and their clusters in, intervals and p values that know it out.

Cluster-robust standard error with t at G - 1 degrees, by the closed formula (equal to statsmodels' OLS with
cov_type="cluster" and an intercept; tested against it). Under 30 clusters the p value flips the signs of whole
clusters, under 6 no number is given: the smallest two-sided p would be 2/2^5. From 10 to 29 the interval draws whole
clusters (studentised): where they are uneven or skewed it covers 1 to 2 of 100 more than t (.92 to .95 against .91 to
.94, simulated). Under 10 both cover alike and t is the narrower by a fifth; plain percentiles cover .83 to .87 of 6.
From 30 on, differences of -1, 0 and 1 get Tango's interval with their counts divided by the design effect: where few
prompts differ and most to one side, t passes a loss as large as the margin in 7 to 11 of 100 and this in 3 to 7.
Source: Miller 2024, arXiv 2411.00640, section 4; Cameron and Miller 2015 (few clusters); Rao and Scott 1992, Biometrics
48:577 (counts and the design effect).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sfteval.errors import DataError
from sfteval.stats.binary import tango_ends
from sfteval.stats.few_clusters import bootstrap_t_intervals
from sfteval.stats.graded import SignFlip, constant_interval, sign_flip, t_interval, t_test
from sfteval.stats.interval import FloatArray, Interval

MIN_CLUSTERS, MIN_DRAWN, FEW_CLUSTERS = 6, 10, 30
ROUNDING = 1e-12
Codes = NDArray[np.int64]


def cluster_codes(clusters: Sequence[str]) -> Codes:
    """Return a number per cluster, in order of appearance; "" is a cluster of its own."""
    numbers: dict[str, int] = {}
    codes = np.empty(len(clusters), dtype=np.int64)
    num_clusters = 0
    for position, name in enumerate(clusters):
        if name == "" or name not in numbers:
            numbers[name] = num_clusters
            num_clusters += 1
        codes[position] = numbers[name]
    return codes


def clustered_standard_error(differences: FloatArray, codes: Codes) -> float:
    """Return the cluster-robust standard error of the mean difference."""
    sums = np.bincount(codes, weights=differences - np.mean(differences))
    count = len(sums)
    return float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / len(differences))


def design_effect(differences: FloatArray, clusters: Sequence[str]) -> float:
    """Return how many times clusters raise the variance of the mean difference; 1 without any, never below 1."""
    codes = cluster_codes(clusters)
    if not 1 < int(codes.max()) + 1 < len(differences):
        return 1.0
    alone = float(np.var(differences, ddof=1))
    if alone == 0.0:
        return 1.0
    return max(1.0, clustered_standard_error(differences, codes) ** 2 * len(differences) / alone)


def clustered(
    differences: FloatArray, codes: Codes, levels: Sequence[float], seed: int, scale: float = 1.0
) -> tuple[tuple[Interval, ...], SignFlip]:
    """Return an interval of the mean at each level, and the p values of a mean of 0."""
    num_clusters, mean = int(codes.max()) + 1, float(np.mean(differences))
    if num_clusters < MIN_CLUSTERS:
        raise DataError(
            "statistics",
            expected=f"at least {MIN_CLUSTERS} clusters",
            got=num_clusters,
            next_move="Add prompts that do not share a stem with these",
        )
    error, sums = clustered_standard_error(differences, codes), np.bincount(codes, weights=differences)
    error = error if error > ROUNDING * (1.0 + abs(mean)) else 0.0  # equal clusters, but for the last bit
    bounds = tuple(constant_interval(mean, num_clusters, level, scale) for level in levels)
    if error > 0.0:
        bounds = _bounds(differences, codes, error, levels, seed, scale)
    if num_clusters < FEW_CLUSTERS or error == 0.0:
        flips = sign_flip(sums.astype(np.float64), seed)
        return bounds, SignFlip(flips.two_sided, flips.less, flips.greater, f"{flips.method}, whole clusters")
    return bounds, t_test(mean, error, num_clusters - 1, _method(num_clusters))


def _bounds(
    differences: FloatArray, codes: Codes, error: float, levels: Sequence[float], seed: int, scale: float
) -> tuple[Interval, ...]:
    """Return the intervals of differences that vary, by how many clusters there are."""
    num_clusters, mean = int(codes.max()) + 1, float(np.mean(differences))
    drawn = None
    if MIN_DRAWN <= num_clusters < FEW_CLUSTERS:
        sums, sizes = (np.bincount(codes, weights=weights).astype(np.float64) for weights in (differences, None))
        drawn = bootstrap_t_intervals(sums, sizes, levels, seed)
    elif num_clusters >= FEW_CLUSTERS and scale <= 1.0 and np.all(np.isin(differences, (-1.0, 0.0, 1.0))):
        drawn = tuple(_scaled_tango(differences, error, num_clusters - 1, level) for level in levels)
    return drawn or tuple(t_interval(mean, error, num_clusters - 1, level, _method(num_clusters)) for level in levels)


def _method(num_clusters: int) -> str:
    return f"cluster-robust t ({num_clusters} clusters)"


def _scaled_tango(differences: FloatArray, error: float, degrees: int, level: float) -> Interval:
    """Return Tango's interval of as many prompts as these are worth, with Student's quantile."""
    n = len(differences)
    effect = max(1.0, error**2 * n / float(np.var(differences)))
    counts = float(np.sum(differences > 0.0)) / effect, float(np.sum(differences < 0.0)) / effect
    low, high = tango_ends(*counts, n / effect, float(stats.t.isf((1.0 - level) / 2.0, degrees)))
    return Interval(low, high, level, f"Tango score (design effect {effect:.2f})")
