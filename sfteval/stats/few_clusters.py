"""Few clusters, their sums and sizes, in; the interval of the mean by drawing whole clusters anew out.

The bootstrap is studentised (bootstrap-t): every draw is measured by its own cluster-robust error, and the quantiles of
that stand in the place of Student's. Beside it `percentile_interval`, the plain cluster bootstrap, as a yardstick.
Does not choose between them and Student's t: `clustered` does, by what tests/sfteval/stats/test_simulations.py shows.
Source: Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90:414; Efron and Tibshirani 1993, 12.5.
"""

from collections.abc import Sequence

import numpy as np

from sfteval.stats.interval import FloatArray, Interval

NUM_RESAMPLES = 9_999
ROUNDING = 1e-12


def bootstrap_t_intervals(
    sums: FloatArray, sizes: FloatArray, levels: Sequence[float], seed: int
) -> tuple[Interval, ...] | None:
    """Return an interval of the mean at each level from the clusters' sums `[G]` and sizes `[G]`.

    None where too many draws have no spread of their own, so that the quantiles would be infinite.
    """
    num_clusters, mean = len(sums), float(np.sum(sums) / np.sum(sizes))
    means, errors = _drawn(sums, sizes, seed)
    gaps = np.where(np.abs(means - mean) < ROUNDING, 0.0, means - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.where(gaps == 0.0, 0.0, gaps / np.where(errors < ROUNDING, 0.0, errors))
    own = float(_errors(sums - mean * sizes, np.sum(sizes, keepdims=True), num_clusters)[0])
    found = []
    for level in levels:
        tail = (1.0 - level) / 2.0
        below, above = np.quantile(statistics, (tail, 1.0 - tail), method="inverted_cdf")
        if not (np.isfinite(below) and np.isfinite(above)):
            return None
        low, high = (round(mean - float(quantile) * own, 12) for quantile in (above, below))
        found.append(Interval(low, high, level, f"cluster bootstrap-t ({num_clusters} clusters)"))
    return tuple(found)


def percentile_interval(sums: FloatArray, sizes: FloatArray, level: float, seed: int) -> Interval:
    """Return the percentiles of the drawn means; too narrow where clusters are few."""
    means, _ = _drawn(sums, sizes, seed)
    low, high = np.quantile(means, ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
    return Interval(float(low), float(high), level, f"cluster bootstrap, percentiles ({len(sums)} clusters)")


def _drawn(sums: FloatArray, sizes: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return mean and cluster-robust error of each draw of as many clusters as there are, `[R]` both."""
    num_clusters = len(sums)
    places = np.random.default_rng(seed).integers(0, num_clusters, (NUM_RESAMPLES, num_clusters))
    drawn_sums, drawn_sizes = sums[places], sizes[places]
    totals = drawn_sizes.sum(axis=1)
    means = drawn_sums.sum(axis=1) / totals
    return means, _errors(drawn_sums - means[:, None] * drawn_sizes, totals, num_clusters)


def _errors(residuals: FloatArray, total: FloatArray, num_clusters: int) -> FloatArray:
    spread = np.sqrt(num_clusters / (num_clusters - 1) * np.sum(residuals**2, axis=-1))
    return np.asarray(spread / total, dtype=np.float64)
