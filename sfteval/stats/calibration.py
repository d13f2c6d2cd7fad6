"""A judge that errs, and some prompts where the truth is known: what the judge's figures say about the truth.

`corrected_rate` undoes a known share of errors in one rate; `prediction_powered` corrects a paired difference by what
the labelled prompts show, and stays right when the judge errs differently on the two sides. Does not know who judged.
Source: Rogan and Gladen 1978; Lee et al. 2025, arXiv 2511.21140 (interval); Angelopoulos et al. 2023, arXiv 2301.09633
and 2311.01453 (PPI++).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from sfteval.errors import DataError
from sfteval.stats.clustered import MIN_CLUSTERS, cluster_codes
from sfteval.stats.interval import FloatArray, Interval


@dataclass(frozen=True, slots=True)
class JudgeErrors:
    """How a judge did on prompts whose truth is known."""

    sensitivity: float  # share of the truly good that it calls good
    specificity: float  # share of the truly bad that it calls bad
    num_good: int  # labelled prompts behind each
    num_bad: int

    @property
    def youden(self) -> float:
        """Return sensitivity + specificity - 1: by how much an observed difference is shrunk if both sides share it."""
        return self.sensitivity + self.specificity - 1.0


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected figure with its interval."""

    value: float
    interval: Interval


def corrected_rate(rate: float, num_judged: int, errors: JudgeErrors, level: float = 0.95) -> Corrected:
    """Return the rate of truly good answers behind a judged rate, in [0, 1].

    The interval counts the sampling of the judged and of both groups of labelled prompts.

    Raises: DataError for a judge no better than chance.
    """
    if errors.youden <= 0.0:
        raise _tells_nothing(errors.sensitivity, errors.specificity)
    if min(num_judged, errors.num_good, errors.num_bad) < 1:
        raise DataError(
            "judge correction",
            expected="judged answers, and labelled ones of both kinds",
            got=f"{num_judged}, {errors.num_good} good and {errors.num_bad} bad",
            next_move="Label more pairs",
        )
    z = float(norm.isf((1.0 - level) / 2.0))
    value = (rate + errors.specificity - 1.0) / errors.youden
    # Shrunken by z^2 pseudo-answers and by two pseudo-labels a group, so that 0 of 5 errors is not "never errs".
    n, m0, m1 = num_judged + z * z, errors.num_bad + 2.0, errors.num_good + 2.0
    p = (num_judged * rate + z * z / 2.0) / n
    q0, q1 = (errors.num_bad * errors.specificity + 1.0) / m0, (errors.num_good * errors.sensitivity + 1.0) / m1
    if q0 + q1 <= 1.0:
        raise _tells_nothing(q1, q0)
    centre = (p + q0 - 1.0) / (q0 + q1 - 1.0)
    spread0, spread1 = q0 * (1.0 - q0) / m0, q1 * (1.0 - q1) / m1
    shift = 2.0 * z * z * (centre * spread1 - (1.0 - centre) * spread0)
    variance = p * (1.0 - p) / n + (1.0 - centre) ** 2 * spread0 + centre**2 * spread1
    half = z * math.sqrt(variance) / (q0 + q1 - 1.0)
    low, high = (min(1.0, max(0.0, end)) for end in (centre + shift - half, centre + shift + half))
    return Corrected(min(1.0, max(0.0, value)), Interval(low, high, level, "Rogan-Gladen, interval of Lee et al."))


def with_settled(found: Corrected, num_heard: int, settled: FloatArray) -> Corrected:
    """Return a corrected rate of so many prompts as one of all: `settled` `[k]` needed no judge and have no error."""
    if not len(settled):
        return found
    n, mean, level = num_heard + len(settled), float(np.mean(settled)), found.interval.level
    share = num_heard / n
    value = share * found.value + (1.0 - share) * mean
    variance = (1.0 - share) ** 2 * float(np.var(settled)) / len(settled)
    variance += share * (1.0 - share) * (mean - found.value) ** 2 / n
    own = float(norm.isf((1.0 - level) / 2.0)) * math.sqrt(variance)
    low = value - math.hypot(share * (found.value - found.interval.low), own)
    high = value + math.hypot(share * (found.interval.high - found.value), own)
    return Corrected(value, Interval(max(0.0, low), min(1.0, high), level, found.interval.method))


