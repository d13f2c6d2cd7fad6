"""Figures over all, clean and dirty prompts: the parts by the same statistics as the whole."""

from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.compare.contaminated import annotated, by_contamination
from sfteval.compare.metric import compare_metric, paired_table
from sfteval.gate import decide
from sfteval.types import Suite
from tests.sfteval.following import following, run_following, told


def split(a, b, dirty):
    """Compare two rows of right (1) and wrong (0) answers."""
    of = following(len(a))
    runs = [run_following([[told("k:x", bool(one))] for one in side], of=of).tasks[0] for side in (a, b)]
    table = paired_table(*runs)
    return of, table, by_contamination(of, table, dirty, seed=0)


def test_a_side_that_only_knows_what_it_was_trained_on_is_shown():
    of, table, parts = split([1, 0, 1, 0, 1, 0, 1, 0], [0, 0, 1, 0, 1, 1, 1, 1], {"s4", "s5", "s6", "s7"})
    (strict, *_) = parts
    assert [part.n for part in (strict.all, strict.clean, strict.dirty)] == [8, 4, 4]
    assert (strict.all.difference, strict.clean.difference, strict.dirty.difference) == (0.125, -0.25, 0.5)
    assert strict.gains == (0.0, 0.75)
    assert strict.all == compare_metric(of, "prompt_strict", table, seed=0)
    assert [part.all.metric for part in parts] == list(of.metrics)


@pytest.mark.parametrize("dirty", [set(), {"s0", "s1"}, {"elsewhere"}])
def test_a_part_without_prompts_says_nothing(dirty):
    _, _, (strict, *_) = split([1, 0], [1, 1], dirty)
    assert {strict.clean.n, strict.dirty.n} == {0, 2}
    assert strict.gains is None


def world(a, b):
    """Return the decided comparison of two rows of right (1) and wrong (0) answers, and its suite."""
    of = following(len(a))
    runs = [
        run_following([[told("k:x", bool(one))] for one in side], name, of=of) for name, side in (("a", a), ("b", b))
    ]
    return decide(compare(*runs)), [Suite("mine", "1", "", "", (of,))]


def test_a_comparison_is_told_which_of_its_prompts_were_trained_on():
    comparison, suites = world([1] * 8 + [0] * 8, [0, 1] * 4 + [1] * 8)
    dirty = {"baseline": {"rules": ["s8", "elsewhere"]}, "candidate": {"rules": [f"s{n}" for n in range(8, 16)]}}
    found = annotated(comparison, suites, dirty)
    (task,) = found.contaminated
    assert (task.task, task.num_prompts, task.baseline_dirty) == ("rules", 16, ("s8",))
    assert task.candidate_dirty == tuple(f"s{n}" for n in range(8, 16))
    assert task.all == tuple(row for row in comparison.metrics if row.gating)
    assert [(row[0].n, row[0].difference) for row in (task.clean, task.dirty)] == [(8, -0.5), (8, 1.0)]
    assert found.verdict is comparison.verdict
    assert replace(found, contaminated=(), warnings=comparison.warnings) == comparison


def test_a_finding_that_clean_prompts_do_not_bear_out_is_warned_of():
    comparison, suites = world([0] * 40 + [1] * 10, [1] * 40 + [1] * 10)
    dirty = {"baseline": {}, "candidate": {"rules": {f"s{n}" for n in range(40)}}}
    (*_, warning) = annotated(comparison, suites, dirty).warnings
    assert warning.startswith(
        "rules: 40 of 50 prompts stand in training data (A 0, B 40); on prompt_strict, B is better (+0.800 [+0."
    )
    assert "over all of them, and over the 10 others no difference is shown (+0.000" in warning


def test_a_finding_that_clean_prompts_bear_out_is_no_warning():
    comparison, suites = world([0] * 40 + [1] * 10, [1] * 40 + [1] * 10)
    found = annotated(comparison, suites, {"baseline": {"rules": ["s1"]}})
    assert found.contaminated[0].clean[0].n == 49
    assert found.warnings == comparison.warnings


def test_a_side_whose_training_data_nobody_knows_has_no_number_of_dirty_prompts():
    comparison, suites = world([0] * 40 + [1] * 10, [1] * 40 + [1] * 10)
    found = annotated(comparison, suites, {"candidate": {"rules": [f"s{n}" for n in range(40)]}})
    assert "stand in training data (A unknown, B 40)" in found.warnings[-1]


def test_without_clean_prompts_nothing_can_be_said():
    comparison, suites = world([0] * 20, [1] * 20)
    found = annotated(comparison, suites, {"candidate": {"rules": [f"s{n}" for n in range(20)]}})
    assert found.warnings[-1].endswith("over all of them, and over the 0 others nothing can be said")


def test_prompts_that_nobody_was_trained_on_leave_a_comparison_as_it_is():
    comparison, suites = world([0, 1], [1, 1])
    assert annotated(comparison, suites, {"baseline": {"rules": ["elsewhere"]}, "candidate": {}}) == comparison


def test_swapping_the_sides_swaps_the_dirty_prompts_and_turns_the_differences():
    a, b = [1] * 8 + [0] * 8, [0, 1] * 4 + [1] * 8
    there, suites = world(a, b)
    back, _ = world(b, a)
    ids = {"rules": ["s8", "s9", "s10"]}
    (one,), (other,) = (
        annotated(there, suites, {"candidate": ids}).contaminated,
        annotated(back, suites, {"baseline": ids}).contaminated,
    )
    assert one.candidate_dirty == other.baseline_dirty == ("s8", "s9", "s10")
    assert [row.difference for row in (*one.clean, *one.dirty)] == [
        -row.difference for row in (*other.clean, *other.dirty)
    ]
