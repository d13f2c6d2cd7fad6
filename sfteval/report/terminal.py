"""A Comparison in, a table and a line for the terminal out.

Names that come from files cannot colour or move anything: terminal codes are taken out and no markup is read.
Does not print, and does not know the exit code that a verdict becomes.
"""

import re
from typing import TYPE_CHECKING

from sfteval.report.contract import drift_legend, drift_mark
from sfteval.report.instructions import REFERENCE_NOTE
from sfteval.report.text import interval, number, one_line, signed, words
from sfteval.types import Comparison, Finding, MetricComparison, Verdict

if TYPE_CHECKING:
    from rich.table import Table

VERDICT_STYLES = {
    Verdict.PASS: "bold green",
    Verdict.REGRESS: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
    Verdict.NOT_COMPARABLE: "bold magenta",
}
NAME_WIDTH = 13
FINDING_STYLES = {Finding.BETTER: "green", Finding.WORSE: "red", Finding.EQUIVALENT: "dim", Finding.NOT_SHOWN: "dim"}


def verdict_line(comparison: Comparison) -> str:
    """Return the verdict in one plain line; the headline holds its word already, unless it was made elsewhere."""
    word, headline = words(comparison.verdict).upper(), one_line(comparison.headline)
    return headline if f"{word}:" in headline else f"{word}: {headline}"


def gate_line(comparison: Comparison, exit_code: int) -> str:
    """Return what a gate prints last: the metrics that decided, and the exit code."""
    decided = [metric for metric in comparison.metrics if metric.verdict is comparison.verdict]
    reasons = "; ".join(_reason(metric) for metric in decided) or one_line(comparison.headline)
    drift = f"; {drift_legend(comparison)}" if drift_legend(comparison) else ""
    return f"gate: {words(comparison.verdict)} (exit {exit_code}): {reasons}{drift}"


def scoreboard(comparison: Comparison) -> "Table":
    """Return the scoreboard, made for 80 columns: gating metrics bold and starred, long names broken at underscores.

    A metric that says the same as its task's first (strict and loose, say) is left to the report.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    table.add_column("Task", overflow="fold")
    table.add_column("Metric", overflow="fold")
    for title in ("A", "B", "B - A [95 %]", "n"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Finding")
    metrics, task = told(comparison), None
    for metric in metrics:
        style = "bold" if metric.gating else ""
        name = "" if metric.task == task else _broken(metric.task)
        marks = " *" * metric.gating + f" {drift_mark(comparison)}" * bool(drift_mark(comparison))
        cells = (name, _broken(metric.metric) + marks, *_numbers(metric))
        finding = Text(_finding(metric), style=FINDING_STYLES[metric.finding])
        table.add_row(*(Text(cell, style=style) for cell in cells), finding)
        task = metric.task
    table.caption = Text(_caption(comparison, len(comparison.metrics) - len(metrics)))
    return table


def told(comparison: Comparison) -> list[MetricComparison]:
    """Return the metrics worth a row: those that gate, the first of each task, and those that differ from it."""
    first: dict[str, MetricComparison] = {}
    for metric in comparison.metrics:
        first.setdefault(metric.task, metric)
    return [
        metric
        for metric in comparison.metrics
        if metric.gating or metric is first[metric.task] or metric.finding is not first[metric.task].finding
    ]


def _caption(comparison: Comparison, num_hidden: int) -> str:
    notes = [f"A {one_line(comparison.baseline.name)}, B {one_line(comparison.candidate.name)}"]
    if any(metric.gating for metric in comparison.metrics):
        notes.append("* decides the verdict")
    if any(metric.depends_on_budget for metric in comparison.metrics):
        notes.append("! turns among answers that both completed: it depends on the token budget")
    if any(task.rules == "reference" for task in comparison.instructions):
        notes.append(REFERENCE_NOTE)
    if legend := drift_legend(comparison):
        notes.append(legend)
    if num_hidden:
        notes.append(f"{num_hidden} more {'metrics' if num_hidden > 1 else 'metric'} in the report")
    return "; ".join(notes)


def _numbers(metric: MetricComparison) -> tuple[str, str, str, str]:
    bounds = interval(metric.ci_low, metric.ci_high)
    difference = f"{signed(metric.difference)} {bounds}".strip()
    return _short(number(metric.baseline)), _short(number(metric.candidate)), _short(difference), str(metric.n)


def _short(text: str) -> str:
    """Return numbers without the zero before the point."""
    return re.sub(r"(?<!\d)0(?=\.)", "", text)


def _broken(name: str) -> str:
    """Return the name on lines that end at underscores and fit a narrow column."""
    lines = [""]
    for piece in re.findall(r"[^_]*_+|[^_]+", one_line(name)):
        if lines[-1] and len(lines[-1]) + len(piece) > NAME_WIDTH:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _finding(metric: MetricComparison) -> str:
    if metric.verdict is Verdict.NOT_COMPARABLE:
        return "not comparable"
    return words(metric.finding) + (" !" if metric.depends_on_budget else "")


def _reason(metric: MetricComparison) -> str:
    bounds = interval(metric.gate_ci_low, metric.gate_ci_high) or interval(metric.ci_low, metric.ci_high)
    needed = f", about {metric.n_needed} prompts needed" if metric.n_needed is not None else ""
    name = f"{one_line(metric.task)} {one_line(metric.metric)}"
    return f"{name} {signed(metric.difference)} {bounds}, margin {number(metric.margin)}, n {metric.n}{needed}"
