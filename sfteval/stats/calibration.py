"""A judge that errs, and some prompts where the truth is known: what the judge's figures say about the truth.

`corrected_rate` undoes a known share of errors in one rate; `prediction_powered` corrects a paired difference by what
the labelled prompts show, and stays right when the judge errs differently on the two sides. Does not know who judged.
Source: Rogan and Gladen 1978; Lee et al. 2025, arXiv 2511.21140 (interval); Angelopoulos et al. 2023, arXiv 2301.09633
and 2311.01453 (PPI++).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from sfteval.errors import DataError
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


def _tells_nothing(sensitivity: float, specificity: float) -> DataError:
    return DataError(
        "judge correction",
        expected="sensitivity + specificity above 1",
        got=f"{sensitivity:.3f} + {specificity:.3f}",
        next_move="Take another judge, or label more pairs: this one tells nothing",
    )


def prediction_powered(
    judged: FloatArray, judged_labelled: FloatArray, truth: FloatArray, level: float = 0.95
) -> Corrected:
    """Return the mean true difference from many judged differences and few whose truth is known.

    `judged` `[N]` are the judge's paired differences where no truth is known, `judged_labelled` `[m]` and `truth` `[m]`
    belong together. The weight of the judge is tuned, so that a useless one costs nothing against the labels alone.

    Raises: DataError for fewer than two of either.
    """
    f, g, y = (np.asarray(array, dtype=np.float64) for array in (judged, judged_labelled, truth))
    if len(f) < 2 or len(y) < 2 or len(g) != len(y):
        raise DataError(
            "prediction-powered difference",
            expected="two or more judged and two or more labelled prompts",
            got=f"{len(f)} and {len(y)} (with {len(g)} judged)",
            next_move="Label more prompts, or report the judge's figure as advisory",
        )
    weight = _weight(f, g, y)
    value = float(np.mean(y) + weight * (np.mean(f) - np.mean(g)))
    variance = weight**2 * np.var(f, ddof=1) / len(f) + np.var(y - weight * g, ddof=1) / len(y)
    half = float(norm.isf((1.0 - level) / 2.0)) * math.sqrt(float(variance))
    return Corrected(value, Interval(value - half, value + half, level, f"prediction-powered (weight {weight:.2f})"))


def _weight(f: FloatArray, g: FloatArray, y: FloatArray) -> float:
    """Return the weight with the smallest variance, in [0, 1]. Source: PPI++, arXiv 2311.01453, section 6."""
    spread = float(np.var(np.concatenate([f, g]), ddof=1))
    if spread == 0.0:
        return 0.0
    covariance = float(np.cov(g, y, ddof=1)[0, 1])
    return min(1.0, max(0.0, covariance / ((1.0 + len(y) / len(f)) * spread)))
