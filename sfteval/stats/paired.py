"""The one door of the room: two arrays of scores, prompt by prompt, in; one PairedResult that names its method out.

Unit of inference is the prompt or its cluster: average samples within a prompt first. Right-or-wrong scores of
independent prompts: mid-p McNemar and Tango's score interval. Other scores: `graded`. Clusters with members:
`clustered`. Swapping the sides negates the difference and mirrors the intervals to the bit; a side against itself gives
0 and p = 1; seeds come from the content, so the same scores give the same bytes. A number that cannot be given is None,
and `method` says why. Does not know metrics' names, verdicts or missing data. Source: research on statistics, 3.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sfteval.errors import DataError
from sfteval.stats import binary, graded
from sfteval.stats.clustered import MIN_CLUSTERS, Codes, cluster_codes, clustered, clustered_standard_error
from sfteval.stats.interval import FloatArray, Interval
from sfteval.stats.power import num_prompts_non_inferior

LEVEL = 0.95
DECIMALS = 12  # thirds and tenths are not exact in binary: what differs behind that is rounding, not the models


@dataclass(frozen=True, slots=True)
class PairedResult:
    """What the scores of one metric show about the candidate against the baseline."""

    n: int  # prompts
    num_clusters: int
    baseline: float  # mean score
    candidate: float
    difference: float  # candidate - baseline
    ci: Interval | None  # 95 %, two-sided; None: cannot be given
    gate_ci: Interval | None  # 1 - 2 alpha, two-sided: its lower end is what a one-sided test at alpha compares
    p_value: float | None  # two-sided
    p_regress: float | None  # one-sided, small: the candidate is worse
    b_only: int  # prompts on which the candidate scored more
    a_only: int
    method: str
    n_needed: int | None  # prompts that would show a loss below the margin; None at margin 0


def compare_paired(
    baseline: FloatArray,
    candidate: FloatArray,
    clusters: Sequence[str] | None = None,
    *,
    margin: float,
    alpha: float = 0.05,
    seed: int = 0,
) -> PairedResult:
    """Compare two score arrays that are joined prompt by prompt; `clusters` names each prompt's stem ("": its own)."""
    baseline, candidate = _checked(baseline, candidate, clusters)
    codes = cluster_codes(clusters) if clusters is not None and any(clusters) else None
    num_clusters = len(baseline) if codes is None else int(codes.max()) + 1
    if num_clusters == len(baseline):
        codes = None
    differences = np.round(candidate - baseline, DECIMALS)
    result = PairedResult(
        n=len(baseline),
        num_clusters=num_clusters,
        baseline=float(np.mean(baseline)),
        candidate=float(np.mean(candidate)),
        difference=round(float(np.mean(differences)), DECIMALS) + 0.0,  # 0.0: never minus zero
        ci=None,
        gate_ci=None,
        p_value=None,
        p_regress=None,
        b_only=int(np.sum(differences > 0.0)),
        a_only=int(np.sum(differences < 0.0)),
        method="",
        n_needed=num_prompts_non_inferior(_variance(differences, codes), margin, alpha),
    )
    levels = (LEVEL, 1.0 - 2.0 * alpha)
    if codes is None and _is_binary(baseline) and _is_binary(candidate):
        return _binary(result, levels)
    scale = max(1.0, float(max(baseline.max(), candidate.max()) - min(baseline.min(), candidate.min())))
    return _graded(result, differences, codes, levels, seed, scale)


def seed_from(*arrays: FloatArray, seed: int = 0) -> int:
    """Return a seed that depends on the content alone."""
    digest = hashlib.sha256(str(seed).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
    return int.from_bytes(digest.digest()[:8], "little")


def _binary(result: PairedResult, levels: tuple[float, float]) -> PairedResult:
    counts = (result.b_only, result.a_only)
    ci, gate_ci = (binary.tango_interval(*counts, result.n, level) for level in levels)
    return replace(
        result,
        ci=ci,
        gate_ci=gate_ci,
        p_value=binary.mid_p(*counts),
        p_regress=binary.mid_p_worse(*counts),
        method=f"{binary.MID_P}, {binary.TANGO}",
    )


def _graded(
    result: PairedResult,
    differences: FloatArray,
    codes: Codes | None,
    levels: tuple[float, float],
    seed: int,
    scale: float,
) -> PairedResult:
    """Compute with the differences turned to one side, then turn the results back."""
    if codes is None and result.n < 2:
        return replace(result, method="none: one prompt shows no spread")
    if codes is not None and result.num_clusters < MIN_CLUSTERS:
        return replace(result, method=f"none: {result.num_clusters} clusters, at least {MIN_CLUSTERS} needed")
    sign = _orientation(differences)
    turned = sign * differences + 0.0  # no negative zeros: their bytes would change the seed
    drawn = seed_from(turned, seed=seed)
    if codes is None:
        bounds, flips = graded.intervals(turned, levels, drawn, scale), graded.sign_flip(turned, drawn)
    else:
        bounds, flips = clustered(turned, codes, levels, drawn, scale)
    if sign < 0:
        bounds, flips = tuple(bound.mirrored() for bound in bounds), flips.mirrored()
    return replace(
        result,
        ci=bounds[0],
        gate_ci=bounds[1],
        p_value=flips.two_sided,
        p_regress=flips.less,
        method=", ".join(dict.fromkeys((flips.method, bounds[0].method))),
    )


def _orientation(differences: FloatArray) -> float:
    """Return the sign that turns the differences to the side on which both orders of the sides are computed."""
    for total in (float(np.sum(differences)), float(np.sum(differences**3))):
        if total != 0.0:
            return 1.0 if total > 0 else -1.0
    moved = differences[differences != 0.0]
    return 1.0 if len(moved) == 0 or moved[0] > 0 else -1.0


def _variance(differences: FloatArray, codes: Codes | None) -> float:
    """Return the variance of one prompt's difference, raised by the design effect where prompts are clustered."""
    if codes is None or int(codes.max()) == 0:
        return float(np.var(differences))
    return clustered_standard_error(differences, codes) ** 2 * len(differences)


def _is_binary(scores: FloatArray) -> bool:
    return bool(np.all((scores == 0.0) | (scores == 1.0)))


def _checked(
    baseline: FloatArray, candidate: FloatArray, clusters: Sequence[str] | None
) -> tuple[FloatArray, FloatArray]:
    baseline, candidate = np.asarray(baseline, dtype=np.float64), np.asarray(candidate, dtype=np.float64)
    lengths = {len(baseline), len(candidate), len(baseline) if clusters is None else len(clusters)}
    if len(lengths) > 1:
        next_move = "Join the two runs first"
        raise DataError("paired scores", expected="one length", got=sorted(lengths), next_move=next_move)
    if len(baseline) == 0:
        raise DataError("paired scores", expected="at least one prompt", got="none", next_move="Check the join")
    if not (np.all(np.isfinite(baseline)) and np.all(np.isfinite(candidate))):
        next_move = "Leave out the prompts without a score"
        raise DataError("paired scores", expected="finite numbers", got="nan or infinity", next_move=next_move)
    return baseline, candidate
