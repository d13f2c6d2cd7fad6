"""Differences in, interval marks on one shared axis out; beside them who got what right, and shares of outcomes.

Layout arithmetic only. Does not know what a metric means: a metric that is no share gets an axis of its own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sfteval.report.html.svg import line, rectangle, svg, text
from sfteval.report.text import typeset
from sfteval.types import MetricComparison

FOREST_WIDTH, FOREST_HEIGHT = 260, 26
EDGE = 8
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """A horizontal axis of differences, shared by the rows of a scoreboard."""

    low: float
    high: float
    step: float
    width: float = FOREST_WIDTH

    def x(self, value: float) -> float:
        """Return the place of a value, held inside the picture."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(EDGE + share * (self.width - 2 * EDGE), 2)

    @property
    def ticks(self) -> list[float]:
        """Return the multiples of the step that lie on the axis."""
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [round(index * self.step, 9) + 0.0 for index in range(first, last + 1)]


def shared_axis(metrics: Iterable[MetricComparison]) -> Axis:
    """Return an axis on which every interval, zero and every margin has its place."""
    metrics = list(metrics)
    margin = max((metric.margin for metric in metrics), default=0.05)
    known = [
        value for metric in metrics for value in (metric.ci_low, metric.ci_high, metric.difference) if value is not None
    ]
    low, high = min([-margin, *known]), max([margin, *known])
    if high - low <= 0:
        low, high = -1.0, 1.0
    step = next((step for step in STEPS if (high - low) / step <= MOST_TICKS), (high - low) / MOST_TICKS)
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def has_unit(metric: MetricComparison) -> bool:
    """Return whether the metric is a share, so that it can stand on the axis that all shares use."""
    known = (metric.ci_low, metric.ci_high, metric.difference, metric.baseline, metric.candidate)
    return all(value is None or abs(value) <= 1 for value in known)


def axis_picture(axis: Axis) -> Markup:
    """Return the numbers above the interval marks."""
    labels = [text(axis.x(tick), 13, typeset(f"{tick:+g}" if tick else "0"), "tick") for tick in axis.ticks]
    marks = [line(axis.x(tick), 18, axis.x(tick), 22, "axis") for tick in axis.ticks]
    return svg(Markup("").join([*labels, *marks]), axis.width, 22, "axis of differences", "forest")


def forest(metric: MetricComparison, axis: Axis, sentence: str) -> Markup:
    """Return one interval mark with the zero line and the band within which a loss is accepted."""
    middle = FOREST_HEIGHT / 2
    parts = [
        rectangle(axis.x(-metric.margin), 0, axis.x(metric.margin) - axis.x(-metric.margin), FOREST_HEIGHT, "band")
    ]
    parts += [
        line(axis.x(tick), 0, axis.x(tick), FOREST_HEIGHT, "zero" if tick == 0 else "grid") for tick in axis.ticks
    ]
    if metric.ci_low is not None and metric.ci_high is not None:
        low, high = axis.x(metric.ci_low), axis.x(metric.ci_high)
        parts.append(line(low, middle, high, middle, "interval"))
        parts += [line(x, middle - 4, x, middle + 4, "interval") for x in (low, high)]
    if metric.difference is not None:
        x = axis.x(metric.difference)
        parts.append(Markup('<circle cx="{}" cy="{}" r="4.5" class="estimate"/>').format(x, middle))
    return svg(Markup("").join(parts), axis.width, FOREST_HEIGHT, sentence, "forest")


def flips_bar(a_only: int, b_only: int, most: int) -> Markup:
    """Return prompts that only A (left) and only B (right) got right, on a common scale."""
    half, middle = 34, 62
    a, b = (half * count / max(most, 1) for count in (a_only, b_only))
    parts = [
        rectangle(middle - a, 7, a, 12, "fill a"),
        rectangle(middle, 7, b, 12, "fill b"),
        line(middle, 3, middle, 23, "zero"),
        text(middle - a - 5, 17, str(a_only), "count", "end"),
        text(middle + b + 5, 17, str(b_only), "count", "start"),
    ]
    return svg(Markup("").join(parts), 124, 26, f"only A right: {a_only}, only B right: {b_only}", "flips")


def shares_bar(counts: Sequence[tuple[str, int]], label: str) -> Markup:
    """Return counts as one bar of shares; each class has its own shade."""
    total, x, parts = sum(count for _, count in counts), 0.0, []
    for kind, count in counts:
        width = 110 * count / total if total else 0
        parts.append(rectangle(x, 3, width, 10, f"share {kind}"))
        x += width
    return svg(Markup("").join(parts), 110, 16, label, "shares")
