"""The same items measured on two checkpoints in, the difference B - A with its interval, p value and finding out.

Three forms: the gap between the splits (items of both splits resampled apart, the checkpoints together), the area
under a curve (DeLong, paired), and a mean over items (`compare_paired`). `decide` corrects the p values of a family by
Holm and gives the findings: better, worse, equivalent within the margin, or not shown. Does not know any probe.
Source: research on probes, A4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sfteval.errors import NotComparableError
from sfteval.probes.splits import Value, of_split
from sfteval.stats import compare_paired, holm, minimal_detectable_effect
from sfteval.stats.roc import compare_areas
from sfteval.stats.two_samples import mean_gap
from sfteval.types import Finding, ProbeDifference

ALPHA = 0.05
MIN_PAIRED = 6  # items of a split; fewer can show nothing at this alpha


def check_same(probe: str, a: Sequence[str], b: Sequence[str]) -> None:
    """Refuse two checkpoints that were probed on different items.

    Raises: NotComparableError.
    """
    if set(a) != set(b):
        raise NotComparableError(
            f"probe {probe}",
            expected="the same items on both sides",
            got=f"{len(set(a) ^ set(b))} items that only one side has",
            next_move="Probe both checkpoints with one seed and one data set",
        )


def joined(a: Sequence[Value], b: Sequence[Value]) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return the items that both sides have a number for, in A's order.

    Raises: NotComparableError for an item that is in another split or cluster on the other side.
    """
    other = {value.id: value for value in b}
    both = [(value, other[value.id]) for value in a if value.id in other]
    for left, right in both:
        if left[:3] != right[:3]:
            raise NotComparableError(
                f'item "{left.id}"',
                expected="one split and one cluster on both sides",
                got=f"{left.split} and {right.split}",
                next_move="Probe both checkpoints with the same splits",
            )
    return tuple(left for left, _ in both), tuple(right for _, right in both)


def compare_gaps(
    probe: str,
    measure: str,
    a: Sequence[Value],
    b: Sequence[Value],
    *,
    margin: float,
    lower_is_better: bool = True,
) -> ProbeDifference:
    """Compare train - held-out of two checkpoints."""
    a, b = joined(a, b)
    groups = [(of_split(side, "train"), of_split(side, "held_out")) for side in (a, b)]
    means = tuple(float(t.mean() - h.mean()) if len(t) and len(h) else None for t, h in groups)
    found = _empty(probe, measure, means, margin, lower_is_better, len(a))
    moved = tuple(value._replace(number=other.number - value.number) for value, other in zip(a, b, strict=True))
    clusters = tuple([v.cluster for v in moved if v.split == split] for split in ("train", "held_out"))
    if min(_num_clusters(names) for names in clusters) < MIN_PAIRED:
        return replace(found, method=f"none: fewer than {MIN_PAIRED} independent items in a split")
    gap = mean_gap(
        of_split(moved, "train"),
        of_split(moved, "held_out"),
        (clusters[0], clusters[1]),
        scale=max(float(np.std([value.number for value in (*a, *b)])), 1e-9),
    )
    return replace(
        found,
        difference=gap.difference + 0.0,
        ci_low=gap.ci.low,
        ci_high=gap.ci.high,
        p_value=gap.p_value,
        method=f"gap of paired differences, {gap.ci.method}",
        detectable=minimal_detectable_effect(gap.standard_error**2, 1),
    )


def compare_roc(probe: str, measure: str, a: Sequence[Value], b: Sequence[Value], *, margin: float) -> ProbeDifference:
    """Compare how well a score tells the splits apart on two checkpoints; less is better."""
    a, b = joined(a, b)
    sides = [(of_split(side, "train"), of_split(side, "held_out")) for side in (a, b)]
    if min(len(group) for side in sides for group in side) < MIN_PAIRED:
        method = f"none: fewer than {MIN_PAIRED} items in a split"
        return replace(_empty(probe, measure, (None, None), margin, True, len(a)), method=method)
    found = compare_areas(sides[0], sides[1])
    return replace(
        _empty(probe, measure, (found.baseline, found.candidate), margin, True, len(a)),
        difference=found.difference + 0.0,
        ci_low=found.ci.low,
        ci_high=found.ci.high,
        p_value=found.p_value,
        method=found.ci.method,
        detectable=minimal_detectable_effect(found.standard_error**2, 1),
    )


