"""What a comparison says of token budgets: one sentence a task, and the rows of its two tables.

Comparison in, words out; every number was made by `compare`. Does not know what the curve looks like.
"""

from collections.abc import Sequence

from sfteval.report.text import interval, number, one_line, signed
from sfteval.types import BudgetCurve, Comparison, Lengths

SIDES = ("A", "B")


def budget_sentences(comparison: Comparison) -> list[str]:
    """Return one sentence for each task on which a side thinks and whose metric decides."""
    gating = {(metric.task, metric.metric) for metric in comparison.metrics if metric.gating}
    return [
        f"{one_line(curve.task)}: {curve_sentence(curve)}"
        for curve in comparison.budgets
        if (curve.task, curve.metric) in gating
    ]


def curve_sentence(curve: BudgetCurve) -> str:
    """Return which side is ahead at equal budgets, from where on, and what an answer of each takes."""
    last = curve.points[-1]
    if curve.leads_from is None:
        ahead = f"With every token allowed both sides get {number(last.candidate)}"
    else:
        ahead = f"{SIDES[last.difference > 0]} is ahead {_from_where(curve, curve.leads_from)}"
    takes = [_median(side.tokens) for side in (curve.baseline, curve.candidate)]
    return f"{ahead}. Half of the answers take at most {takes[0]} tokens in A and {takes[1]} in B."


def budget_rows(curve: BudgetCurve) -> list[tuple[str, str, str, str, str]]:
    """Return one row a budget: tokens, A, B, B - A and its interval."""
    return [
        (
            f"{point.budget:,}",
            number(point.baseline),
            number(point.candidate),
            signed(point.difference),
            interval(point.ci_low, point.ci_high) or "too few prompts",
        )
        for point in curve.points
    ]


def length_rows(curve: BudgetCurve) -> list[tuple[str, list[str]]]:
    """Return one row a side: what an answer takes, its thought, how many think, and how many were cut where."""
    return [(letter, _cells(side)) for letter, side in (("a", curve.baseline), ("b", curve.candidate))]


def _from_where(curve: BudgetCurve, tokens: int) -> str:
    last, below = curve.points[-1], [point for point in curve.points if point.budget < tokens]
    where = f"from {tokens:,} tokens an answer on"
    other = SIDES[last.difference < 0]
    if any(point.difference * last.difference < 0 for point in below):
        return f"{where}, {other} below that"
    return f"{where}, and below that both are equal" if any(point.candidate for point in below) else where


def _cells(side: Lengths) -> list[str]:
    thought = _range(side.think_tokens) if side.think_tokens else ("not counted" if side.num_thoughts else "-")
    counts = (side.num_thoughts, side.num_cut_in_thought, side.num_cut_in_answer)
    return [_range(side.tokens), thought, *(f"{count:,} of {side.num_answers:,}" for count in counts)]


def _range(quantiles: Sequence[float]) -> str:
    """Return the median with the middle 80 %."""
    return f"{_median(quantiles)} ({quantiles[0]:,.0f} to {quantiles[-1]:,.0f})"


def _median(quantiles: Sequence[float]) -> str:
    return f"{quantiles[len(quantiles) // 2]:,.0f}"
