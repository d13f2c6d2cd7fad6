"""The runs of several seeds of training on each side in, one Comparison of two recipes out.

Everything is shown over all seeds of a side together, and every metric's interval and p value hold for the recipes:
seeds and prompts are both in them. Slices and parts are averages over the seeds, whose intervals know the prompts only.
Does not know how the answers were made, or what decides.
Source: `sfteval.stats.seeds`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sfteval.compare.metric import ALPHA, paired_table, scoreboard_row, with_completed
from sfteval.compare.pooled import pooled
from sfteval.compare.runs import compare
from sfteval.stats import FloatArray
from sfteval.stats import seeds as statistics
from sfteval.types import Comparison, Finding, MetricComparison, Run, TaskRun

SIDES = ("baseline", "candidate")
Means = dict[str, dict[str, float]]  # by metric, then by sample: the mean of a seed's answers to it


@dataclass(frozen=True, slots=True)
class _Scores:
    """One metric of one task, seed by seed, on the prompts that every run has a value of."""

    ids: tuple[str, ...]
    baseline: FloatArray  # [seeds, n]
    candidate: FloatArray
    clusters: tuple[str, ...]


class _Seeds:
    """What every seed scored, by task and metric; each run is read once."""

    def __init__(self, baseline: Sequence[Run], candidate: Sequence[Run]) -> None:
        self._sides = (baseline, candidate)
        self._tasks = {task.task.name: task.task for task in baseline[0].tasks}
        self._means: dict[str, list[list[Means]]] = {}

    def scores(self, metric: MetricComparison, without: Collection[str] = ()) -> _Scores:
        """Return the scores of a metric without some of the prompts."""
        sides = [[means.get(metric.metric, {}) for means in side] for side in self._of(metric.task)]
        samples = [
            sample
            for sample in self._tasks[metric.task].samples
            if sample.id not in without and all(sample.id in found for side in sides for found in side)
        ]
        a, b = (np.array([[found[sample.id] for sample in samples] for found in side], dtype=float) for side in sides)
        clusters = tuple(sample.cluster or f"={sample.id}" for sample in samples)
        return _Scores(tuple(sample.id for sample in samples), a, b, clusters)

    def _of(self, task: str) -> list[list[Means]]:
        if task not in self._means:
            self._means[task] = [[_means(_task(run, task)) for run in side] for side in self._sides]
        return self._means[task]


def _means(run: TaskRun) -> Means:
    found: dict[str, dict[str, list[float]]] = {}
    for score in run.scores:
        for metric, value in score.metrics.items():
            if value is not None:
                found.setdefault(metric, {}).setdefault(score.sample_id, []).append(float(value))
    return {
        metric: {name: sum(values) / len(values) for name, values in by_sample.items()}
        for metric, by_sample in found.items()
    }


def _task(run: Run, name: str) -> TaskRun:
    return next(task for task in run.tasks if task.task.name == name)


def compare_seeds(
    baseline: Sequence[Run], candidate: Sequence[Run], *, seed: int = 0, alpha: float = ALPHA
) -> Comparison:
    """Compare two recipes by the runs of their seeds; the sides may have different numbers of them.

    Raises: NotComparableError for seeds that were not asked alike.
    """
    a, b = pooled(baseline), pooled(candidate)
    if a.checkpoint.name == b.checkpoint.name:
        a, b = (
            replace(run, checkpoint=replace(run.checkpoint, name=f"{run.checkpoint.name}-{side}"))
            for run, side in ((a, "A"), (b, "B"))
        )
    compared, seeds = compare(a, b, seed=seed, alpha=alpha), _Seeds(baseline, candidate)
    tables = {task.task.name: paired_table(task, _task(b, task.task.name)) for task in a.tasks}

    def row(metric: MetricComparison, without: Collection[str] = ()) -> MetricComparison:
        scores = seeds.scores(metric, without)
        if not scores.ids:
            return _nothing(metric)
        result, _ = statistics.compare_seeds(scores.baseline, scores.candidate, scores.clusters, alpha=alpha, seed=seed)
        table = tables[metric.task]
        rows = table[(table["metric"] == metric.metric) & table["sample_id"].isin(list(scores.ids))]
        return with_completed(scoreboard_row(_task(a, metric.task).task, metric.metric, result, alpha), rows)

    sensitivity = compared.sensitivity
    if sensitivity is not None:
        kept = tuple(row(metric, sensitivity.masked.get(metric.task, ())) for metric in sensitivity.metrics)
        sensitivity = replace(sensitivity, metrics=kept)
    metrics = tuple(row(metric) for metric in compared.metrics)
    return replace(compared, metrics=metrics, sensitivity=sensitivity, spreads=(), passes=())  # seeds are no samples


def with_seeds(comparison: Comparison, baseline: Sequence[Run], candidate: Sequence[Run]) -> Comparison:
    """Return the decided comparison with the figures of every seed, and the sentence that seeds are in the interval."""
    seeds = _Seeds(baseline, candidate)
    rows = [_by_seed(seeds.scores(metric), metric) for metric in comparison.metrics if metric.n]
    record = {
        **{side: [_named(run) for run in runs] for side, runs in zip(SIDES, (baseline, candidate), strict=True)},
        "metrics": rows,
    }
    numbers = f"{len(baseline)} of A, {len(candidate)} of B"
    said = f"Seeds of training are in the interval: {numbers}{_share(rows)}{_too_few(baseline, candidate)}."
    return replace(
        comparison,
        headline=f"{comparison.headline} {said}",
        reproduce={**comparison.reproduce, "scope": f"Two recipes are compared. {said}", "seeds": record},
    )


def _by_seed(scores: _Scores, metric: MetricComparison) -> dict[str, Any]:
    result, variance = statistics.compare_seeds(scores.baseline, scores.candidate, scores.clusters)
    share = min(1.0, variance.seeds / variance.total) if variance.total and result.ci is not None else None
    return {
        "task": metric.task,
        "metric": metric.metric,
        "gating": metric.gating,
        "baseline": np.mean(scores.baseline, axis=1).tolist(),
        "candidate": np.mean(scores.candidate, axis=1).tolist(),
        "share_of_seeds": share,
    }


def _nothing(metric: MetricComparison) -> MetricComparison:
    """Return the row of a metric of which no prompt has a value from every seed."""
    return replace(
        metric,
        n=0,
        num_clusters=0,
        baseline=None,
        candidate=None,
        difference=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        gate_ci_low=None,
        gate_ci_high=None,
        p_regress=None,
        finding=Finding.NOT_SHOWN,
        method="none: no prompt has a value from every seed",
    )


def _named(run: Run) -> dict[str, Any]:
    checkpoint = run.checkpoint
    return {"name": checkpoint.name, "argument": checkpoint.argument, "fingerprint": checkpoint.fingerprint}


def _share(rows: Sequence[dict[str, Any]]) -> str:
    """Return how much of the uncertainty of what decides (else of the first metric) more seeds would lower."""
    deciding = next((row for row in rows if row["gating"]), rows[0] if rows else None)
    if deciding is None or deciding["share_of_seeds"] is None:
        return ""
    return f"; {deciding['share_of_seeds']:.0%} of the variance of {deciding['task']} is between them"


def _too_few(baseline: Sequence[Run], candidate: Sequence[Run]) -> str:
    enough = min(len(baseline), len(candidate)) >= statistics.MIN_GATING_SEEDS
    return "" if enough else f"; a gate needs at least {statistics.MIN_GATING_SEEDS} a side"
