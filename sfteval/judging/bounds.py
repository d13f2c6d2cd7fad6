"""The verdict with judges' missing verdicts counted for either side: what could turn is not decided.

A malformed verdict is a third state. It is left out of the figures, and if counting all of them for the baseline, or
all for the candidate, would change the verdict of its metric, that metric is inconclusive. Source: design.md 4.9.
"""

from collections.abc import Mapping
from dataclasses import replace

from sfteval.gate import decide
from sfteval.judging.panel import JudgedComparison
from sfteval.rules import STANDARD, Rules
from sfteval.types import PREFERENCE, Comparison, MetricComparison, Verdict


def decide_with_judges(judged: JudgedComparison, rules: Rules = STANDARD) -> Comparison:
    """Return the comparison with its verdicts; a judged metric that missing verdicts could turn decides nothing."""
    decided = decide(judged.comparison, rules)
    at_bounds = [_verdicts(decide(_with(judged.comparison, rows), rules)) for rows in (judged.worst, judged.best)]
    turned = [
        task
        for task, verdict in _verdicts(decided).items()
        if verdict is not None and any(bound.get(task) is not verdict for bound in at_bounds)
    ]
    if not turned:
        return decided
    undecided = {
        task: replace(row, gate_ci_low=judged.worst[task].gate_ci_low, gate_ci_high=judged.best[task].gate_ci_high,
                      p_regress=1.0)
        for task, row in _rows(judged.comparison).items()
        if task in turned
    }  # fmt: skip
    warnings = [f"{task}: verdicts that the judge did not give could turn this metric" for task in turned]
    widened = _with(judged.comparison, undecided)
    return decide(replace(widened, warnings=(*widened.warnings, *warnings)), rules)


def _rows(comparison: Comparison) -> dict[str, MetricComparison]:
    return {row.task: row for row in comparison.metrics if row.metric == PREFERENCE}


def _verdicts(comparison: Comparison) -> dict[str, Verdict | None]:
    return {task: row.verdict for task, row in _rows(comparison).items()}


def _with(comparison: Comparison, rows: Mapping[str, MetricComparison]) -> Comparison:
    metrics = tuple(
        rows[row.task] if row.metric == PREFERENCE and row.task in rows else row for row in comparison.metrics
    )
    return replace(comparison, metrics=metrics)
