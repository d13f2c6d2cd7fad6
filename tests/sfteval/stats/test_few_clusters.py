"""Drawing whole clusters. Run: pytest tests/sfteval/stats/test_few_clusters.py."""

import numpy as np
import pytest

from sfteval.stats.few_clusters import bootstrap_t_intervals, percentile_interval

SUMS = np.array([2.0, -1.0, 3.0, 0.5, 1.0, 4.0, -2.0, 1.5])
SIZES = np.array([4.0, 3.0, 5.0, 4.0, 2.0, 6.0, 3.0, 4.0])


def test_the_studentised_interval_holds_the_mean_and_nests_by_level():
    wide, narrow = bootstrap_t_intervals(SUMS, SIZES, (0.95, 0.90), seed=1)
    mean = SUMS.sum() / SIZES.sum()
    assert wide.low < narrow.low < mean < narrow.high < wide.high
    assert wide.method == "cluster bootstrap-t (8 clusters)"


def test_the_same_seed_gives_the_same_ends_and_another_seed_nearly_the_same():
    one, again, other = (bootstrap_t_intervals(SUMS, SIZES, (0.95,), seed)[0] for seed in (1, 1, 2))
    assert one == again != other
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.08)


def test_it_is_wider_than_the_plain_percentiles_which_are_too_narrow_for_few():
    (studentised,) = bootstrap_t_intervals(SUMS, SIZES, (0.95,), seed=1)
    plain = percentile_interval(SUMS, SIZES, 0.95, seed=1)
    assert studentised.high - studentised.low > 1.2 * (plain.high - plain.low)


def test_clusters_of_which_a_draw_often_shows_no_spread_give_no_interval():
    sums = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 3.0])
    assert bootstrap_t_intervals(sums, np.full(6, 4.0), (0.95,), seed=0) is None