def compare_means(
    probe: str,
    measure: str,
    a: Mapping[str, float],
    b: Mapping[str, float],
    *,
    margin: float,
    lower_is_better: bool = True,
) -> ProbeDifference:
    """Compare the mean over items of two checkpoints; right or wrong, or graded."""
    ids = [name for name in a if name in b]
    left, right = (np.array([side[name] for name in ids], dtype=np.float64) for side in (a, b))
    means = (float(left.mean()), float(right.mean())) if ids else (None, None)
    found = _empty(probe, measure, means, margin, lower_is_better, len(ids))
    if len(ids) < MIN_PAIRED:
        return replace(found, method=f"none: fewer than {MIN_PAIRED} items")
    paired = compare_paired(left, right, margin=margin)
    return replace(
        found,
        difference=paired.difference,
        ci_low=None if paired.ci is None else paired.ci.low,
        ci_high=None if paired.ci is None else paired.ci.high,
        p_value=paired.p_value,
        method=paired.method,
        b_only=paired.b_only,
        a_only=paired.a_only,
        detectable=minimal_detectable_effect(float(np.var(right - left)), len(ids)),
    )


def unlike(probe: str, reason: str) -> ProbeDifference:
    """Return the difference of two checkpoints that were not probed on the same items, and why."""
    return replace(_empty(probe, probe.replace("_", " "), (None, None), 0.0, True, 0), method=f"none: {reason}")


def decide(differences: Sequence[ProbeDifference]) -> tuple[ProbeDifference, ...]:
    """Return a family of differences with Holm's p values, findings and sentences."""
    p_values = [one.p_value for one in differences if one.p_value is not None]
    adjusted = iter(holm(p_values))
    decided = (replace(one, p_adjusted=None if one.p_value is None else next(adjusted)) for one in differences)
    return tuple(_with_sentence(replace(one, finding=_finding(one))) for one in decided)


def _finding(one: ProbeDifference) -> Finding:
    """Return the finding; what surely lies within the margin is a tie, however surely it is not zero."""
    if one.p_adjusted is None or one.difference is None:
        return Finding.NOT_SHOWN
    if one.ci_low is not None and one.ci_high is not None and -one.margin < one.ci_low <= one.ci_high < one.margin:
        return Finding.EQUIVALENT
    if one.p_adjusted < ALPHA and one.difference != 0.0:
        return Finding.BETTER if (one.difference < 0.0) == one.lower_is_better else Finding.WORSE
    return Finding.NOT_SHOWN


def _with_sentence(one: ProbeDifference) -> ProbeDifference:
    if one.difference is None or one.baseline is None or one.candidate is None:
        reason = one.method.removeprefix("none: ") or "nothing was measured on both sides"
        return replace(one, sentence=f"Nothing can be said of {one.measure}: {reason}.")
    means = {
        Finding.BETTER: "B is better",
        Finding.WORSE: "A is better",
        Finding.EQUIVALENT: f"a tie within {one.margin:g}",
        Finding.NOT_SHOWN: "no difference is shown",
    }
    ends = "" if one.ci_low is None or one.ci_high is None else f", CI {one.ci_low:.3f} to {one.ci_high:.3f}"
    figures = f"A {one.baseline:.3f}, B {one.candidate:.3f}, B - A {one.difference:.3f} (n={one.n}{ends})"
    return replace(one, sentence=f"{one.measure}: {figures}: {means[one.finding]}.")


def _empty(
    probe: str,
    measure: str,
    means: tuple[float | None, ...],
    margin: float,
    lower_is_better: bool,
    n: int,
) -> ProbeDifference:
    return ProbeDifference(
        probe=probe,
        measure=measure,
        n=n,
        baseline=means[0],
        candidate=means[1],
        difference=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        margin=margin,
        lower_is_better=lower_is_better,
        method="none: nothing was measured on both sides",
    )


def _num_clusters(names: Sequence[str]) -> int:
    return len({name or place for place, name in enumerate(names)})
