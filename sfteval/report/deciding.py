"""One metric or guard in, what a gate says of it in one line out: for JUnit, annotations and whoever has one line only.

Names come from suites and are made harmless here. Does not know what the line is shown in.
"""

from sfteval.report.text import interval, number, one_line, signed, words
from sfteval.types import MetricComparison


def metric_name(metric: MetricComparison) -> str:
    """Return task and metric as one line."""
    return one_line(f"{metric.task} {metric.metric}")


def metric_sentence(metric: MetricComparison) -> str:
    """Return both values, the difference with the gate's interval, and what decides."""
    shown = f"{number(metric.baseline)} -> {number(metric.candidate)}, difference {signed(metric.difference)}"
    return f"{shown}{_sure(metric)}, margin {number(metric.margin)}, n {metric.n}, {words(metric.finding)}"


def _sure(metric: MetricComparison) -> str:
    """Return the gate's interval with its level, which is not the 95 % that the scoreboard shows."""
    shown = interval(metric.gate_ci_low, metric.gate_ci_high)
    level = "" if metric.gate_ci_level is None else f"{100 * metric.gate_ci_level:.4g} % "
    return f", {level}interval {shown}" if shown else ""
