"""Scores of two groups in, the area under the curve that tells them apart out, with DeLong's variance.

The area is the chance that a score of the first group lies above one of the second, ties counting half. Its interval
is built on the logit, where Wald's would leave [0, 1]; two scores of the same items are compared with their covariance.
Midranks make it n log n. Written by hand because neither scipy nor statsmodels has it. Does not know what a score is.
Source: DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837; Sun and Xu 2014, IEEE Signal Processing Letters
21:1389 (midranks); Pepe 2003, The Statistical Evaluation of Medical Tests (logit).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from sfteval.errors import DataError
from sfteval.stats.graded import constant_interval
from sfteval.stats.interval import FloatArray, Interval

LEVEL = 0.95
DELONG = "DeLong"
UNIFORM_DEVIATION = 1.0 / math.sqrt(12.0)  # of an item's placement where the groups do not differ


@dataclass(frozen=True, slots=True)
class RocArea:
    """How well one score tells two groups apart."""

    area: float  # 1/2: not at all
    ci: Interval
    num_first: int
    num_second: int


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """Two scores of the same items: which tells the groups apart better."""

    baseline: float
    candidate: float
    difference: float  # candidate - baseline
    ci: Interval
    p_value: float  # two-sided, of equal areas
    standard_error: float


def roc_area(first: FloatArray, second: FloatArray, level: float = LEVEL) -> RocArea:
    """Return the area for two groups of at least two scores each; high scores speak for the first group.

    Raises: DataError for smaller groups, and for scores that are no numbers.
    """
    over, under = _placements(first, second)
    area = float(np.mean(over))
    error = math.sqrt(float(np.var(over, ddof=1)) / len(over) + float(np.var(under, ddof=1)) / len(under))
    if error == 0.0 or not 0.0 < area < 1.0:
        bounds = constant_interval(area, min(len(over), len(under)), level)
        low, high = max(0.0, bounds.low), min(1.0, bounds.high)
    else:
        center, half = math.log(area / (1.0 - area)), _z(level) * error / (area * (1.0 - area))
        low, high = _from_logit(center - half), _from_logit(center + half)
    return RocArea(area, Interval(low, high, level, f"{DELONG}, logit"), len(over), len(under))


def compare_areas(
    baseline: tuple[FloatArray, FloatArray], candidate: tuple[FloatArray, FloatArray], level: float = LEVEL
) -> AreaDifference:
    """Compare two scores of the same items, each as (first group, second group) in the same order.

    Raises: DataError for groups of different sizes, and as `roc_area` does.
    """
    sizes = [tuple(len(group) for group in side) for side in (baseline, candidate)]
    if sizes[0] != sizes[1]:
        raise DataError("two areas", expected="the same items", got=sizes, next_move="Join the two sides first")
    (over_a, under_a), (over_b, under_b) = _placements(*baseline), _placements(*candidate)
    over, under = over_b - over_a, under_b - under_a
    areas = float(np.mean(over_a)), float(np.mean(over_b))
    difference = areas[1] - areas[0]
    error = math.sqrt(float(np.var(over, ddof=1)) / len(over) + float(np.var(under, ddof=1)) / len(under))
    if error <= 1e-12:
        ci = constant_interval(difference, min(sizes[0]), level, UNIFORM_DEVIATION)
        return AreaDifference(*areas, difference, ci, 1.0 if abs(difference) <= 1e-12 else 0.0, 0.0)
    half = _z(level) * error
    ci = Interval(difference - half, difference + half, level, f"{DELONG}, paired")
    p_value = min(1.0, 2.0 * float(norm.sf(abs(difference) / error)))
    return AreaDifference(*areas, difference, ci, p_value, error)


def true_positives_at(first: FloatArray, second: FloatArray, false_positives: float) -> float:
    """Return the share of the first group above a bar that at most so large a share of the second reaches."""
    over, under = _checked(first), np.sort(_checked(second))[::-1]
    bar = under[min(len(under) - 1, math.floor(false_positives * len(under)))]
    return float(np.mean(over > bar))


def _placements(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, for each item, the share of the other group on its right side; ties are half."""
    over, under = _checked(first), _checked(second)
    ranks = rankdata(np.concatenate([over, under]))
    above = (ranks[: len(over)] - rankdata(over)) / len(under)
    below = 1.0 - (ranks[len(over) :] - rankdata(under)) / len(over)
    return np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)


def _checked(scores: FloatArray) -> FloatArray:
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or np.any(np.isnan(found)):
        raise DataError(
            "scores of a group",
            expected="at least two numbers",
            got=f"an array of shape {found.shape}",
            next_move="Leave out items without a score",
        )
    return found


def _z(level: float) -> float:
    return float(norm.isf((1.0 - level) / 2.0))


def _from_logit(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value)) if value >= 0 else math.exp(value) / (1.0 + math.exp(value))
