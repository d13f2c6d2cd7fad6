"""Families of differences. Run: pytest tests/sfteval/probes/test_pairs.py."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import NotComparableError
from sfteval.probes.pairs import compare_gaps, compare_means, compare_roc, decide
from sfteval.probes.splits import Value, gap_of
from sfteval.stats import holm
from sfteval.types import Finding

NUMBERS = st.lists(st.integers(-40, 40).map(lambda number: number / 8), min_size=24, max_size=24)


def values(numbers: list[float]) -> tuple[Value, ...]:
    return tuple(Value(f"v{n}", "train" if n % 2 else "held_out", "", number) for n, number in enumerate(numbers))


@settings(max_examples=40, deadline=None)
@given(a=NUMBERS, b=NUMBERS, compare=st.sampled_from([compare_gaps, compare_roc]))
def test_swapping_the_checkpoints_negates_the_difference_and_turns_the_finding(a, b, compare):
    turned = {Finding.BETTER: Finding.WORSE, Finding.WORSE: Finding.BETTER}
    (forth,) = decide([compare("p", "m", values(a), values(b), margin=0.1)])
    (back,) = decide([compare("p", "m", values(b), values(a), margin=0.1)])
    assert forth.difference == -back.difference
    assert (forth.ci_low, forth.ci_high) == (-back.ci_high, -back.ci_low)
    assert forth.p_value == back.p_value
    assert turned.get(forth.finding, forth.finding) == back.finding


def test_findings_stand_on_holm_s_p_values_of_the_whole_family():
    moved = [0.5 + 0.4 * (n % 3) if n % 2 else 0.3 * (n % 5) for n in range(24)]
    one = compare_gaps("p", "m", values([0.0] * 24), values(moved), margin=0.01)
    family = [replace(one, p_value=p) for p in (0.03, 0.04, 0.2)] + [replace(one, p_value=None, difference=None)]
    alone, together = decide(family[:1]), decide(family)
    assert alone[0].finding == Finding.WORSE
    assert [found.finding for found in together] == [Finding.NOT_SHOWN] * 4
    assert [found.p_adjusted for found in together] == [*holm([0.03, 0.04, 0.2]), None]


def test_what_surely_lies_within_the_margin_is_a_tie_however_surely_it_is_not_zero():
    moved = values([0.02 + 0.001 * (n % 3) if n % 2 else 0.001 * (n % 5) for n in range(24)])
    findings = []
    for margin in (0.05, 0.001):
        (found,) = decide([compare_gaps("p", "m", values([0.0] * 24), moved, margin=margin)])
        assert found.p_adjusted < 1e-6
        findings.append(found.finding)
    assert findings == [Finding.EQUIVALENT, Finding.WORSE]


def test_more_is_better_where_the_measure_says_so():
    a, b = {f"m{n}": float(n % 3) for n in range(40)}, {f"m{n}": n % 3 + 1.0 + 0.1 * (n % 2) for n in range(40)}
    better, worse = (
        decide([compare_means("p", "m", a, b, margin=0.1, lower_is_better=low)])[0].finding for low in (False, True)
    )
    assert (better, worse) == (Finding.BETTER, Finding.WORSE)


def test_too_few_items_show_nothing_and_say_so():
    (found,) = decide([compare_gaps("p", "gap", values([1.0] * 8), values([0.0] * 8), margin=0.1)])
    assert (found.finding, found.difference) == (Finding.NOT_SHOWN, None)
    assert found.sentence == "Nothing can be said of gap: fewer than 6 independent items in a split."
    (none,) = decide([compare_means("p", "mean", {}, {}, margin=0.1)])
    assert none.sentence == "Nothing can be said of mean: fewer than 6 items."


def test_an_item_in_another_split_is_not_comparable():
    other = [value._replace(split="train") for value in values([1.0] * 24)]
    with pytest.raises(NotComparableError, match="expected one split and one cluster on both sides"):
        compare_gaps("p", "m", values([1.0] * 24), other, margin=0.1)


def test_items_of_a_source_widen_the_interval_of_a_gap():
    alone = values([float(n % 7) for n in range(48)])
    shared = [value._replace(cluster=f"{value.split}{value.number:g}") for value in alone]
    widths = [found.high - found.low for found in (gap_of(alone), gap_of(shared))]
    assert widths[1] > 1.5 * widths[0]


def test_items_of_one_source_count_as_one():
    a, b = values([0.0] * 24), values([1.0 if n % 2 else 0.0 for n in range(24)])
    of_one = [[value._replace(cluster="same") for value in side] for side in (a, b)]
    (found,) = decide([compare_gaps("p", "m", *of_one, margin=0.1)])
    assert found.finding == Finding.NOT_SHOWN
    assert decide([compare_gaps("p", "m", a, b, margin=0.1)])[0].finding == Finding.WORSE
