"""Paired graded scores: one difference a prompt in, a bootstrap interval and sign-flip p values out.

BCa bootstrap from 30 prompts on, Student's t below (BCa undercovers there) and above 2,000 (where the two agree);
sign-flip permutation, exact where the prompts that differ are few, Student's t above 2,000. The method used is named,
and that a large-sample method took the place of resampling.
The flips are drawn here and not by scipy's `permutation_test`, which takes 20 times as long and is the test's oracle.
Does not know clusters. The caller orients the differences, so that swapping the sides mirrors the results to the bit.
Source: Efron 1987 (BCa); Fisher 1935 (sign flips); Miller 2024, arXiv 2411.00640 (unit of inference).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sfteval.stats.interval import FloatArray, Interval

MIN_BOOTSTRAP, MAX_RESAMPLED = 30, 2_000
NUM_RESAMPLES = 9_999
BATCH = 2_000_000  # numbers held at a time
LARGE_SAMPLE = "Student's t (large sample, in place of resampling)"
MAX_EXACT = 15  # 32,768 sign patterns


@dataclass(frozen=True, slots=True)
class SignFlip:
    """p values of a mean difference of 0; `less` is small when the mean lies below 0."""

    two_sided: float
    less: float
    greater: float
    method: str

    def mirrored(self) -> "SignFlip":
        """Return the p values of the negated differences."""
        return SignFlip(self.two_sided, self.greater, self.less, self.method)


def intervals(differences: FloatArray, levels: Sequence[float], seed: int, scale: float = 1.0) -> tuple[Interval, ...]:
    """Return an interval of the mean at each level; `scale` is the range of the scores, used where nothing varies."""
    n = len(differences)
    if float(np.ptp(differences)) == 0.0:
        return tuple(constant_interval(float(differences[0]), n, level, scale) for level in levels)
    if n < MIN_BOOTSTRAP or n > MAX_RESAMPLED:
        return tuple(_t_interval(differences, level) for level in levels)
    return _bca_intervals(differences, levels, seed)


def constant_interval(value: float, n: int, level: float, scale: float = 1.0) -> Interval:
    """Return the interval where all differences are equal: never a width of 0, but Tango's without discordance."""
    z2 = float(stats.norm.isf((1.0 - level) / 2.0)) ** 2
    half = scale * z2 / (n + z2)
    return Interval(value - half, value + half, level, "score interval without variation")


def sign_flip(differences: FloatArray, seed: int) -> SignFlip:
    """Test a mean of 0 by flipping signs; prompts without a difference change nothing and are left out."""
    moved = differences[differences != 0.0]
    if len(moved) == 0:
        return SignFlip(1.0, 1.0, 1.0, "sign flip, exact")
    if len(moved) > MAX_RESAMPLED:
        return t_test(float(np.mean(differences)), standard_error(differences), len(differences) - 1, LARGE_SAMPLE)
    exact = len(moved) <= MAX_EXACT
    statistics = _all_flips(moved) if exact else _random_flips(moved, seed)
    observed, tolerance = float(moved.sum()), 1e-9 * float(np.abs(moved).sum())
    added = 0 if exact else 1
    less = (int(np.sum(statistics <= observed + tolerance)) + added) / (len(statistics) + added)
    greater = (int(np.sum(statistics >= observed - tolerance)) + added) / (len(statistics) + added)
    method = "sign flip, exact" if exact else f"sign flip, {NUM_RESAMPLES} draws"
    return SignFlip(min(1.0, 2.0 * min(less, greater)), less, greater, method)


def t_interval(mean: float, standard_error: float, degrees: float, level: float, method: str) -> Interval:
    """Return Student's interval around a mean."""
    half = float(stats.t.isf((1.0 - level) / 2.0, degrees)) * standard_error
    return Interval(mean - half, mean + half, level, method)


def t_test(mean: float, standard_error: float, degrees: float, method: str) -> SignFlip:
    """Return Student's p values of a mean of 0; without any spread, a mean that is not 0 leaves no doubt."""
    if standard_error <= 0.0:
        less, greater = float(mean >= 0.0), float(mean <= 0.0)
        return SignFlip(min(1.0, 2.0 * min(less, greater)), less, greater, method)
    t = mean / standard_error
    less, greater = float(stats.t.cdf(t, degrees)), float(stats.t.sf(t, degrees))
    return SignFlip(min(1.0, 2.0 * min(less, greater)), less, greater, method)


def standard_error(differences: FloatArray) -> float:
    """Return the standard error of the mean of independent differences."""
    return float(np.std(differences, ddof=1) / np.sqrt(len(differences)))


def _t_interval(differences: FloatArray, level: float) -> Interval:
    n, mean = len(differences), float(np.mean(differences))
    method = LARGE_SAMPLE if n > MAX_RESAMPLED else "Student's t"
    return t_interval(mean, standard_error(differences), n - 1, level, method)


def _bca_intervals(differences: FloatArray, levels: Sequence[float], seed: int) -> tuple[Interval, ...]:
    """Bootstrap once, read off every level."""
    rng, batch = np.random.default_rng(seed), max(1, BATCH // len(differences))
    out, drawn = [], None
    for level in levels:
        resamples = NUM_RESAMPLES if drawn is None else 0
        drawn = stats.bootstrap(
            (differences,),
            np.mean,
            n_resamples=resamples,
            batch=batch,
            confidence_level=level,
            method="BCa",
            bootstrap_result=drawn,
            rng=rng,
        )
        low, high = drawn.confidence_interval
        if not np.isfinite(low) or not np.isfinite(high):
            return tuple(_t_interval(differences, level) for level in levels)
        out.append(Interval(round(float(low), 12), round(float(high), 12), level, "BCa bootstrap"))
    return tuple(out)


def _all_flips(moved: FloatArray) -> FloatArray:
    """Return the sum under each of the 2^n sign patterns."""
    patterns = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
    return np.asarray((2.0 * patterns - 1.0) @ moved)


def _random_flips(moved: FloatArray, seed: int) -> FloatArray:
    """Return the sum under random sign patterns, a batch at a time."""
    return np.concatenate(list(_flip_batches(moved, np.random.default_rng(seed))))


def _flip_batches(moved: FloatArray, rng: np.random.Generator) -> Iterator[FloatArray]:
    n, batch = len(moved), max(1, BATCH // len(moved))
    for start in range(0, NUM_RESAMPLES, batch):
        rows = min(batch, NUM_RESAMPLES - start)
        bits = np.unpackbits(np.frombuffer(rng.bytes((rows * n + 7) // 8), np.uint8), count=rows * n).reshape(rows, n)
        yield np.asarray(2.0 * (bits @ moved) - moved.sum())
