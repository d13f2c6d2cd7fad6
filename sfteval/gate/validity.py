"""May these two runs be compared? Missing data, and missing data that is not the same on both sides.

Truncated and empty answers are behaviour and count as failures; only errors of transport are missing. Prompts that one
side was never asked are missing on both: that is no side's doing, so that only their share counts.
Source: design.md 4.7.
"""

from collections.abc import Sequence

from sfteval.stats.binary import mid_p
from sfteval.types import Comparison, MetricComparison, Outcome, Pair

ASYMMETRY_P = 0.05


def invalid_tasks(comparison: Comparison, max_missing: float) -> dict[str, str]:
    """Return, for each task whose figures mean nothing, the reason in words."""
    reasons: dict[str, str] = {}
    for task, outcomes in comparison.outcomes.items():
        total = max(sum(outcomes["baseline"].values()), sum(outcomes["candidate"].values()))
        lost = [outcomes[side].get(str(Outcome.ERROR), 0) for side in ("baseline", "candidate")]
        absent = comparison.left_out.get(task, {})
        num_absent, num_prompts = (absent.get(key, 0) for key in ("num_left_out", "num_prompts"))
        if num_absent > max_missing * num_prompts:
            reasons[task] = (
                f"prompts missing or differing: {num_absent} of {num_prompts} (at most {max_missing:.0%} may)"
            )
        elif total == 0:
            reasons[task] = "no answers"
        elif max(lost) > max_missing * total:
            reasons[task] = f"answers missing: {lost[0]} and {lost[1]} of {total} (at most {max_missing:.0%} may be)"
        elif any(lost) and mid_p(*_only_one_side_lost(comparison, task)) < ASYMMETRY_P:
            reasons[task] = f"answers missing on one side: {lost[0]} and {lost[1]} of {total}"
    return reasons


def _only_one_side_lost(comparison: Comparison, task: str) -> tuple[int, int]:
    """Return how many answers only the candidate lost, and how many only the baseline."""
    lost = [
        (pair.baseline.outcome is Outcome.ERROR, pair.candidate.outcome is Outcome.ERROR)
        for pair in comparison.pairs
        if pair.task == task
    ]
    return sum(b and not a for a, b in lost), sum(a and not b for a, b in lost)


def one_sided(metric: MetricComparison, pairs: Sequence[Pair], max_missing: float) -> str | None:
    """Return why too many prompts have a value of this metric on one side only; None: they have not.

    A metric may have no value for an answer (a call that was never attempted has no arguments to check). Prompts that
    drop out because of what one side said would let that side choose what it is judged on.
    """
    known = [
        (pair.baseline.metrics.get(metric.metric) is not None, pair.candidate.metrics.get(metric.metric) is not None)
        for pair in pairs
        if pair.task == metric.task and Outcome.ERROR not in (pair.baseline.outcome, pair.candidate.outcome)
    ]
    lost = [sum(b and not a for a, b in known), sum(a and not b for a, b in known)]
    if sum(lost) <= max_missing * len(known):
        return None
    return f"{metric.metric} has no value on one side: {lost[0]} and {lost[1]} of {len(known)}"
