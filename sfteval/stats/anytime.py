"""Scores that arrive one prompt after the other in; evidence that may be looked at after every one of them out.

An e-value is a bet against a hypothesis: it stays small when the hypothesis is true, however often one looks, and
crosses 1/alpha with a probability of at most alpha (Ville). `sign_e_value` is for right-or-wrong answers, the betting
processes for any score in a known range. The interval after an early stop is the confidence sequence, not the one for
a fixed number of prompts. One over the largest evidence so far is a p value that is valid at every moment at once, so
that Holm over several metrics stays valid too, whenever each of them stops.
Prompts that share a stem come as one: a bet on a whole cluster is scaled by its share of the largest cluster, so that
what is tested is the mean over prompts and not over clusters. Does not know which prompt comes next: the order must not
depend on the outcomes.
Source: Waudby-Smith and Ramdas 2024, JRSS B 86:1, sections 3-4 (betting); Ville 1939; Johari and others 2022,
Operations Research 70:1806 (p values that are always valid, several at once); research on statistics, 3.8.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, betaln

from sfteval.errors import DataError
from sfteval.stats.clustered import cluster_codes, clustered_standard_error
from sfteval.stats.interval import FloatArray, Interval
from sfteval.stats.paired import DECIMALS, LEVEL, PairedResult
from sfteval.stats.power import num_prompts_non_inferior

BETS = np.linspace(0.04, 0.99, 24)  # shares of the largest allowed bet; the capital is spread over them evenly
METHOD = "confidence sequence (betting)"


def compare_in_order(
    baseline: FloatArray,
    candidate: FloatArray,
    clusters: Sequence[str],
    *,
    largest: int,
    margin: float,
    alpha: float = 0.05,
) -> PairedResult:
    """Compare scores in [0, 1] of prompts that stand in the order in which they were asked, whole clusters together.

    Both intervals are confidence sequences and both p values valid whenever one stops; `clusters` names each prompt's
    stem ("": its own), `largest` is the number of prompts of the largest cluster that might have been asked. `n_needed`
    is that of a fixed number of prompts, and None where there are as many already.
    Raises: DataError for scores outside of [0, 1].
    """
    differences = _checked_differences(baseline, candidate)
    codes = cluster_codes(clusters)
    sizes = np.bincount(codes).astype(np.float64)
    means, weights = np.bincount(codes, weights=differences) / sizes, sizes / largest
    worse, better = (float(np.max(evidence_worse(sign * means, weights))) for sign in (1.0, -1.0))
    variance = clustered_standard_error(differences, codes) ** 2 * len(differences) if len(sizes) > 1 else 0.0
    needed = num_prompts_non_inferior(variance, margin, alpha)
    return PairedResult(
        n=len(differences),
        num_clusters=len(sizes),
        baseline=float(np.mean(baseline)),
        candidate=float(np.mean(candidate)),
        difference=round(float(np.mean(differences)), DECIMALS) + 0.0,
        ci=confidence_sequence(means, LEVEL, weights),
        gate_ci=confidence_sequence(means, 1.0 - 2.0 * alpha, weights),
        p_value=min(1.0, 2.0 / max(worse, better)),
        p_regress=min(1.0, 1.0 / worse),
        b_only=int(np.sum(differences > 0.0)),
        a_only=int(np.sum(differences < 0.0)),
        method=METHOD if len(sizes) == len(differences) else f"{METHOD}, {len(sizes)} clusters",
        n_needed=needed if needed is not None and needed > len(differences) else None,
    )


def sign_e_value(b_only: int, a_only: int) -> float:
    """Return the evidence that of the prompts that differ, more than half favour the candidate.

    The mixture of likelihood ratios over a uniform share above 1/2; swap the counts for the other direction.
    Exact at any number of discordant prompts, 1 without any. Source: research on statistics, 3.8.
    """
    discordant = b_only + a_only
    above = float(betainc(a_only + 1, b_only + 1, 0.5))  # the share of the Beta posterior above 1/2
    if above == 0.0:
        return 0.0
    logarithm = (discordant + 1) * math.log(2.0) + float(betaln(b_only + 1, a_only + 1)) + math.log(above)
    return math.exp(min(logarithm, 700.0))


def capital(scores: FloatArray, mean: float, weights: FloatArray | None = None) -> FloatArray:
    """Return, after each score, the capital of bets that the true mean lies above `mean`.

    Scores in [0, 1], `mean` in (0, 1); starts at 1, an e-process for "the mean is at most `mean`". With `weights` in
    (0, 1] each bet is scaled by the weight of its score, and the mean is the weighted one.
    """
    payoffs = np.asarray(scores, dtype=np.float64)[:, None] / mean - 1.0
    if weights is not None:
        payoffs = payoffs * weights[:, None]
    grown = np.cumsum(np.log1p(BETS * payoffs), axis=0)
    top = grown.max(axis=1, keepdims=True)
    logarithms = top[:, 0] + np.log(np.mean(np.exp(grown - top), axis=1))
    return np.asarray(np.exp(np.minimum(logarithms, 700.0)))


def evidence_not_worse(differences: FloatArray, margin: float, weights: FloatArray | None = None) -> FloatArray:
    """Return the running evidence that the mean difference lies above `-margin`; differences in [-1, 1]."""
    return capital(_unit(differences), (1.0 - margin) / 2.0, weights)


def evidence_worse(differences: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Return the running evidence that the mean difference lies below 0; differences in [-1, 1]."""
    return capital(1.0 - _unit(differences), 0.5, weights)


def confidence_sequence(differences: FloatArray, level: float = 0.95, weights: FloatArray | None = None) -> Interval:
    """Return the interval of the mean difference that holds at every moment at once, after the last one.

    Differences in [-1, 1] in the order in which they came. Swapping the sides mirrors the interval.
    """
    scores, threshold = _unit(differences), 2.0 / (1.0 - level)
    low = _lower_end(scores, threshold, weights)
    high = 1.0 - _lower_end(1.0 - scores, threshold, weights)
    return Interval(2.0 * low - 1.0, 2.0 * high - 1.0, level, METHOD)


def _lower_end(scores: FloatArray, threshold: float, weights: FloatArray | None) -> float:
    """Return the largest mean against which the capital has ever crossed the threshold; it falls as the mean rises."""
    small, large = 1e-9, 1.0 - 1e-9

    def above(mean: float) -> float:
        return math.log(float(np.max(capital(scores, mean, weights)))) - math.log(threshold)

    if above(small) <= 0.0:
        return 0.0
    if above(large) >= 0.0:
        return 1.0
    return float(brentq(above, small, large, xtol=1e-6))


def _checked_differences(baseline: FloatArray, candidate: FloatArray) -> FloatArray:
    for scores in (baseline, candidate):
        outside = scores[~((scores >= 0.0) & (scores <= 1.0))]
        if len(outside):
            raise DataError(
                "stopping early",
                expected="scores between 0 and 1",
                got=f"{outside[0]:g}",
                next_move="Compare a fixed number of prompts, or decide by a metric in [0, 1]",
            )
    return np.round(np.asarray(candidate, dtype=np.float64) - baseline, DECIMALS)


def _unit(differences: FloatArray) -> FloatArray:
    """Return differences in [-1, 1] as scores in [0, 1]."""
    found = np.asarray(differences, dtype=np.float64)
    if found.ndim != 1 or len(found) == 0 or not np.all(np.abs(found) <= 1.0):
        raise DataError(
            "paired differences",
            expected="at least one, each in [-1, 1]",
            got=f"an array of shape {found.shape}",
            next_move="Scale the scores to [0, 1] first",
        )
    return (found + 1.0) / 2.0
