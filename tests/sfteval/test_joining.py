"""Prompts that only one side was asked: left out on both, listed, and too many of them are no comparison.

Run: pytest tests/sfteval/test_joining.py
"""

from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.errors import NotComparableError
from sfteval.gate import decide
from sfteval.report import results_json
from sfteval.report.stored import comparison_from
from sfteval.rules import Rules
from sfteval.types import Outcome, Verdict
from tests.sfteval.scripted import run_of, task

RIGHT = [1.0] * 100


def without(run, *places):
    """Return the run without the scores of the prompts in these places: they were never asked."""
    (part,) = run.tasks
    kept = [place for place in range(len(part.scores)) if place not in places]
    scores, readings = (tuple(of[place] for place in kept) for of in (part.scores, part.readings))
    return replace(run, tasks=(replace(part, scores=scores, readings=readings),))


def with_fields(run, **fields):
    return replace(run, tasks=(replace(run.tasks[0], **fields),))


def otherwise(of, *places):
    """Return the task with another content under the same ids."""
    return replace(
        of,
        samples=tuple(replace(s, content_hash=f"new {i}") if i in places else s for i, s in enumerate(of.samples)),
    )


def decided(a, b, rules=Rules()):  # noqa: B008  frozen
    return decide(compare(a, b), rules)


def test_where_both_were_asked_the_same_nothing_is_left_out():
    comparison = decided(run_of(RIGHT), run_of(RIGHT, "b"))
    assert (comparison.left_out, comparison.warnings, comparison.verdict) == ({}, (), Verdict.PASS)


@pytest.mark.parametrize(("num", "verdict"), [(2, Verdict.PASS), (3, Verdict.NOT_COMPARABLE)])
@pytest.mark.parametrize("side", ["baseline", "candidate"])
def test_prompts_that_one_side_was_never_asked_are_left_out_of_both(num, verdict, side):
    a, b = run_of(RIGHT), run_of([*[0.0] * num, *RIGHT[num:]], "b")
    a, b = (without(a, *range(num)), b) if side == "baseline" else (a, without(b, *range(num)))
    comparison = decided(a, b)
    (row,) = comparison.metrics
    assert (row.n, row.baseline, row.candidate) == (100 - num, 1.0, 1.0)
    assert comparison.verdict is verdict
    why = "only_candidate" if side == "baseline" else "only_baseline"
    names = [f"s{i}" for i in range(num)]
    assert comparison.left_out["sums"] == {
        "num_prompts": 100, "num_left_out": num, why: {"count": num, "ids": names}
    }  # fmt: skip
    letter = "B" if side == "baseline" else "A"
    assert comparison.warnings[0] == (
        f"sums: {num} of 100 prompts are left out on both sides: {num} asked of {letter} only ({', '.join(names)})"
    )
    too_many = "sums: prompts missing or differing: 3 of 100 (at most 2% may)"
    assert (too_many in comparison.warnings) == (verdict is Verdict.NOT_COMPARABLE)


def test_many_prompts_of_one_side_are_not_comparable_though_none_was_lost():
    comparison = decided(run_of(RIGHT), without(run_of(RIGHT, "b"), *range(50)))
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert comparison.left_out["sums"]["only_baseline"]["count"] == 50
    assert len(comparison.left_out["sums"]["only_baseline"]["ids"]) == 20
    assert "s18, s19, and 30 more)" in comparison.warnings[0]


def test_the_same_id_with_another_content_is_never_joined():
    of = task(100)
    a, b = run_of(RIGHT, "a", of), run_of([0.0, *RIGHT[1:]], "b", otherwise(of, 0))
    comparison = decided(a, b)
    assert comparison.left_out["sums"]["differing"] == {"count": 1, "ids": ["s0"]}
    assert (comparison.metrics[0].n, comparison.metrics[0].candidate) == (99, 1.0)
    assert [pair.sample.id for pair in comparison.pairs] == [f"s{i}" for i in range(1, 100)]
    assert "1 asked otherwise of one side or both (s0)" in comparison.warnings[0]
    assert decided(a, run_of(RIGHT, "b", otherwise(of, 0, 1, 2))).verdict is Verdict.NOT_COMPARABLE


