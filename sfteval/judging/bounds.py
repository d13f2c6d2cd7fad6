"""The verdict with judges' missing verdicts counted for either side: what could turn is not decided.

A malformed verdict is a third state. It is left out of the figures, and if counting all of them for the baseline, or
all for the candidate, would change the verdict of its metric, that metric is inconclusive. Source: design.md 4.9.
"""

from collections.abc import Mapping
from dataclasses import replace

from sfteval.gate import decide
from sfteval.judging.panel import JudgedComparison, Key
from sfteval.rules import STANDARD, Rules
from sfteval.types import Comparison, Finding, MetricComparison, Verdict


def decide_with_judges(judged: JudgedComparison, rules: Rules = STANDARD) -> Comparison:
    """Return the comparison with its verdicts; a judged metric that missing verdicts could turn decides nothing."""
    decided = decide(judged.comparison, rules)
    found = _verdicts(decided, judged)
    at_bounds = [
        _verdicts(decide(_with(judged.comparison, rows), rules), judged) for rows in (judged.worst, judged.best)
    ]
    turned = [
        key
        for key, verdict in found.items()
        if verdict is not None and any(bound.get(key) is not verdict for bound in at_bounds)
    ]
    if not turned:
        return decided
    undecided = {
        key: replace(
            row,
            gate_ci_low=judged.worst[key].gate_ci_low,
            gate_ci_high=judged.best[key].gate_ci_high,
            p_regress=1.0,
            finding=Finding.NOT_SHOWN,
            n_needed=None,  # more prompts are not what is missing
        )
        for key, row in _rows(judged.comparison, judged).items()
        if key in turned
    }
    warnings = [f"{task}: verdicts that the judge did not give could turn this metric" for task, _ in turned]
    widened = _with(judged.comparison, undecided)
    return decide(replace(widened, warnings=(*widened.warnings, *warnings)), rules)


def _rows(comparison: Comparison, judged: JudgedComparison) -> dict[Key, MetricComparison]:
    return {(row.task, row.metric): row for row in comparison.metrics if (row.task, row.metric) in judged.worst}


def _verdicts(comparison: Comparison, judged: JudgedComparison) -> dict[Key, Verdict | None]:
    return {key: row.verdict for key, row in _rows(comparison, judged).items()}


def _with(comparison: Comparison, rows: Mapping[Key, MetricComparison]) -> Comparison:
    metrics = tuple(rows.get((row.task, row.metric), row) for row in comparison.metrics)
    return replace(comparison, metrics=metrics)
