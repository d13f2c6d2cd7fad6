"""Both sides at equal token budgets, worked out by hand. Run: pytest tests/sfteval/test_compare_budgets.py."""

from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.compare.budgets import round_budgets
from sfteval.report.stored import settled
from sfteval.types import BudgetCurve, Outcome, Run
from tests.sfteval.scripted import run_of, task


def spent(
    values: list[float | Outcome | None], tokens: list[int], name: str, *, think: list[int | None] | None = None
) -> Run:
    """Return a run in which prompt i scored `values[i]`, took `tokens[i]` and thought for `think[i]` of them."""
    run = run_of(values, name, task(len(values)))
    (only,) = run.tasks
    generations = tuple(replace(one, num_tokens=n) for one, n in zip(only.generations, tokens, strict=True))
    readings = only.readings
    if think is not None:
        readings = tuple(
            replace(one, think="so", num_think_tokens=n) for one, n in zip(only.readings, think, strict=True)
        )
    return replace(run, tasks=(replace(only, generations=generations, readings=readings),))


A = spent([1.0, 1.0, 0.0, 0.0], [3, 4, 3, 4], "no-think")
B = spent([1.0, 1.0, 1.0, 0.0], [8, 20, 35, 35], "think", think=[5, 17, 32, 35])


def curve(a: Run = A, b: Run = B) -> BudgetCurve:
    (found,) = compare(a, b).budgets
    return found


def test_an_answer_that_takes_more_than_the_budget_counts_as_failed():
    found = {point.budget: (point.baseline, point.candidate) for point in curve().points}
    assert found == {
        2: (0.0, 0.0),
        3: (0.25, 0.0),
        4: (0.5, 0.0),
        6: (0.5, 0.0),
        8: (0.5, 0.25),
        10: (0.5, 0.25),
        15: (0.5, 0.25),
        20: (0.5, 0.5),
        30: (0.5, 0.5),
        40: (0.5, 0.75),
    }


def test_the_last_budget_is_the_scoreboard_and_its_interval():
    compared = compare(A, B)
    (row,), last = compared.metrics, compared.budgets[0].points[-1]
    assert (last.difference, last.ci_low, last.ci_high) == (row.difference, row.ci_low, row.ci_high)


def test_the_side_that_ends_ahead_leads_from_the_answer_that_brings_it_past_the_other():
    assert curve().leads_from == 35
    assert curve(B, A).leads_from == 35


def test_a_prompt_with_many_answers_weighs_no_more_than_one_with_few():
    def answered(values: list[list[float]], tokens: int, name: str) -> Run:
        """Return a run in which prompt i got the answers `values[i]`, each of so many tokens."""
        run = spent([1.0] * len(values), [tokens] * len(values), name, think=[1] * len(values))
        (only,) = run.tasks
        places = [(place, index) for place, row in enumerate(values) for index in range(len(row))]
        scores = tuple(
            replace(only.scores[place], sample_index=index, metrics={"accuracy": values[place][index]})
            for place, index in places
        )
        answers = tuple(replace(only.generations[place], sample_index=index) for place, index in places)
        readings = tuple(only.readings[place] for place, _ in places)
        return replace(run, tasks=(replace(only, scores=scores, generations=answers, readings=readings),))

    a = answered([[1.0, 1.0, 1.0, 1.0], [0.0], [0.0]], 3, "a")  # 1/3 by prompts, 4/6 by answers
    b = answered([[0.0, 0.0, 0.0, 0.0], [1.0], [1.0]], 9, "b")
    assert curve(a, b).leads_from == 9


def test_the_side_that_is_ahead_everywhere_leads_from_the_shortest_answer():
    assert curve(spent([0.0, 0.0], [5, 5], "a"), spent([1.0, 1.0], [4, 6], "b", think=[2, 2])).leads_from == 4


def test_two_sides_that_end_equal_lead_from_nowhere():
    assert curve(spent([1.0, 0.0], [5, 5], "a"), spent([0.0, 1.0], [9, 9], "b", think=[2, 2])).leads_from is None


def test_swapping_the_sides_negates_every_point():
    one, two = curve(), curve(B, A)
    assert [point.difference for point in one.points] == [-point.difference for point in two.points]
    assert one.baseline == two.candidate


def test_lengths_are_quantiles_of_answers_and_of_thoughts():
    found = curve().candidate
    assert found.tokens == pytest.approx((11.6, 17.0, 27.5, 35.0, 35.0))
    assert found.think_tokens == pytest.approx((8.6, 14.0, 24.5, 32.75, 34.1))
    assert (found.num_answers, found.num_thoughts) == (4, 4)
    assert (curve().baseline.num_thoughts, curve().baseline.think_tokens) == (0, ())