def test_ids_that_only_one_of_two_tasks_has_are_left_out():
    of = task(100)
    shorter = replace(of, samples=of.samples[1:])
    comparison = decided(run_of(RIGHT, "a", of), run_of(RIGHT[1:], "b", shorter))
    assert comparison.left_out["sums"]["only_baseline"]["ids"] == ["s0"]
    back = decided(run_of(RIGHT[1:], "b", shorter), run_of(RIGHT, "a", of))
    assert back.left_out["sums"]["only_candidate"]["ids"] == ["s0"]
    assert (comparison.metrics[0].n, back.metrics[0].n) == (99, 99)


def test_what_a_stored_side_answered_and_is_not_asked_now_counts_unless_both_did():
    a, b = run_of(RIGHT), run_of(RIGHT, "b")
    gone = ("gone1", "gone2", "gone3")
    comparison = decided(with_fields(a, unasked=gone), b)
    assert comparison.left_out["sums"] == {
        "num_prompts": 103, "num_left_out": 3, "only_baseline": {"count": 3, "ids": list(gone)}
    }  # fmt: skip
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert decided(with_fields(a, unasked=gone), with_fields(b, unasked=gone)).left_out == {}


def test_an_id_that_a_stored_side_was_asked_with_another_content_differs():
    a = with_fields(run_of(RIGHT), unasked=("s0",), absent=frozenset({("s0", 0)}))
    comparison = decided(a, run_of(RIGHT, "b"))
    assert comparison.left_out["sums"] == {
        "num_prompts": 100, "num_left_out": 1, "differing": {"count": 1, "ids": ["s0"]}
    }  # fmt: skip


def test_answers_that_were_never_asked_for_are_no_lost_ones():
    values = [Outcome.ERROR] * 2 + RIGHT[2:]
    lost = decided(run_of(values), run_of(RIGHT, "b"))
    never = decided(with_fields(run_of(values), absent=frozenset({("s0", 0), ("s1", 0)})), run_of(RIGHT, "b"))
    assert [c.outcomes["sums"]["baseline"]["error"] for c in (lost, never)] == [2, 0]
    assert (lost.left_out, never.left_out["sums"]["num_left_out"]) == ({}, 2)


def test_fewer_answers_to_a_prompt_on_one_side_leave_no_prompt_out():
    of = task(10, num_samples=2)
    b = run_of([1.0] * 10, "b", of)
    (part,) = b.tasks
    second = tuple(replace(score, sample_index=1, metrics={"accuracy": 0.0}) for score in part.scores)
    twice = with_fields(b, scores=(*part.scores, *second), readings=part.readings * 2)
    comparison = compare(run_of([1.0] * 10, "a", of), twice)
    assert comparison.left_out == {}
    assert (comparison.metrics[0].n, comparison.metrics[0].candidate) == (10, 0.5)


def test_prompts_that_neither_side_was_asked_count_too():
    comparison = decided(without(run_of(RIGHT), 0, 1, 2), without(run_of(RIGHT, "b"), 0, 1, 2))
    assert comparison.left_out["sums"]["neither"] == {"count": 3, "ids": ["s0", "s1", "s2"]}
    assert comparison.verdict is Verdict.NOT_COMPARABLE


def test_more_may_be_missing_where_the_rules_say_so():
    a = without(run_of(RIGHT), *range(5))
    assert decided(a, run_of(RIGHT, "b"), Rules(max_missing=0.05)).verdict is Verdict.PASS
    assert decided(a, run_of(RIGHT, "b"), Rules(max_missing=0.04)).verdict is Verdict.NOT_COMPARABLE


def test_an_answer_that_a_side_holds_twice_is_refused():
    b = run_of(RIGHT, "b")
    (part,) = b.tasks
    twice = with_fields(b, scores=(*part.scores, part.scores[0]), readings=(*part.readings, part.readings[0]))
    with pytest.raises(
        NotComparableError, match="task sums: expected one score to each answer, got s0, answer 0, twice"
    ):
        compare(run_of(RIGHT), twice)


