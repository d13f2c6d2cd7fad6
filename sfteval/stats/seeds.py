"""Several seeds of training on each side: scores by seed and prompt in, one difference with both uncertainties out.

Two recipes are compared, each of them seen through a few checkpoints that differ in their seed. A score has a part of
its seed, a part of its prompt, and one of both together; the prompts are the same for all. The variance of the mean
difference is that between seeds (each side's own, over its number of seeds) and that between prompts (or their
clusters, of the difference of the sides' means), less what both of them hold, which is the part of seed and prompt
together; never less than the larger of the two. Student's t with Satterthwaite's degrees of freedom, for the seeds are
few. Seeds are not paired: where two trainings share a seed they share little else, and to count them as independent is
on the safe side if what they share makes them alike. Under 3 seeds a side nothing is given to gate on.
Does not know metrics' names or what a seed is.
Source: two-way clustering, Cameron, Gelbach and Miller 2011, JBES 29:238; crossed random effects, Owen 2007, Annals of
Applied Statistics 1:386; Satterthwaite 1946, Biometrics Bulletin 2:110; prompts, Miller 2024, arXiv 2411.00640.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sfteval.errors import DataError
from sfteval.stats.clustered import MIN_CLUSTERS, Codes, cluster_codes, clustered_standard_error
from sfteval.stats.graded import constant_interval, sign_flip, t_interval, t_test
from sfteval.stats.interval import FloatArray
from sfteval.stats.paired import DECIMALS, LEVEL, PairedResult

MIN_SEEDS, MIN_GATING_SEEDS = 2, 3  # a side


@dataclass(frozen=True, slots=True)
class SeedsVariance:
    """The variance of a mean difference between two recipes, by where it comes from."""

    baseline: float  # between the seeds of A
    candidate: float
    prompts: float  # between prompts or their clusters
    shared: float  # what seeds and prompts both hold

    @property
    def seeds(self) -> float:
        """That between the seeds of both sides: only more seeds lower it."""
        return self.baseline + self.candidate

    @property
    def total(self) -> float:
        """That of the difference; never less than what seeds or prompts alone would give."""
        return max(self.seeds, self.prompts, self.seeds + self.prompts - self.shared)

    def degrees(self, num_baseline: int, num_candidate: int, num_clusters: int) -> float:
        """Return the degrees of freedom of so many seeds and clusters."""
        parts = ((self.baseline, num_baseline), (self.candidate, num_candidate), (self.prompts, num_clusters))
        return float(self.total**2 / sum(part**2 / (number - 1) for part, number in parts))


def compare_seeds(
    baseline: FloatArray,
    candidate: FloatArray,
    clusters: Sequence[str] | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 0,
) -> tuple[PairedResult, SeedsVariance]:
    """Compare scores `[seeds, n]` of both sides on the same n prompts; the sides may have different numbers of seeds.

    The figure is the mean over seeds of the mean over prompts. `clusters` names each prompt's stem ("": its own).
    Raises: DataError for other shapes, fewer than two seeds on a side, or a missing score.
    """
    a, b = _checked(baseline, candidate, clusters)
    num_prompts = a.shape[1]
    codes = cluster_codes(clusters if clusters is not None else [""] * num_prompts)
    num_clusters = int(codes.max()) + 1
    differences = np.round(np.mean(b, axis=0) - np.mean(a, axis=0), DECIMALS) + 0.0  # 0.0: never minus zero
    result = PairedResult(
        n=num_prompts,
        num_clusters=num_clusters,
        baseline=float(np.mean(a)),
        candidate=float(np.mean(b)),
        difference=round(float(np.mean(differences)), DECIMALS) + 0.0,
        ci=None,
        gate_ci=None,
        p_value=None,
        p_regress=None,
        b_only=int(np.sum(differences > 0.0)),
        a_only=int(np.sum(differences < 0.0)),
        method=f"none: {num_clusters} clusters, at least {MIN_CLUSTERS} needed",
        n_needed=None,  # more prompts alone may never decide
    )
    if num_clusters < MIN_CLUSTERS:
        return result, SeedsVariance(_between(a), _between(b), 0.0, 0.0)
    prompts = clustered_standard_error(differences, codes) ** 2
    variance = SeedsVariance(_between(a), _between(b), prompts, _shared(a, codes) + _shared(b, codes))
    if variance.total == 0.0:
        scale = max(1.0, float(max(a.max(), b.max()) - min(a.min(), b.min())))
        return _without_variance(result, differences, codes, alpha, scale, seed), variance
    return _with_variance(result, variance, (len(a), len(b)), alpha), variance


def _with_variance(
    result: PairedResult, variance: SeedsVariance, num_seeds: tuple[int, int], alpha: float
) -> PairedResult:
    error, degrees = float(np.sqrt(variance.total)), variance.degrees(*num_seeds, result.num_clusters)
    method = f"t over seeds and prompts ({num_seeds[0]} and {num_seeds[1]} seeds, {degrees:.1f} degrees of freedom)"
    test = t_test(result.difference, error, degrees, method)
    ci, gate_ci = (t_interval(result.difference, error, degrees, level, method) for level in _levels(alpha))
    if min(num_seeds) < MIN_GATING_SEEDS:
        few = f"{method}, at least {MIN_GATING_SEEDS} seeds a side needed to gate"
        return replace(result, ci=ci, p_value=test.two_sided, method=few)
    return replace(result, ci=ci, gate_ci=gate_ci, p_value=test.two_sided, p_regress=test.less, method=method)


def _without_variance(
    result: PairedResult, differences: FloatArray, codes: Codes, alpha: float, scale: float, seed: int
) -> PairedResult:
    """Return what is shown where no seed and no prompt differs from another: as much as the prompts alone would."""
    bounds = [constant_interval(result.difference, result.num_clusters, level, scale) for level in _levels(alpha)]
    flips = sign_flip(np.bincount(codes, weights=differences).astype(np.float64), seed)
    method = f"{flips.method}, {bounds[0].method}; all seeds are equal"
    return replace(
        result,
        ci=bounds[0],
        gate_ci=bounds[1],
        p_value=flips.two_sided,
        p_regress=flips.less,
        method=method,
    )


def _levels(alpha: float) -> tuple[float, float]:
    return LEVEL, 1.0 - 2.0 * alpha


def _between(scores: FloatArray) -> float:
    """Return the variance of a side's mean as its seeds show it."""
    return float(np.var(np.mean(scores, axis=1), ddof=1)) / len(scores)


