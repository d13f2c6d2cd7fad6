"""Win rates. Run: pytest tests/sfteval/stats/test_contests.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfteval.stats import win_rate
from sfteval.stats.binary import mid_p, tango_interval


def contests(wins: int, ties: int, losses: int) -> np.ndarray:
    return np.array([1.0] * wins + [0.5] * ties + [0.0] * losses)


def test_ties_count_half_in_the_rate_and_nothing_in_the_test():
    found = win_rate(contests(12, 6, 2))
    assert (found.n, found.wins, found.ties, found.losses, found.rate) == (20, 12, 6, 2, 0.75)
    assert found.p_value == mid_p(12, 2) == pytest.approx(0.007385, abs=1e-6)
    without = win_rate(contests(12, 0, 2))
    assert without.p_value == found.p_value
    assert found.method == "ties half, mid-p McNemar, Tango score"


def test_the_interval_of_the_rate_is_tango_s_moved_to_one_half():
    found, pairs = win_rate(contests(12, 6, 2)), tango_interval(12, 2, 20)
    assert (found.ci.low, found.ci.high) == (0.5 + pairs.low / 2, 0.5 + pairs.high / 2)
    assert found.ci.low < found.gate_ci.low < 0.75 < found.gate_ci.high < found.ci.high


def test_the_p_value_of_decisive_contests_lies_under_the_exact_sign_test_s():
    from scipy.stats import binomtest

    found = win_rate(contests(30, 40, 15))
    assert found.p_value < binomtest(30, 45).pvalue == pytest.approx(found.p_value, rel=0.4)


def test_means_over_orders_and_repeats_are_graded_scores():
    scores = np.random.default_rng(0).choice([0.0, 0.25, 0.5, 0.75, 1.0], size=80)
    found = win_rate(scores)
    assert found.rate == pytest.approx(float(np.mean(scores)))
    assert found.method == "ties half, sign flip, 9999 draws, BCa bootstrap"
    assert (found.wins, found.losses) == (int(np.sum(scores > 0.5)), int(np.sum(scores < 0.5)))


def test_contests_that_share_a_stem_are_one_cluster_and_fewer_than_six_give_no_interval():
    scores = contests(20, 8, 12)
    stems = [str(place // 4) for place in range(40)]
    assert win_rate(scores, stems).num_clusters == 10
    few = win_rate(scores, [str(place // 10) for place in range(40)])
    assert (few.ci, few.p_value, few.rate) == (None, None, 0.6)


def test_only_ties_are_even_with_a_width():
    found = win_rate(contests(0, 30, 0))
    assert (found.rate, found.p_value) == (0.5, 1.0)
    assert found.ci.low < 0.5 < found.ci.high
    assert found.ci.low == pytest.approx(1.0 - found.ci.high)


def test_only_wins_end_at_one():
    assert win_rate(contests(25, 0, 0)).ci.high == 1.0


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=60)
    | st.lists(st.integers(0, 8).map(lambda eighths: eighths / 8), min_size=2, max_size=60)
)
def test_swapping_the_sides_turns_the_rate_around(scores):
    forth, back = win_rate(np.array(scores)), win_rate(1.0 - np.array(scores))
    assert forth.rate == pytest.approx(1.0 - back.rate)
    assert (forth.wins, forth.ties, forth.losses) == (back.losses, back.ties, back.wins)
    assert forth.p_value == back.p_value
    assert (forth.ci.low, forth.ci.high) == pytest.approx((1.0 - back.ci.high, 1.0 - back.ci.low))


@pytest.mark.parametrize("scores", [np.array([]), np.array([0.5, 1.5]), np.array([np.nan, 1.0]), np.ones((3, 2))])
def test_what_is_no_score_of_a_contest_is_refused(scores):
    with pytest.raises(DataError, match=r"expected one score in \[0, 1\] for each prompt"):
        win_rate(scores)


@pytest.mark.slow
def test_two_orders_of_a_contest_are_one_score_and_counted_as_two_they_find_what_is_not_there():
    generator, runs, found = np.random.default_rng(3), 1_500, np.zeros(2)
    for _ in range(runs):
        leaning = generator.beta(0.8, 0.8, size=(60, 1))  # what the judge thinks of a pair, in either order
        orders = (generator.random((60, 2)) < leaning).astype(float)
        found += [win_rate(orders.mean(axis=1)).p_value < 0.05, win_rate(orders.ravel()).p_value < 0.05]
    alone, doubled = found / runs
    error = 3 * (0.05 * 0.95 / runs) ** 0.5
    assert alone <= 0.05 + error
    assert doubled > 0.08
