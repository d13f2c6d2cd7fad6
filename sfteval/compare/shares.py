"""Counts of both sides, answer by answer, in; one share of each side and their difference with an interval out.

A share is so many of so many: malformed calls of those attempted. What could have been may differ between the sides and
between prompts. Where each prompt counts for one on both sides, the share is a mean and compared as one; else its parts
are linearised prompt by prompt, so that what hangs together in a prompt, or in its stem, stays together. Answers to one
prompt are averaged first; fewer than `MIN_CLUSTERS` prompts give no interval. Does not know what is counted.
Source: Taylor linearisation of a ratio, Cochran 1977, Sampling Techniques, section 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sfteval.compare.metric import LEVEL, ends
from sfteval.stats import FloatArray, Interval, cluster_codes, compare_paired
from sfteval.stats.clustered import MIN_CLUSTERS, clustered_standard_error
from sfteval.stats.graded import constant_interval, t_interval
from sfteval.types import CallRate

DECIMALS = 12  # behind that is rounding
Kind = Literal["answers", "tool", "type", "turn"]
Count = tuple[float, float]  # so many, of so many


@dataclass(frozen=True, slots=True)
class Counted:
    """What one joined answer adds to a share, on both sides."""

    sample_id: str
    baseline: Count
    candidate: Count


def call_rate(
    kind: Kind, value: str, rate: str, counted: Sequence[Counted], clusters: Mapping[str, str], seed: int
) -> CallRate | None:
    """Return one share of both sides; None where there is nothing to count on either."""
    names, table = _by_prompt(counted, clusters)
    a, b = (_share(table[:, side], table[:, side + 1]) for side in (0, 2))
    if a is None and b is None:
        return None
    num_clusters = len(set(names))
    found = CallRate(
        kind=kind,
        value=value,
        rate=rate,
        n_baseline=int(sum(one.baseline[1] for one in counted)),
        n_candidate=int(sum(one.candidate[1] for one in counted)),
        num_clusters=num_clusters,
        baseline=a,
        candidate=b,
        difference=None if a is None or b is None else round(b - a, DECIMALS) + 0.0,
        ci_low=None,
        ci_high=None,
        method="none: one side has nothing to count",
    )
    if found.difference is None:
        return found
    if num_clusters < MIN_CLUSTERS:
        return replace(found, method=f"none: {num_clusters} independent prompts, at least {MIN_CLUSTERS} needed")
    interval, method = _interval(table, names, found.difference, seed)
    low, high = ends(interval)
    return replace(found, ci_low=_held(low), ci_high=_held(high), method=method)


def _by_prompt(counted: Sequence[Counted], clusters: Mapping[str, str]) -> tuple[list[str], FloatArray]:
    """Return the clusters and the mean counts `[prompts, 4]` of the prompts that count anything on a side."""
    sums: dict[str, list[float]] = {}
    for one in counted:
        row = sums.setdefault(one.sample_id, [0.0] * 5)
        for place, number in enumerate((*one.baseline, *one.candidate, 1.0)):
            row[place] += number
    kept = {name: row for name, row in sums.items() if row[1] or row[3]}
    table = np.array(list(kept.values()), dtype=np.float64).reshape(-1, 5)
    return [clusters[name] for name in kept], table[:, :4] / table[:, 4:]


def _share(parts: FloatArray, wholes: FloatArray) -> float | None:
    whole = float(wholes.sum())
    return float(parts.sum()) / whole if whole else None


def _interval(table: FloatArray, names: Sequence[str], difference: float, seed: int) -> tuple[Interval | None, str]:
    """Return the interval of the difference and how it was made."""
    if np.all(table[:, 1] == 1.0) and np.all(table[:, 3] == 1.0):
        result = compare_paired(table[:, 0], table[:, 2], names, margin=0.0, seed=seed)  # nothing gates on it
        return result.ci, result.method
    codes = cluster_codes(names)
    num_clusters = int(codes.max()) + 1
    error = clustered_standard_error(_influence(table[:, 2], table[:, 3]) - _influence(table[:, 0], table[:, 1]), codes)
    if round(error, DECIMALS) == 0.0:
        interval = constant_interval(difference, num_clusters, LEVEL)
    else:
        method = f"linearised ratio, cluster-robust t ({num_clusters} clusters)"
        interval = t_interval(difference, error, num_clusters - 1, LEVEL, method)
    return interval, interval.method


def _influence(parts: FloatArray, wholes: FloatArray) -> FloatArray:
    """Return how far each prompt moves the side's ratio."""
    ratio = parts.sum() / wholes.sum()
    return np.asarray((parts - ratio * wholes) / wholes.mean(), dtype=np.float64)


def _held(end: float | None) -> float | None:
    """Return the end of an interval of a difference of shares, within what such a difference can be."""
    return None if end is None else min(1.0, max(-1.0, end))
