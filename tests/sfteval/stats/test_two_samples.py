"""Gaps of two independent groups and ratios of means. Run: pytest tests/sfteval/stats/test_two_samples.py."""

import math

import numpy as np
import pytest

from sfteval.stats.two_samples import mean_gap, mean_interval, ratio_of_means, share_gap


def test_the_gap_of_two_means_is_welch_s():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    first, second = rng.normal(0.5, 1.0, 30), rng.normal(0.0, 3.0, 50)
    found, oracle = mean_gap(first, second), ttest_ind(first, second, equal_var=False)
    assert found.p_value == pytest.approx(oracle.pvalue)
    bounds = oracle.confidence_interval()
    assert (found.ci.low, found.ci.high) == pytest.approx((bounds.low, bounds.high))


def test_swapped_groups_mirror_the_gap_and_duplicates_in_a_cluster_add_nothing():
    first, second = np.array([1.0, 2.0, 4.0, 4.5]), np.array([0.0, 1.0, 0.5])
    forth, back = mean_gap(first, second), mean_gap(second, first)
    assert (forth.difference, forth.ci.low, forth.p_value) == (-back.difference, -back.ci.high, back.p_value)
    names = [str(place // 2) for place in range(8)], ["a", "b", "c"]
    doubled = mean_gap(np.repeat(first, 2), second, names)
    assert (doubled.ci.low, doubled.ci.high) == pytest.approx((forth.ci.low, forth.ci.high))


def test_groups_without_spread_have_a_gap_with_a_width():
    same, apart = mean_gap(np.zeros(30), np.zeros(30)), mean_gap(np.ones(30), np.zeros(30))
    assert (same.difference, same.p_value) == (0.0, 1.0)
    assert apart.p_value < 1e-10
    assert apart.ci.low < 1.0 < apart.ci.high


def test_the_gap_of_two_shares_is_newcombe_s_published_example():
    interval = share_gap((56, 70), (48, 80))  # his table II, example (a), method 10
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0524, 0.3339)


def test_a_ratio_of_means_turns_around_with_its_sides():
    over, under = np.array([2.0, 3.0, 4.0, 3.0]), np.array([4.0, 5.0, 9.0, 6.0])
    forth, back = ratio_of_means(over, under), ratio_of_means(under, over)
    assert (forth.low, forth.high) == pytest.approx((1 / back.high, 1 / back.low))
    assert forth.low < 0.5 < forth.high
    assert ratio_of_means(np.zeros(3), under[:3]) is None


def test_the_interval_of_a_mean_is_student_s():
    found = mean_interval(np.array([1.0, 2.0, 3.0]))
    assert (found.low, found.high) == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))
