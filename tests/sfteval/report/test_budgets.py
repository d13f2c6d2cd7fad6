"""What is said of token budgets: who is ahead from where on, and what an answer takes."""

from dataclasses import replace

from sfteval.report.budgets import budget_rows, budget_sentences, curve_sentence, length_rows
from sfteval.types import BudgetPoint
from tests.sfteval.report.example import HOSTILE, curve, thinking

TAKES = "Half of the answers take at most 5 tokens in A and 26 in B."


def test_only_the_tasks_whose_metric_decides_have_a_sentence() -> None:
    assert budget_sentences(thinking()) == [f"reasoning: B is ahead from 21 tokens an answer on, A below that. {TAKES}"]


def test_a_side_that_is_never_behind_has_nobody_below_it() -> None:
    points = (BudgetPoint(4, 0.0, 0.0, 0.0, None, None), BudgetPoint(6, 0.2, 0.5, 0.3, 0.1, 0.5))
    assert curve_sentence(curve(points=points, leads_from=5)).startswith("B is ahead from 5 tokens an answer on. ")
    equal = (BudgetPoint(4, 0.2, 0.2, 0.0, None, None), points[1])
    said = "B is ahead from 5 tokens an answer on, and below that both are equal. "
    assert curve_sentence(curve(points=equal, leads_from=5)).startswith(said)


def test_the_baseline_can_be_ahead_too() -> None:
    turned = tuple(
        BudgetPoint(point.budget, point.candidate, point.baseline, -point.difference, None, None)
        for point in curve().points
    )
    said = "A is ahead from 21 tokens an answer on, B below that."
    assert curve_sentence(curve(points=turned)).startswith(said)


def test_two_sides_that_end_equal_are_said_to() -> None:
    points = (BudgetPoint(10, 0.5, 0.5, 0.0, None, None),)
    assert curve_sentence(curve(points=points, leads_from=None)) == (
        f"With every token allowed both sides get 0.500. {TAKES}"
    )


def test_rows_hold_every_budget_with_its_interval() -> None:
    few = replace(curve().points[0], ci_low=None, ci_high=None)
    assert budget_rows(curve())[5] == ("15", "0.410", "0.200", "-0.210", "[-0.270, -0.150]")
    assert budget_rows(curve(points=(few,)))[0][-1] == "too few prompts"


def test_thoughts_that_nobody_counted_are_not_said_to_be_none() -> None:
    uncounted = replace(curve().candidate, think_tokens=())
    (_, a), (_, b) = length_rows(curve(candidate=uncounted))
    assert (a[1], b[1]) == ("-", "not counted")


def test_a_hostile_name_is_one_line() -> None:
    world = thinking(budgets=(curve(HOSTILE),), metrics=tuple(replace(m, task=HOSTILE) for m in thinking().metrics))
    (said,) = budget_sentences(world)
    assert "\x1b" not in said
    assert "\n" not in said
