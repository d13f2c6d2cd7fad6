"""What both sides are worth at every token budget in, one picture a task out: two lines, and the lengths below them.

Both stand on one axis of tokens, so that one sees whose answers a budget cuts. Layout arithmetic only.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from sfteval.report.budgets import budget_rows, curve_sentence, length_rows
from sfteval.report.html.svg import apart, line, mark, polyline, rectangle, shortened_name, svg, text
from sfteval.report.text import number, one_line, typeset
from sfteval.types import BudgetCurve, Comparison

WIDTH, LEFT, RIGHT = 560, 46, 454
TOP, BOTTOM = 22, 214  # where 1 and 0 stand
FIRST_STRIP, STRIP = 282, 23  # where the lengths begin, and how far they are apart
SHARES = (0, 0.25, 0.5, 0.75, 1)
ROUNDEST = ("1", "3", "2", "6", "4", "8", "15")
LABEL = 44  # the room of a written budget


def budget_blocks(comparison: Comparison, names: tuple[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks to show and those to fold: those whose metric decides are shown."""
    gating = {(metric.task, metric.metric) for metric in comparison.metrics if metric.gating}
    blocks: dict[str, list[dict[str, Any]]] = {"shown": [], "folded": []}
    for curve in comparison.budgets:
        blocks["shown" if (curve.task, curve.metric) in gating else "folded"].append(_block(curve, names))
    return blocks


def _block(curve: BudgetCurve, names: tuple[str, str]) -> dict[str, Any]:
    return {
        "task": one_line(curve.task),
        "metric": one_line(curve.metric),
        "n": f"{curve.n:,}",
        "sentence": curve_sentence(curve),
        "picture": budget_picture(curve, names),
        "lengths": length_rows(curve),
        "rows": [
            (budget, a, b, typeset(difference), typeset(bounds))
            for budget, a, b, difference, bounds in budget_rows(curve)
        ],
    }


@dataclass(frozen=True, slots=True)
class _Axis:
    """An axis of tokens on which every doubling is as wide as the next."""

    low: int
    high: int

    def x(self, tokens: float) -> float:
        share = math.log(max(tokens, self.low) / self.low) / (math.log(self.high / self.low) or 1.0)
        return round(LEFT + 14 + min(share, 1.0) * (RIGHT - LEFT - 28), 2)


def budget_picture(curve: BudgetCurve, names: tuple[str, str]) -> Markup:
    """Return accuracy over the budget as two lines, and below them where the lengths of answers and thoughts lie."""
    axis = _Axis(curve.points[0].budget, curve.points[-1].budget)
    strips = [strip for strip in _strips(curve) if strip[2]]
    parts = [*_frame(axis, curve), *_lines(axis, curve, names)]
    for row, (side, name, quantiles) in enumerate(strips):
        parts += _strip(axis, FIRST_STRIP + STRIP * row, side, name, quantiles)
    return svg(Markup("").join(parts), WIDTH, FIRST_STRIP + STRIP * len(strips) - 4, _spoken(curve), "slices budgets")


def _frame(axis: _Axis, curve: BudgetCurve) -> Iterator[Markup]:
    for share in SHARES:
        yield line(LEFT, _y(share), RIGHT, _y(share), "grid" if share else "axis")
        yield text(LEFT - 8, _y(share) + 4, f"{share:g}", "tick", "end")
    for budget in _labelled(axis, [point.budget for point in curve.points]):
        yield text(axis.x(budget), BOTTOM + 19, f"{budget:,}", "label")
    yield text((LEFT + RIGHT) / 2, BOTTOM + 42, "tokens that an answer may take, thought included", "tick")


def _labelled(axis: _Axis, budgets: Sequence[int]) -> list[int]:
    """Return the budgets that have room below the axis, the roundest first."""
    kept: list[int] = []
    for leading in ROUNDEST:
        for budget in budgets:
            is_free = all(abs(axis.x(budget) - axis.x(other)) >= LABEL for other in kept)
            if str(budget).rstrip("0") == leading and is_free:
                kept.append(budget)
    return kept


def _lines(axis: _Axis, curve: BudgetCurve, names: tuple[str, str]) -> Iterator[Markup]:
    last = curve.points[-1]
    heights = apart(_y(last.baseline), _y(last.candidate))
    for side, name, height in zip(("a", "b"), names, heights, strict=True):
        values = [(point.budget, point.baseline if side == "a" else point.candidate) for point in curve.points]
        yield polyline([(axis.x(budget), _y(value)) for budget, value in values], f"curve {side}")
        for budget, value in values:
            yield mark(axis.x(budget), _y(value), side, f"{budget:,} tokens: {number(value)}", size=3.5)
        yield text(RIGHT + 8, height + 4, shortened_name(name), f"name {side}", "start")


def _strips(curve: BudgetCurve) -> Iterator[tuple[str, str, Sequence[float]]]:
    for side, lengths in (("a", curve.baseline), ("b", curve.candidate)):
        yield side, f"{side.upper()} answers", lengths.tokens
        yield side, f"{side.upper()} thoughts", lengths.think_tokens


def _strip(axis: _Axis, y: float, side: str, name: str, quantiles: Sequence[float]) -> Iterator[Markup]:
    """Yield a line from 10 to 90 %, a bar over the middle half, and the median's mark."""
    low, first, median, third, high = (axis.x(value) for value in quantiles)
    yield line(low, y, high, y, f"reach {side}")
    yield rectangle(first, y - 3, max(third - first, 1), 6, f"fill {side}")
    yield mark(median, y, side, f"{name}, median {quantiles[2]:,.0f} tokens")
    yield text(RIGHT + 8, y + 4, name, "tick", "start")


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 2)


def _spoken(curve: BudgetCurve) -> str:
    """Return the picture in words."""
    points = "; ".join(
        f"{point.budget:,} tokens: A {number(point.baseline)}, B {number(point.candidate)}" for point in curve.points
    )
    return one_line(f"{curve.task} {curve.metric} by token budget. {points}")
