"""Several answers to each prompt: scores per answer in, the two sources of variance out, and what to buy more of.

The spread of the mean difference has two parts: prompts differ (more prompts help), and answers to one prompt differ
(more samples help). Pooling answers as if they were prompts calls noise a finding: the unit of inference is the prompt.
Does not test anything; the averages per prompt go to `compare_paired`.
Source: Miller 2024, arXiv 2411.00640, sections 3.1 and 5; research on statistics, 3.3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.errors import DataError
from sfteval.stats.interval import FloatArray


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """Where the spread of a mean paired difference comes from."""

    prompts: float  # variance over prompts of the difference between the sides' true means; never below 0
    baseline: float | None  # variance of one answer around its prompt's mean; None: one sample each, not known
    candidate: float | None

    def standard_error(self, num_prompts: int, num_samples: float) -> float:
        """Return the standard error of the mean difference over so many prompts with so many samples on each side."""
        return math.sqrt(self.variance(num_samples) / num_prompts)

    def variance(self, num_samples: float) -> float:
        """Return the variance of one prompt's difference with so many samples on each side."""
        return self.prompts + ((self.baseline or 0.0) + (self.candidate or 0.0)) / num_samples

    def narrowing(self, num_samples: float) -> tuple[float, float] | None:
        """Return by which share twice the prompts and twice the samples narrow the interval; None without variance."""
        now = self.variance(num_samples)
        if now <= 0.0:
            return None
        return 1.0 - math.sqrt(0.5), 1.0 - math.sqrt(self.variance(2.0 * num_samples) / now)

    def share_of_prompts(self, num_samples: float) -> float | None:
        """Return which share of the variance only more prompts can lower, in [0, 1]; None without any variance."""
        total = self.variance(num_samples)
        return self.prompts / total if total > 0.0 else None


def ragged(rows: Sequence[Sequence[float]]) -> FloatArray:
    """Return rows of different lengths as one array `[n, K]`, nan where a row ends."""
    matrix = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for place, row in enumerate(rows):
        matrix[place, : len(row)] = row
    return matrix


def split_variance(baseline: FloatArray, candidate: FloatArray) -> VarianceSplit:
    """Split the variance of the difference of means; scores `[n, K]`, one row a prompt, nan where no answer is.

    Unbiased: the share of the answers is subtracted from the variance of the prompts' differences, floored at 0.

    Raises: DataError for other shapes, fewer than two prompts, or a prompt without an answer on one side.
    """
    a, b = (_checked(scores) for scores in (baseline, candidate))
    if len(a) != len(b) or len(a) < 2:
        raise DataError(
            "samples per prompt",
            expected="the same two or more prompts on both sides",
            got=f"{len(a)} and {len(b)}",
            next_move="Join the two runs first",
        )
    differences = np.nanmean(b, axis=1) - np.nanmean(a, axis=1)
    (within_a, noise_a), (within_b, noise_b) = _within(a), _within(b)
    prompts = float(np.var(differences, ddof=1)) - noise_a - noise_b
    return VarianceSplit(max(0.0, prompts), within_a, within_b)


def _within(scores: FloatArray) -> tuple[float | None, float]:
    """Return the mean variance within a prompt, and what it adds to the variance of a prompt's mean."""
    counts = np.sum(~np.isnan(scores), axis=1)
    several = counts > 1
    if not several.any():
        return None, 0.0
    variances = np.nanvar(scores[several], axis=1, ddof=1)
    within = float(np.mean(variances))
    return within, float(np.mean(within / counts))


def _checked(scores: FloatArray) -> FloatArray:
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 2 or not np.all(np.any(np.isfinite(found), axis=1)):
        raise DataError(
            "samples per prompt",
            expected="one row a prompt with at least one score",
            got=f"an array of shape {found.shape}",
            next_move="Leave out the prompts without a score",
        )
    return found
