"""What became of a sample between the two sides: improved, regressed, both right or both wrong.

Counting and comparing only. A task's deciding metric is its first gating one, else its first.
"""

from collections.abc import Mapping
from enum import StrEnum

from sfteval.types import Comparison, MetricComparison, Outcome, Pair

RIGHT = 0.5  # a graded metric counts as right from here when both sides are equal
UNFINISHED = frozenset({Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER})


class State(StrEnum):
    """What the candidate changed on one sample."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    BOTH_WRONG = "both_wrong"
    BOTH_RIGHT = "both_right"
    MISSING = "missing"


def tasks(comparison: Comparison) -> tuple[str, ...]:
    """Return the tasks in the order of the scoreboard, then those that only have samples."""
    named = [*(metric.task for metric in comparison.metrics), *(pair.task for pair in comparison.pairs)]
    return tuple(dict.fromkeys(named))


def deciding_metrics(comparison: Comparison) -> dict[str, str]:
    """Return the metric by which each task's samples are told right from wrong."""
    deciding: dict[str, MetricComparison] = {}
    for metric in comparison.metrics:
        if metric.task not in deciding or (metric.gating and not deciding[metric.task].gating):
            deciding[metric.task] = metric
    return {task: metric.metric for task, metric in deciding.items()}


def values(pair: Pair, deciding: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Return both sides' value on the task's deciding metric."""
    name = deciding.get(pair.task) or min(pair.baseline.metrics, default="")
    return pair.baseline.metrics.get(name), pair.candidate.metrics.get(name)


def state(pair: Pair, deciding: Mapping[str, str]) -> State:
    """Return what the candidate changed on this sample."""
    baseline, candidate = values(pair, deciding)
    if baseline is None or candidate is None:
        return State.MISSING
    if candidate != baseline:
        return State.IMPROVED if candidate > baseline else State.REGRESSED
    return State.BOTH_RIGHT if candidate >= RIGHT else State.BOTH_WRONG


def is_truncated(pair: Pair) -> bool:
    """Return whether either side ran out of tokens."""
    return pair.baseline.outcome in UNFINISHED or pair.candidate.outcome in UNFINISHED


def contaminated_samples(comparison: Comparison) -> set[tuple[str, str]]:
    """Return (task, sample id) of the samples that stand in the training data of either side."""
    return {
        (found.task, sample_id)
        for found in comparison.contaminated
        for sample_id in (*found.baseline_dirty, *found.candidate_dirty)
    }


def worst_regressions(comparison: Comparison, limit: int) -> list[Pair]:
    """Return the samples that lost most, gating tasks first, then by the size of the loss, in the suite's order."""
    deciding = deciding_metrics(comparison)
    gating = {metric.task for metric in comparison.metrics if metric.gating}

    def loss(pair: Pair) -> tuple[bool, float]:
        baseline, candidate = values(pair, deciding)
        return pair.task not in gating, (candidate or 0.0) - (baseline or 0.0)

    return sorted((pair for pair in comparison.pairs if state(pair, deciding) is State.REGRESSED), key=loss)[:limit]
