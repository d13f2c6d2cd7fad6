"""Prompts that share a stem: differences and their clusters in, intervals and p values that know it out.

Cluster-robust standard error with t at G - 1 degrees, by the closed formula (equal to statsmodels' OLS with
cov_type="cluster" and an intercept; tested against it). Under 30 clusters the p value flips the signs of whole
clusters, under 6 no number is given: the smallest two-sided p would be 2/2^5. Does not know binary from graded.
Source: Miller 2024, arXiv 2411.00640, section 4; Cameron and Miller 2015 (few clusters).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sfteval.errors import DataError
from sfteval.stats.graded import SignFlip, constant_interval, sign_flip, t_interval, t_test
from sfteval.stats.interval import FloatArray, Interval

MIN_CLUSTERS, FEW_CLUSTERS = 6, 30
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
    alone = float(np.var(differences, ddof=1))
    if alone == 0.0 or not 1 < int(codes.max()) + 1 < len(differences):
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
    error = clustered_standard_error(differences, codes)
    method, degrees = f"cluster-robust t ({num_clusters} clusters)", num_clusters - 1
    if error == 0.0:
        bounds = tuple(constant_interval(mean, num_clusters, level, scale) for level in levels)
    else:
        bounds = tuple(t_interval(mean, error, degrees, level, method) for level in levels)
    if num_clusters < FEW_CLUSTERS or error == 0.0:
        flips = sign_flip(np.bincount(codes, weights=differences).astype(np.float64), seed)
        return bounds, SignFlip(flips.two_sided, flips.less, flips.greater, f"{flips.method}, whole clusters")
    return bounds, t_test(mean, error, degrees, method)
