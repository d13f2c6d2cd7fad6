"""Two runs in, one Comparison out: what differs between two checkpoints, and how sure we are.

Joins on (task, sample id), averages samples within a prompt first, and hands paired arrays to `sfteval.stats`. Only
errors of transport are missing data; truncated and empty answers are failures, shown beside the figure over prompts
that both sides completed. Does not know how the answers were made, what decides the verdict, or what a table is.
Source: unit of inference and clustering, Miller 2024 (arXiv 2411.00640) sections 2-4.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from sfteval.errors import NotComparableError
from sfteval.stats import Interval, PairedResult, compare_paired
from sfteval.types import (
    Comparison,
    Finding,
    MetricComparison,
    Outcome,
    Pair,
    Run,
    Sample,
    Slice,
    Task,
    TaskRun,
    Verdict,
)

LEVEL = 0.95
ALPHA = 0.05
COMPLETED = (Outcome.OK,)


def compare(baseline: Run, candidate: Run, *, seed: int = 0) -> Comparison:
    """Compare two runs of the same tasks; the verdict is left to the gate.

    Raises: NotComparableError when the runs do not hold the same tasks.
    """
    tasks = _joined_tasks(baseline, candidate)
    metrics: list[MetricComparison] = []
    slices: list[Slice] = []
    pairs: list[Pair] = []
    for a, b in tasks:
        table = _paired_table(a, b)
        metrics.extend(_compare_metric(a.task, metric, table, seed) for metric in a.task.metrics)
        slices.extend(_slices(a.task, table))
        pairs.extend(_pairs(a, b))
    return Comparison(
        baseline=baseline.checkpoint,
        candidate=candidate.checkpoint,
        baseline_settings=baseline.settings,
        candidate_settings=candidate.settings,
        matched=baseline.settings.get("sampling") == candidate.settings.get("sampling"),
        metrics=tuple(metrics),
        slices=tuple(slices),
        pairs=tuple(pairs),
        outcomes={a.task.name: {"baseline": _outcomes(a), "candidate": _outcomes(b)} for a, b in tasks},
        costs={"baseline": _costs(baseline), "candidate": _costs(candidate)},
        verdict=Verdict.NOT_COMPARABLE,  # fails closed: only the gate says otherwise
        headline="",
    )


def _joined_tasks(baseline: Run, candidate: Run) -> list[tuple[TaskRun, TaskRun]]:
    others = {run.task.name: run for run in candidate.tasks}
    names = [run.task.name for run in baseline.tasks]
    if set(names) != set(others) or not names:
        raise NotComparableError(
            "compare",
            expected="two runs of the same tasks",
            got=f"{sorted(names)} and {sorted(others)}",
            next_move="Ask both checkpoints the same --suite",
        )
    return [(run, others[run.task.name]) for run in baseline.tasks]


def _paired_table(a: TaskRun, b: TaskRun) -> pd.DataFrame:
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


def _compare_metric(task: Task, metric: str, table: pd.DataFrame, seed: int) -> MetricComparison:
    rows = table[(table["metric"] == metric) & table["value_a"].notna() & table["value_b"].notna()]
    if rows.empty:
        return _nothing_to_compare(task, metric)
    result = _paired(rows, task, seed)
    completed = rows[rows["completed"]]
    completed_difference = float((completed["value_b"] - completed["value_a"]).mean()) if len(completed) else None
    finding = _finding(result, task.margin)
    (low, high), (gate_low, gate_high) = _ends(result.ci), _ends(result.gate_ci)
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
        finding=finding,
        b_only=result.b_only,
        a_only=result.a_only,
        method=result.method,
        margin=task.margin,
        gate_ci_low=gate_low,
        gate_ci_high=gate_high,
        gate_ci_level=1 - 2 * ALPHA,
        p_regress=result.p_regress,
        n_needed=result.n_needed,
        completed_difference=completed_difference,
        depends_on_budget=_turns(finding, result.difference, completed_difference),
    )


def _paired(rows: pd.DataFrame, task: Task, seed: int) -> PairedResult:
    return compare_paired(
        rows["value_a"].to_numpy(dtype=float),
        rows["value_b"].to_numpy(dtype=float),
        rows["cluster"].tolist(),
        margin=task.margin,
        alpha=ALPHA,
        seed=seed,
    )


def _nothing_to_compare(task: Task, metric: str) -> MetricComparison:
    return MetricComparison(
        task=task.name, metric=metric, gating=metric in task.gating, n=0, num_clusters=0, baseline=None, candidate=None,
        difference=None, ci_low=None, ci_high=None, ci_level=LEVEL, p_value=None, finding=Finding.NOT_SHOWN, b_only=0,
        a_only=0, method="none: no prompt has a value on both sides", margin=task.margin,
    )  # fmt: skip


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _finding(result: PairedResult, margin: float) -> Finding:
    if result.ci is None or result.gate_ci is None:
        return Finding.NOT_SHOWN
    if result.ci.low > 0:
        return Finding.BETTER
    if result.ci.high < 0:
        return Finding.WORSE
    inside = result.gate_ci.low > -margin and result.gate_ci.high < margin
    return Finding.EQUIVALENT if inside else Finding.NOT_SHOWN


def _turns(finding: Finding, difference: float, completed: float | None) -> bool:
    shown = finding in (Finding.BETTER, Finding.WORSE)
    return shown and completed is not None and completed * difference < 0


def _slices(task: Task, table: pd.DataFrame) -> Iterable[Slice]:
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


def _pairs(a: TaskRun, b: TaskRun) -> Iterable[Pair]:
    samples: dict[str, Sample] = {sample.id: sample for sample in a.task.samples}
    others = {(score.sample_id, score.sample_index): place for place, score in enumerate(b.scores)}
    for place, score in enumerate(a.scores):
        other = others.get((score.sample_id, score.sample_index))
        if other is not None:
            yield Pair(
                task=a.task.name,
                sample=samples[score.sample_id],
                sample_index=score.sample_index,
                baseline_reading=a.readings[place],
                candidate_reading=b.readings[other],
                baseline=score,
                candidate=b.scores[other],
            )


def _outcomes(run: TaskRun) -> dict[str, int]:
    counts = Counter(str(score.outcome) for score in run.scores)
    return {str(outcome): counts.get(str(outcome), 0) for outcome in Outcome}


def _think_tokens(run: Run) -> int | None:
    """Return the tokens spent on thought; None when a backend without token ids leaves them unknown."""
    counts = [reading.num_think_tokens for task in run.tasks for reading in task.readings]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _costs(run: Run) -> dict[str, Any]:
    answers = [generation for task in run.tasks for generation in task.generations]
    totals = run.checkpoint.training.get("totals", {})
    return {
        "num_answers": len(answers),
        "num_prompt_tokens": sum(generation.num_prompt_tokens for generation in answers),
        "num_tokens": sum(generation.num_tokens for generation in answers),
        "num_think_tokens": _think_tokens(run),
        "seconds": round(sum(generation.latency_seconds for generation in answers), 3),
        "training_tokens": totals.get("tokens"),
        "supervised_tokens": totals.get("supervised_tokens"),
    }
