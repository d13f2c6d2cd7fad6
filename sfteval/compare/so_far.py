"""Two runs of what was asked so far in, one Comparison out that may be looked at after every round.

The intervals and p values of gating metrics come from the prompts in the order in which they were asked, and hold
however often one looks. Golden samples whose turn has not come are not in them. The other metrics are those of the
prompts asked, by the methods of a fixed number, and say so. Does not know what is asked next, or what decides.
Source: `sfteval.stats.anytime`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from sfteval.compare.metric import ALPHA, paired_table, scoreboard_row, with_completed
from sfteval.compare.runs import compare
from sfteval.errors import DataError
from sfteval.rounds import Asked
from sfteval.stats.anytime import compare_in_order
from sfteval.types import Comparison, MetricComparison, Run, Task

NOT_CORRECTED = "not corrected for stopping early"


def compare_so_far(baseline: Run, candidate: Run, asked: Asked, *, seed: int = 0, alpha: float = ALPHA) -> Comparison:
    """Do what `compare` does; what decides stays valid although asking stops when it is decided.

    Raises: DataError for a gating metric with scores outside of [0, 1].
    """
    baseline, candidate = _of_the_asked(baseline), _of_the_asked(candidate)
    compared = compare(baseline, candidate, seed=seed, alpha=alpha)
    others = {run.task.name: run for run in candidate.tasks}
    tables = {run.task.name: (run.task, paired_table(run, others[run.task.name])) for run in baseline.tasks}

    def row(metric: MetricComparison, without: Collection[str] = ()) -> MetricComparison:
        if not metric.gating:
            return replace(metric, method=f"{metric.method}, {NOT_CORRECTED}", n_needed=None)
        return in_order(metric, *tables[metric.task], asked, alpha, without)

    sensitivity = compared.sensitivity
    if sensitivity is not None:
        masked: Mapping[str, Collection[str]] = sensitivity.masked
        kept = tuple(row(metric, masked.get(metric.task, ())) for metric in sensitivity.metrics)
        sensitivity = replace(sensitivity, metrics=kept)
    return replace(compared, metrics=tuple(row(metric) for metric in compared.metrics), sensitivity=sensitivity)


def _of_the_asked(run: Run) -> Run:
    """Return the run without what a stored side answered besides: of the rest nobody has been asked yet."""
    return replace(run, tasks=tuple(replace(task, unasked=()) for task in run.tasks))


def in_order(
    metric: MetricComparison, task: Task, table: pd.DataFrame, asked: Asked, alpha: float, without: Collection[str]
) -> MetricComparison:
    """Return a gating metric's row from its prompts in the order in which they were asked.

    A prompt without a value on both sides is passed by; with none left, the metric stands as it is.
    """
    known = table[(table["metric"] == metric.metric) & table["value_a"].notna() & table["value_b"].notna()]
    rows = known.set_index("sample_id")
    ids = [name for cluster in asked.in_order(task.name) for name in cluster if name in rows.index]
    rows = rows.loc[[name for name in ids if name not in without]]
    if rows.empty:
        return metric
    try:
        result = compare_in_order(
            rows["value_a"].to_numpy(dtype=float),
            rows["value_b"].to_numpy(dtype=float),
            rows["cluster"].tolist(),
            largest=asked.largest(task.name),
            margin=task.margin,
            alpha=alpha,
        )
    except DataError as outside:
        raise DataError(
            f"--until-decided, task {task.name}, {metric.metric}",
            expected=outside.expected,
            got=outside.got,
            next_move=outside.next_move,
        ) from outside
    return with_completed(scoreboard_row(task, metric.metric, result, alpha), rows)
