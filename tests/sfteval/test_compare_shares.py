"""Shares of both sides and the interval of their difference: a mean where each prompt counts once, else a ratio."""

import numpy as np
import pytest
from scipy import stats

from sfteval.compare.shares import Counted, call_rate


def rate(*rows: tuple[tuple[float, float], tuple[float, float]]):
    counted = [Counted(f"s{place}", a, b) for place, (a, b) in enumerate(rows)]
    return call_rate("answers", "", "r", counted, {one.sample_id: one.sample_id for one in counted}, 0)


def test_where_each_prompt_counts_once_the_share_is_compared_as_a_mean():
    found = rate(*[((1, 1), (0, 1))] * 5, *[((1, 1), (1, 1))] * 5)
    assert (found.baseline, found.candidate, found.n_baseline) == (1.0, 0.5, 10)
    assert "McNemar" in found.method


def test_a_ratio_has_the_delta_method_s_interval():
    rows = [((1, 2), (2, 3)), ((0, 1), (1, 1)), ((2, 2), (0, 2)), ((1, 3), (1, 4)), ((0, 2), (2, 2)), ((1, 1), (0, 1)),
            ((0, 0), (1, 2))]  # fmt: skip
    found = rate(*rows)
    a, b = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], float)
    ratios = [side[:, 0].sum() / side[:, 1].sum() for side in (a, b)]
    residuals = [
        (side[:, 0] - ratio * side[:, 1]) / side[:, 1].mean() for side, ratio in zip((a, b), ratios, strict=True)
    ]
    error = np.std(residuals[1] - residuals[0], ddof=1) / np.sqrt(len(rows))
    half = stats.t.isf(0.025, len(rows) - 1) * error
    assert (found.baseline, found.candidate) == pytest.approx(ratios)
    assert (found.ci_low, found.ci_high) == pytest.approx((found.difference - half, found.difference + half))
    assert found.method == "linearised ratio, cluster-robust t (7 clusters)"


def test_twice_the_same_count_in_a_prompt_says_no_more_than_once():
    rows = [((1, 1), (0, 1)), ((1, 1), (1, 1)), ((0, 1), (1, 1)), ((1, 1), (0, 1)), ((1, 1), (1, 1)), ((1, 1), (0, 1))]
    rows *= 2
    doubled = rate(*[((2 * a[0], 2.0), (2 * b[0], 2.0)) for a, b in rows])
    error = np.std([b[0] - a[0] for a, b in rows], ddof=1) / np.sqrt(12)
    assert doubled.ci_high - doubled.ci_low == pytest.approx(2 * stats.t.isf(0.025, 11) * error)


def test_an_interval_never_leaves_what_a_difference_of_shares_can_be():
    found = rate(*[((2, 2), (0, 2))] * 6, ((2, 2), (1, 3)))
    assert found.ci_low == -1.0


def test_nothing_to_count_on_either_side_is_no_rate():
    assert rate(((0, 0), (0, 0))) is None


def test_a_prompt_with_nothing_to_count_on_either_side_is_in_no_cluster():
    assert rate(*[((1, 1), (1, 2))] * 6, ((0, 0), (0, 0))).num_clusters == 6


def test_prompts_count_the_same_whatever_the_number_of_their_answers():
    counted = [Counted(name, (1, 1), (so, 1)) for name, so in (("s0", 1), ("s0", 1), ("s0", 1), ("s1", 0))]
    found = call_rate("answers", "", "r", counted, {"s0": "s0", "s1": "s1"}, 0)
    assert (found.candidate, found.n_candidate) == (0.5, 4)
