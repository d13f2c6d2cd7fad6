"""One task of two runs in, paired figures out: prompts joined, answers averaged within their prompt, then compared.

Errors of transport are missing data; truncated and empty answers are failures, shown beside the figure over prompts
that both sides completed. Does not know tasks from each other, or what decides the verdict.
Source: unit of inference and clustering, Miller 2024 (arXiv 2411.00640) sections 2-4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sfteval.stats import FloatArray, Interval, PairedResult, compare_paired
from sfteval.types import Finding, MetricComparison, Outcome, Slice, Task, TaskRun

LEVEL = 0.95
ALPHA = 0.05
COMPLETED = (Outcome.OK,)


def paired_table(a: TaskRun, b: TaskRun) -> pd.DataFrame:
    """Return one row per prompt and metric: columns task order, sample id, metric, baseline, candidate, completed."""
    table = _long(a).add_suffix("_a").join(_long(b).add_suffix("_b"), how="outer").reset_index()
    order = {sample.id: position for position, sample in enumerate(a.task.samples)}
    table["position"] = table["sample_id"].map(order)
    clusters = {sample.id: sample.cluster or f"={sample.id}" for sample in a.task.samples}
    table["cluster"] = table["sample_id"].map(clusters)
    table["completed"] = table["completed_a"].eq(True) & table["completed_b"].eq(True)
    return table.sort_values(["metric", "position"], kind="stable")


def _long(run: TaskRun) -> pd.DataFrame:
    rows = [
        (score.sample_id, metric, np.nan if value is None else float(value), score.outcome in COMPLETED)
        for score in run.scores
        for metric, value in score.metrics.items()
        if metric in run.task.metrics
    ]
    frame = pd.DataFrame(rows, columns=["sample_id", "metric", "value", "completed"])
    return frame.groupby(["sample_id", "metric"]).agg(value=("value", "mean"), completed=("completed", "all"))


def compare_metric(task: Task, metric: str, table: pd.DataFrame, seed: int, alpha: float = ALPHA) -> MetricComparison:
    """Return one row of the scoreboard: the prompts that have this metric on both sides."""
    rows = table[(table["metric"] == metric) & table["value_a"].notna() & table["value_b"].notna()]
    if rows.empty:
        return _nothing_to_compare(task, metric)
    baseline, candidate = (rows[side].to_numpy(dtype=float) for side in ("value_a", "value_b"))
    found = compare_scores(task, metric, baseline, candidate, rows["cluster"].tolist(), seed, alpha)
    return with_completed(found, rows)


def with_completed(found: MetricComparison, rows: pd.DataFrame) -> MetricComparison:
    """Return a row of the scoreboard with the difference over prompts that both sides completed, of a paired table."""
    completed = rows[rows["completed"]]
    difference = float((completed["value_b"] - completed["value_a"]).mean()) if len(completed) else None
    return replace(found, completed_difference=difference, depends_on_budget=_turns(found, difference))


def compare_scores(
    task: Task,
    metric: str,
    baseline: FloatArray,
    candidate: FloatArray,
    clusters: Sequence[str],
    seed: int = 0,
    alpha: float = ALPHA,
) -> MetricComparison:
    """Return one row of the scoreboard from the scores `[n]` of both sides, prompt by prompt."""
    result = compare_paired(baseline, candidate, clusters, margin=task.margin, alpha=alpha, seed=seed)
    return scoreboard_row(task, metric, result, alpha)


def scoreboard_row(task: Task, metric: str, result: PairedResult, alpha: float = ALPHA) -> MetricComparison:
    """Return what a paired result says of one metric."""
    (low, high), (gate_low, gate_high) = ends(result.ci), ends(result.gate_ci)
    return MetricComparison(
        task=task.name,
        metric=metric,
        gating=metric in task.gating,
        n=result.n,
        num_clusters=result.num_clusters,
        baseline=result.baseline,
        candidate=result.candidate,
        difference=result.difference,
        ci_low=low,
        ci_high=high,
        ci_level=LEVEL,
        p_value=result.p_value,
        finding=_finding(result, task.margin),
        b_only=result.b_only,
        a_only=result.a_only,
        method=result.method,
        margin=task.margin,
        gate_ci_low=gate_low,
        gate_ci_high=gate_high,
        gate_ci_level=1 - 2 * alpha,
        p_regress=result.p_regress,
        n_needed=result.n_needed,
    )


def _nothing_to_compare(task: Task, metric: str) -> MetricComparison:
    return MetricComparison(
        task=task.name, metric=metric, gating=metric in task.gating, n=0, num_clusters=0, baseline=None, candidate=None,
        difference=None, ci_low=None, ci_high=None, ci_level=LEVEL, p_value=None, finding=Finding.NOT_SHOWN, b_only=0,
        a_only=0, method="none: no prompt has a value on both sides", margin=task.margin,
    )  # fmt: skip


def ends(interval: Interval | None) -> tuple[float | None, float | None]:
    """Return both ends of an interval; None and None where there is none."""
    return (None, None) if interval is None else (interval.low, interval.high)


def _finding(result: PairedResult, margin: float) -> Finding:
    if result.ci is None or result.gate_ci is None:
        return Finding.NOT_SHOWN
    # Where few prompts differ and all one way, resampling cannot reach 0: then the exact test has the say.
    shown = result.p_value is None or result.p_value <= 1.0 - LEVEL
    if shown and result.ci.low > 0:
        return Finding.BETTER
    if shown and result.ci.high < 0:
        return Finding.WORSE
    inside = result.gate_ci.low > -margin and result.gate_ci.high < margin
    return Finding.EQUIVALENT if inside else Finding.NOT_SHOWN


def _turns(found: MetricComparison, completed: float | None) -> bool:
    """Tell whether a finding has the other sign among prompts that both sides completed."""
    shown = found.finding in (Finding.BETTER, Finding.WORSE)
    return shown and found.difference is not None and completed is not None and completed * found.difference < 0


def slices(task: Task, table: pd.DataFrame) -> Iterable[Slice]:
    """Yield both sides' mean of the task's first metric for every value of every metadata field to slice by."""
    if not task.metrics:
        return
    metric = task.metrics[0]
    rows = table[(table["metric"] == metric) & table["value_a"].notna() & table["value_b"].notna()]
    metadata = {sample.id: sample.metadata for sample in task.samples}
    for field in task.slices:
        values = rows["sample_id"].map(lambda sample_id, field=field: _label(metadata[sample_id].get(field)))
        groups = rows.groupby(values)
        for value in sorted(groups.groups, key=_natural):
            group = groups.get_group(value)
            yield Slice(
                task=task.name, metric=metric, field=field, value=str(value), n=len(group),
                baseline=float(group["value_a"].mean()), candidate=float(group["value_b"].mean()),
            )  # fmt: skip


def _label(value: Any) -> str:
    return "" if value is None else str(value)


def _natural(value: Any) -> tuple[int, float, str]:
    text = str(value)
    try:
        return (0, float(text), "")
    except ValueError:
        return (1, 0.0, text)