def _shared(scores: FloatArray, codes: Codes) -> float:
    """Return the variance of a side's mean that comes from seed and prompt together: what neither explains alone."""
    num_seeds, num_prompts = scores.shape
    left = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True) + scores.mean()
    sums = np.array([np.bincount(codes, weights=row) for row in left])
    num_clusters = sums.shape[1]
    spread = float(np.sum(sums**2)) * num_clusters / (num_clusters - 1)
    return float(spread / (num_seeds * (num_seeds - 1) * num_prompts**2))


def _checked(
    baseline: FloatArray, candidate: FloatArray, clusters: Sequence[str] | None
) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(baseline, dtype=np.float64), np.asarray(candidate, dtype=np.float64)
    shapes = [scores.shape for scores in (a, b)]
    if any(len(shape) != 2 or shape[0] < MIN_SEEDS or shape[1] < 1 for shape in shapes):
        raise DataError(
            "seeds of training",
            expected=f"scores of at least {MIN_SEEDS} seeds a side",
            got=f"arrays of shape {shapes[0]} and {shapes[1]}",
            next_move="Train another seed",
        )
    if len({a.shape[1], b.shape[1], a.shape[1] if clusters is None else len(clusters)}) > 1:
        raise DataError("seeds of training", expected="the same prompts", got=shapes, next_move="Join the runs first")
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        next_move = "Leave out the prompts without a score"
        raise DataError("seeds of training", expected="finite numbers", got="nan or infinity", next_move=next_move)
    return a, b
