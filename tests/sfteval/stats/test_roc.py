"""Areas under the curve with DeLong's variance. Run: pytest tests/sfteval/stats/test_roc.py."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfteval.stats.roc import compare_areas, roc_area, true_positives_at

SCORES = st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=25).map(np.array)


def test_the_area_counts_ties_as_halves():
    assert roc_area(np.array([3.0, 2.0, 2.0]), np.array([1.0, 2.0, 0.0])).area == pytest.approx(8 / 9)


def test_delong_s_error_is_that_of_the_written_out_covariances():
    first, second = np.array([3.0, 2.0, 2.0, 5.0]), np.array([1.0, 2.0, 0.0, 4.0])
    wins = (first[:, None] > second[None, :]) + 0.5 * (first[:, None] == second[None, :])
    error = math.sqrt(np.var(wins.mean(axis=1), ddof=1) / 4 + np.var(wins.mean(axis=0), ddof=1) / 4)
    found = roc_area(first, second)
    assert found.area == wins.mean()
    half = math.log(found.ci.high / (1 - found.ci.high)) - math.log(found.area / (1 - found.area))
    assert half == pytest.approx(1.959964 * error / (found.area * (1 - found.area)), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(first=SCORES, second=SCORES)
def test_the_area_is_the_same_under_a_rising_map_and_turns_around_with_the_groups(first, second):
    found, mapped = roc_area(first, second), roc_area(np.exp(first / 3), np.exp(second / 3))
    assert (found.area, found.ci) == (mapped.area, mapped.ci)
    turned = roc_area(second, first)
    assert turned.area == pytest.approx(1.0 - found.area)
    assert (turned.ci.low, turned.ci.high) == pytest.approx((1.0 - found.ci.high, 1.0 - found.ci.low))
    assert 0.0 <= found.ci.low <= found.area + 1e-12
    assert found.area - 1e-12 <= found.ci.high <= 1.0


@settings(max_examples=60, deadline=None)
@given(data=st.data(), sizes=st.tuples(st.integers(3, 12), st.integers(3, 12)))
def test_swapping_two_scores_negates_their_difference(data, sizes):
    def drawn(size):
        return np.array(data.draw(st.lists(st.integers(-5, 5).map(float), min_size=size, max_size=size)))

    a, b = (drawn(sizes[0]), drawn(sizes[1])), (drawn(sizes[0]), drawn(sizes[1]))
    forth, back = compare_areas(a, b), compare_areas(b, a)
    assert forth.difference == -back.difference
    assert forth.p_value == back.p_value
    assert (forth.ci.low, forth.ci.high) == (-back.ci.high, -back.ci.low)


def test_a_score_against_itself_ties_with_a_width():
    scores = np.arange(40.0), np.arange(40.0) - 7
    found = compare_areas(scores, scores)
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.ci.high == pytest.approx(1.959964**2 / (40 + 1.959964**2) / math.sqrt(12), rel=1e-6)


def test_two_groups_that_lie_apart_have_an_area_of_one_with_a_width():
    found = roc_area(np.arange(10.0) + 20, np.arange(10.0))
    assert (found.area, found.ci.high) == (1.0, 1.0)
    assert found.ci.low == pytest.approx(1 - 1.959964**2 / (10 + 1.959964**2), rel=1e-6)


def test_true_positives_are_those_above_the_bar_that_few_of_the_others_reach():
    others = np.arange(100.0)
    assert true_positives_at(np.array([94.0, 94.5, 99.0, 120.0]), others, 0.05) == 0.75
    assert true_positives_at(others, others, 0.05) == 0.05
    assert true_positives_at(np.array([1.0, 1.0]), np.array([1.0, 1.0]), 0.05) == 0.0


@pytest.mark.slow
def test_the_interval_of_an_area_covers_at_its_level():
    rng, true, hits = np.random.default_rng(0), 0.760250, 0  # of normals one deviation apart
    for _ in range(2_000):
        ci = roc_area(rng.normal(1.0, 1.0, 40), rng.normal(0.0, 1.0, 40)).ci
        hits += ci.low <= true <= ci.high
    assert 0.935 < hits / 2_000 < 0.97


@pytest.mark.parametrize("scores", [np.array([1.0]), np.array([1.0, np.nan]), np.ones((2, 2))])
def test_what_is_no_group_of_scores_is_refused(scores):
    with pytest.raises(DataError, match="expected at least two numbers"):
        roc_area(scores, np.array([0.0, 1.0]))