def test_a_thought_whose_tokens_nobody_counted_leaves_the_lengths_of_thoughts_out():
    found = curve(b=spent([1.0, 1.0, 1.0, 0.0], [8, 20, 35, 35], "think", think=[5, None, 32, 35])).candidate
    assert (found.num_thoughts, found.think_tokens) == (4, ())


def test_cut_answers_are_counted_by_where_they_were_cut():
    cut: list[float | Outcome | None] = [1.0, Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER, 0.0]
    found = curve(b=spent(cut, [8, 40, 40, 35], "think", think=[5, 40, 32, 35])).candidate
    assert (found.num_cut_in_thought, found.num_cut_in_answer) == (1, 1)


def test_an_answer_that_transport_lost_is_left_out_on_both_sides():
    lost: list[float | Outcome | None] = [1.0, Outcome.ERROR, 1.0, 0.0]
    found = curve(b=spent(lost, [8, 0, 35, 35], "think", think=[5, 0, 32, 35]))
    assert (found.n, found.baseline.num_answers) == (3, 3)


def test_several_answers_to_a_prompt_are_averaged_first():
    def twice(run: Run, value: float, tokens: int) -> Run:
        """Return the run with a second answer to its first prompt."""
        (only,) = run.tasks
        score = replace(only.scores[0], sample_index=1, metrics={"accuracy": value})
        answer = replace(only.generations[0], sample_index=1, num_tokens=tokens)
        return replace(
            run,
            tasks=(
                replace(
                    only,
                    scores=(*only.scores, score),
                    generations=(*only.generations, answer),
                    readings=(*only.readings, only.readings[0]),
                ),
            ),
        )

    found = curve(twice(A, 0.0, 3), twice(B, 1.0, 100))
    at = {point.budget: (point.baseline, point.candidate) for point in found.points}
    assert (found.n, found.baseline.num_answers) == (4, 5)
    assert (at[4], at[80], at[100]) == ((0.375, 0.0), (0.375, 0.625), (0.375, 0.75))


def test_shares_have_students_interval_and_few_prompts_none():
    shares = spent([0.5, 0.25, 1.0, 0.0, 0.5, 0.75], [5] * 6, "a"), spent([1.0] * 6, [9] * 6, "b", think=[2] * 6)
    last = curve(*shares).points[-1]
    assert (last.budget, last.difference) == (10, 0.5)
    assert (last.ci_low, last.ci_high) == pytest.approx((0.128968, 0.871032), abs=1e-6)  # .5 -+ 2.5706 * .14434
    few = spent([0.5, 0.25], [5, 5], "a"), spent([1.0, 1.0], [9, 9], "b", think=[2, 2])
    assert curve(*few).points[-1].ci_low is None


def test_a_task_on_which_nobody_thinks_has_no_curve():
    assert compare(A, spent([1.0] * 4, [9] * 4, "b")).budgets == ()


def test_a_side_whose_tokens_are_not_known_has_no_curve():
    assert compare(spent([1.0, 1.0, 0.0, 0.0], [3, 0, 3, 4], "a"), B).budgets == ()


def test_a_metric_that_is_no_share_has_no_curve():
    assert compare(spent([1.0, 1.0, 7.5, 0.0], [3, 4, 3, 4], "a"), B).budgets == ()


def test_prompts_that_only_one_side_was_asked_do_not_shift_the_tokens():
    short = replace(task(4), samples=task(4).samples[1:])
    (only,) = A.tasks
    asked = replace(
        A, tasks=(replace(only, task=short, scores=only.scores[1:], readings=only.readings[1:]),)
    )  # its four answers stay, what they cost counts
    assert {point.budget: point.baseline for point in curve(asked).points}[4] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (3, 20, [2, 3, 4, 6, 8, 10, 15, 20]),
        (1, 1, [1]),
        (95, 140, [80, 100, 150]),
        (1000, 1000, [800, 1000]),
        (900, 9000, [800, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 10000]),
    ],
)
def test_budgets_are_round_numbers_from_where_nothing_fits_to_where_all_does(least, most, expected):
    assert round_budgets(least, most) == expected


def test_a_report_gives_the_curves_back():
    compared = compare(A, B)
    assert settled(compared).budgets[0].leads_from == 35
    assert settled(settled(compared)).budgets == settled(compared).budgets
