"""Metrics in, the rows of the page's scoreboard out: numbers as they are read, a mark for the interval, notes.

Every share stands on one axis. Decides wording and order, never a number.
"""

from typing import Any

from markupsafe import Markup

from sfteval.report.contract import drift_legend, drift_mark
from sfteval.report.html.forest import Axis, axis_picture, flips_bar, forest, has_unit, shared_axis
from sfteval.report.text import interval, number, one_line, signed, typeset, words
from sfteval.types import Comparison, Finding, MetricComparison, Verdict

FINDING_MARKS = {Finding.BETTER: "▲", Finding.WORSE: "▼", Finding.EQUIVALENT: "=", Finding.NOT_SHOWN: "○"}


def scoreboard(comparison: Comparison) -> dict[str, Any]:
    """Return the rows, the axis above them and what the note below them says."""
    shares = [metric for metric in comparison.metrics if has_unit(metric)]
    axis, most = shared_axis(shares), max([m.a_only for m in shares] + [m.b_only for m in shares], default=0)
    rows, task = [], None
    for metric in comparison.metrics:
        row_axis = axis if has_unit(metric) else shared_axis([metric])
        rows.append(_row(metric, row_axis, most) | {"first": metric.task != task})
        task = metric.task
    return {
        "rows": rows,
        "axis": axis_picture(axis),
        "margins": sorted({f"{metric.margin:g}" for metric in comparison.metrics}),
        "mark": drift_mark(comparison),
        "legend": drift_legend(comparison),
        "has_gating": any(metric.gating for metric in comparison.metrics),
    }


def _row(metric: MetricComparison, axis: Axis, most: int) -> dict[str, Any]:
    difference, bounds = typeset(signed(metric.difference)), typeset(interval(metric.ci_low, metric.ci_high))
    finding = "not comparable" if metric.verdict is Verdict.NOT_COMPARABLE else words(metric.finding)
    spoken = f"difference {difference} {bounds}, {finding}"
    return {
        "task": one_line(metric.task),
        "metric": _breakable(one_line(metric.metric)),
        "gating": metric.gating,
        "a": number(metric.baseline),
        "b": number(metric.candidate),
        "difference": difference,
        "interval": bounds,
        "forest": forest(metric, axis, spoken),
        "p": _p_value(metric.p_value),
        "p_adjusted": "" if metric.p_adjusted is None else _p_value(metric.p_adjusted),
        "n": f"{metric.n:,}",
        "flips": flips_bar(metric.a_only, metric.b_only, max(most, metric.a_only, metric.b_only)),
        "finding": finding,
        "mark": FINDING_MARKS[metric.finding],
        "kind": metric.finding.value,
        "verdict": words(metric.verdict) if metric.verdict else "",
        "method": one_line(metric.method),
        "notes": _notes(metric),
    }


def _breakable(name: str) -> Markup:
    """Return the name with a place to break after each underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _p_value(value: float | None) -> str:
    if value is None:
        return "-"
    return "< .001" if value < 0.001 else number(value).removeprefix("0")


def _notes(metric: MetricComparison) -> list[str]:
    notes = []
    if metric.depends_on_budget:
        notes.append("depends on the token budget")
    if metric.completed_difference is not None and number(metric.completed_difference) != number(metric.difference):
        notes.append(f"among prompts that both sides completed: {typeset(signed(metric.completed_difference))}")
    if metric.num_clusters not in (0, metric.n):
        notes.append(f"{metric.num_clusters:,} clusters")
    if metric.n_needed is not None:
        notes.append(f"about {metric.n_needed:,} prompts would decide")
    return notes