def test_a_long_id_is_shortened_where_it_is_listed():
    of = task(100)
    of = replace(of, samples=(replace(of.samples[0], id="x" * 500), *of.samples[1:]))
    comparison = compare(without(run_of(RIGHT, "a", of), 0), run_of(RIGHT, "b", of))
    assert comparison.left_out["sums"]["only_candidate"]["ids"] == ["x" * 80]


def test_what_was_left_out_is_in_the_results_and_comes_back_from_them():
    comparison = decided(without(run_of(RIGHT), 0), run_of(RIGHT, "b"))
    stored = results_json(comparison)
    assert stored["left_out"]["sums"]["only_candidate"] == {"count": 1, "ids": ["s0"]}
    assert comparison_from(stored, []).left_out == comparison.left_out


# -- no data is never a pass -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (run_of([], "a"), run_of([], "b")),
        (run_of([Outcome.ERROR] * 30, "a"), run_of([Outcome.ERROR] * 30, "b")),
        (run_of([1.0] * 30, "a"), run_of([Outcome.ERROR] * 30, "b")),
        (without(run_of([1.0] * 30, "a"), *range(30)), run_of([1.0] * 30, "b")),
        (without(run_of([1.0] * 30, "a"), *range(30)), without(run_of([1.0] * 30, "b"), *range(30))),
        (without(run_of([1.0] * 30, "a"), *range(15)), without(run_of([1.0] * 30, "b"), *range(15, 30))),
    ],
)
def test_without_data_nothing_is_compared(a, b):
    assert decided(a, b).verdict is Verdict.NOT_COMPARABLE
    assert decided(a, b, Rules(max_missing=0.99)).verdict in (Verdict.NOT_COMPARABLE, Verdict.INCONCLUSIVE)


def test_a_gating_task_without_data_is_not_outvoted_by_one_that_passes():
    full, empty = task(100), task(0, name="empty")
    sides = [
        replace(run_of(RIGHT, name, full), tasks=(*run_of(RIGHT, name, full).tasks, *run_of([], name, empty).tasks))
        for name in "ab"
    ]
    assert decided(*sides).verdict is Verdict.NOT_COMPARABLE


def test_a_metric_that_no_answer_has_is_no_pass():
    of = task(50)
    a, b = (
        with_fields(run, scores=tuple(replace(score, metrics={"accuracy": None}) for score in run.tasks[0].scores))
        for run in (run_of([1.0] * 50, "a", of), run_of([1.0] * 50, "b", of))
    )
    assert decided(a, b).verdict is Verdict.NOT_COMPARABLE


# -- a side of which only the scores are stored ------------------------------------------------------------------------


def test_of_scores_alone_nothing_is_said_of_costs_or_of_how_answers_failed():
    failed = tuple(
        replace(score, detail={"failure_code": "json_invalid", "layer": "json"})
        for score in run_of([0.0] * 10).tasks[0].scores
    )
    a, b = run_of([1.0] * 10), with_fields(run_of([0.0] * 10, "b"), scores=failed)
    whole, alone = compare(a, b), compare(with_fields(a, generations=()), b)
    assert (len(whole.calls), len(alone.calls)) == (1, 0)
    assert (whole.costs["baseline"]["num_answers"], alone.costs["baseline"]) == (10, {})
    assert alone.warnings == ("a: only scores are stored, so that nothing is said of how its answers failed",)
    assert (alone.metrics, whole.warnings) == (whole.metrics, ())


def test_more_answers_to_a_prompt_on_one_side_are_said():
    a, b = (
        replace(run, settings={**run.settings, "samples": {"sums": num}})
        for run, num in ((run_of([1.0] * 10), 1), (run_of([1.0] * 10, "b"), 4))
    )
    assert compare(a, b).warnings == (
        "sums: 1 of A's and 4 of B's answers to a prompt; each prompt's are averaged first",
    )