def _tells_nothing(sensitivity: float, specificity: float) -> DataError:
    return DataError(
        "judge correction",
        expected="sensitivity + specificity above 1",
        got=f"{sensitivity:.3f} + {specificity:.3f}",
        next_move="Take another judge, or label more pairs: this one tells nothing",
    )


def prediction_powered(
    judged: FloatArray,
    judged_labelled: FloatArray,
    truth: FloatArray,
    settled: FloatArray | None = None,
    *,
    clusters: Sequence[str] | None = None,
    level: float = 0.95,
) -> Corrected:
    """Return the mean true difference from many judged differences and few whose truth is known.

    `judged` `[N]` are the judge's paired differences where no truth is known, `judged_labelled` `[m]` and `truth` `[m]`
    belong together; the labelled are a random part of these. `settled` `[k]` are differences that needed no judge and
    have no error. `clusters` `[N + m + k]` names each prompt's stem ("": its own). The weight of the judge is tuned, so
    that a useless one costs nothing against the labels alone. Where no label contradicts the judge, its errors are not
    taken for none: what so few labels could have missed widens the interval.

    Raises: DataError for fewer than two of either, or labels from fewer than six clusters.
    """
    f, g, y = (np.asarray(array, dtype=np.float64) for array in (judged, judged_labelled, truth))
    s = np.zeros(0) if settled is None else np.asarray(settled, dtype=np.float64)
    if len(f) < 2 or len(y) < 2 or len(g) != len(y):
        raise _too_few(f"{len(f)} and {len(y)} (with {len(g)} judged)")
    weight, n = _weight(f, g, y), len(f) + len(y) + len(s)
    rest, share = y - weight * g, (len(f) + len(y)) / n
    heard = float(np.mean(rest) + weight * np.mean(f))
    value = share * heard + float(np.sum(s)) / n
    pulls = (  # of every prompt on the value
        share * weight * (f - np.mean(f)) / len(f) + (heard - value) / n,
        share * (rest - np.mean(rest)) / len(rest) + (heard - value) / n,
        (s - value) / n,
    )
    variance, degrees = _spread(pulls, clusters)
    half = float(t.isf((1.0 - level) / 2.0, degrees)) * math.sqrt(variance)
    if float(np.ptp(y - g)) == 0.0:
        z2 = float(norm.isf((1.0 - level) / 2.0)) ** 2
        half = math.hypot(half, share * weight * z2 / (len(y) + z2))
    return Corrected(value, Interval(value - half, value + half, level, f"prediction-powered (weight {weight:.2f})"))


def _spread(pulls: tuple[FloatArray, ...], clusters: Sequence[str] | None) -> tuple[float, float]:
    """Return variance and degrees of freedom of a sum of pulls: judged, labelled and settled, or by whole clusters."""
    codes = None if clusters is None else cluster_codes(clusters)
    if codes is not None and int(codes.max()) + 1 < len(codes):
        stop = len(pulls[0]) + len(pulls[1])
        num_labelled = len(set(codes[len(pulls[0]) : stop].tolist()))
        if num_labelled < MIN_CLUSTERS:
            raise _too_few(f"labels from {num_labelled} stems")
        sums = np.bincount(codes, weights=np.concatenate(pulls))
        return float(len(sums) / (len(sums) - 1) * np.sum(sums**2)), float(num_labelled - 1)
    parts = [(float(np.sum(each**2)) * len(each) / (len(each) - 1), len(each) - 1) for each in pulls if len(each) > 1]
    variance = sum(part for part, _ in parts)
    if variance == 0.0:
        return 0.0, float(len(pulls[1]) - 1)
    return variance, variance**2 / sum(part**2 / degrees for part, degrees in parts)  # Welch and Satterthwaite


def _too_few(got: str) -> DataError:
    return DataError(
        "prediction-powered difference",
        expected=f"two or more judged and two or more labelled prompts, of {MIN_CLUSTERS} stems where they share some",
        got=got,
        next_move="Label more prompts, or report the judge's figure as advisory",
    )


def _weight(f: FloatArray, g: FloatArray, y: FloatArray) -> float:
    """Return the weight with the smallest variance, in [0, 1]. Source: PPI++, arXiv 2311.01453, section 6."""
    spread = float(np.var(np.concatenate([f, g]), ddof=1))
    if spread == 0.0:
        return 0.0
    covariance = float(np.cov(g, y, ddof=1)[0, 1])
    return min(1.0, max(0.0, covariance / ((1.0 + len(y) / len(f)) * spread)))
