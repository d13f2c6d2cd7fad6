"""Figures over all, clean and dirty prompts: the parts by the same statistics as the whole."""

import pytest

from sfteval.compare.contaminated import by_contamination
from sfteval.compare.metric import compare_metric, paired_table
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
