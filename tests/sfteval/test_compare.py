"""Two runs in, one Comparison out: exact small numbers, symmetry, and what is missing."""

import random
from dataclasses import replace

import numpy as np
import pytest

from sfteval.compare import compare, compare_scores
from sfteval.errors import NotComparableError
from sfteval.types import Finding, Outcome, Task
from tests.sfteval.scripted import run_of, task


def metric(a, b, of=None):
    (row,) = compare(run_of(a, "a", of), run_of(b, "b", of)).metrics
    return row


def test_a_difference_is_candidate_minus_baseline():
    row = metric([1, 0, 0, 1], [1, 1, 1, 0])
    assert (row.baseline, row.candidate, row.difference) == (0.5, 0.75, 0.25)
    assert (row.b_only, row.a_only, row.n) == (2, 1, 4)
    assert row.gating
    assert "mid-p" in row.method.lower()


def test_a_run_against_itself_shows_nothing_with_a_width():
    values = [1.0, 0.0] * 30
    row = metric(values, values)
    assert (row.difference, row.p_value) == (0.0, 1.0)
    assert row.ci_low == pytest.approx(-row.ci_high)
    assert row.ci_high > 0.05
    assert row.finding is Finding.EQUIVALENT


def test_swapping_the_checkpoints_negates_every_difference():
    draw = random.Random(0)
    a, b = ([float(draw.random() < p) for _ in range(80)] for p in (0.4, 0.6))
    one, two = metric(a, b), metric(b, a)
    assert one.difference == -two.difference
    assert (one.ci_low, one.ci_high) == (-two.ci_high, -two.ci_low)
    assert one.p_value == two.p_value
    assert (one.b_only, one.a_only) == (two.a_only, two.b_only)


def test_a_truncated_answer_is_a_failure_and_an_error_is_missing():
    row = metric([1, 1, 1, 1], [1, Outcome.TRUNCATED_THINK, Outcome.ERROR, Outcome.EMPTY])
    assert row.n == 3
    assert row.candidate == pytest.approx(1 / 3)


def test_a_finding_that_turns_with_the_token_budget_is_marked():
    cut = Outcome.TRUNCATED_THINK
    a = [1.0] * 30 + [0.0] * 10
    b = [cut] * 30 + [1.0] * 10
    row = metric(a, b)
    assert row.finding is Finding.WORSE
    assert row.completed_difference == 1.0
    assert row.depends_on_budget


def test_answers_are_averaged_within_their_prompt_first():
    of = task(2, num_samples=2)
    a, b = run_of([1.0, 0.0], "a", of), run_of([1.0, 0.0], "b", of)
    (b_task,) = b.tasks
    doubled = tuple(replace(score, sample_index=1, metrics={"accuracy": 1.0}) for score in b_task.scores)
    b = replace(b, tasks=(replace(b_task, scores=(*b_task.scores, *doubled), readings=b_task.readings * 2),))
    (row,) = compare(a, b).metrics
    assert (row.n, row.candidate) == (2, 0.75)


def test_clusters_are_the_unit_where_prompts_share_a_stem():
    of = task(40)
    of = replace(of, samples=tuple(replace(s, cluster=f"c{i // 4}") for i, s in enumerate(of.samples)))
    row = metric([0.0] * 40, [1.0] * 4 + [0.0] * 36, of)
    alone = metric([0.0] * 40, [1.0] * 4 + [0.0] * 36)
    assert (row.num_clusters, alone.num_clusters) == (10, 40)
    assert row.p_value > alone.p_value


def test_a_task_without_a_single_answer_compares_nothing():
    row = metric([Outcome.ERROR] * 3, [1.0] * 3)
    assert (row.n, row.difference, row.p_value) == (0, None, None)


def test_slices_are_in_natural_order_and_hold_both_sides():
    of = task(4, slices=("steps",))
    of = replace(
        of, samples=tuple(replace(s, metadata={"steps": n}) for s, n in zip(of.samples, (10, 2, 10, 2), strict=True))
    )
    slices = compare(run_of([1, 0, 0, 0], "a", of), run_of([1, 1, 1, 1], "b", of)).slices
    assert [(s.value, s.n, s.baseline, s.candidate) for s in slices] == [("2", 2, 0.0, 1.0), ("10", 2, 0.5, 1.0)]


def test_runs_of_different_tasks_are_not_comparable():
    with pytest.raises(NotComparableError) as error:
        compare(run_of([1.0]), run_of([1.0], of=task(1, name="other")))
    assert error.value.exit_code == 12


def test_outcomes_and_costs_are_counted_per_side():
    comparison = compare(run_of([1.0, Outcome.EMPTY]), run_of([1.0, 1.0], "b"))
    assert comparison.outcomes["sums"]["baseline"] == {
        "ok": 1, "truncated_think": 0, "truncated_answer": 0, "empty": 1, "error": 0
    }  # fmt: skip
    assert comparison.costs["candidate"]["num_tokens"] == 4
    assert comparison.matched


def test_the_same_input_gives_the_same_comparison():
    draw = random.Random(1)
    a, b = ([draw.random() for _ in range(50)] for _ in range(2))
    assert compare(run_of(a), run_of(b, "b")) == compare(run_of(a), run_of(b, "b"))


def test_three_prompts_of_a_hundred_that_lose_alike_are_no_finding():
    # The bootstrap of 97 zeros and three losses hardly ever reaches 0; the exact test says p = 1/4.
    baseline = np.ones(100)
    candidate = baseline.copy()
    candidate[:3] = 0.5
    found = compare_scores(Task("t", "exact", (), ("m",)), "m", baseline, candidate, [""] * 100)
    assert found.ci_high < 0.0
    assert found.p_value == 0.25
    assert found.finding is Finding.EQUIVALENT
