"""Clusters of prompts. Run: pytest tests/sfteval/stats/test_clustered.py."""

import numpy as np
import pytest
from scipy import stats

from sfteval.errors import DataError
from sfteval.stats import compare_paired
from sfteval.stats.binary import tango_ends
from sfteval.stats.clustered import cluster_codes, clustered, clustered_standard_error

RNG = np.random.default_rng(0)
DIFFERENCES = RNG.normal(0.2, 1.0, 240)
CODES = RNG.permutation(np.repeat(np.arange(48), 5)).astype(np.int64)


def test_an_empty_name_is_a_cluster_of_its_own():
    assert cluster_codes(["a", "", "b", "a", ""]).tolist() == [0, 1, 2, 0, 3]


def test_the_closed_formula_is_statsmodels_cluster_robust_error():
    import statsmodels.api as sm

    fit = sm.OLS(DIFFERENCES, np.ones((240, 1))).fit(cov_type="cluster", cov_kwds={"groups": CODES}, use_t=True)
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for an intercept alone
    assert clustered_standard_error(DIFFERENCES, CODES) == pytest.approx(float(fit.bse[0]), rel=1e-12)
    (interval,), flips = clustered(DIFFERENCES, CODES, (0.95,), seed=0)
    low, high = fit.conf_int(0.05)[0]
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9)
    assert flips.two_sided == pytest.approx(float(fit.pvalues[0]), rel=1e-9)
    assert interval.method == "cluster-robust t (48 clusters)"


def test_few_clusters_flip_whole():
    codes = np.repeat(np.arange(8), 5).astype(np.int64)
    differences = np.repeat([1.0, 1, 1, 1, 1, 1, 1, -1], 5)
    _, flips = clustered(differences, codes, (0.95,), seed=0)
    assert flips.two_sided == 2 * 9 / 256  # all eight up, or all but one: 1 + 8 of 256 patterns, on either side
    assert flips.method == "sign flip, exact, whole clusters"


def test_fewer_than_six_clusters_are_refused():
    with pytest.raises(DataError) as error:
        clustered(np.ones(10), np.repeat(np.arange(5), 2).astype(np.int64), (0.95,), seed=0)
    assert "expected at least 6 clusters, got 5" in str(error.value)


def test_clusters_without_any_difference_get_the_width_of_as_many_prompts():
    (interval,), flips = clustered(np.zeros(40), np.repeat(np.arange(20), 2).astype(np.int64), (0.95,), seed=0)
    z2 = 1.959963984540054**2
    assert interval.high == pytest.approx(z2 / (20 + z2))
    assert flips.two_sided == 1.0


@pytest.mark.parametrize(
    ("num_clusters", "method"),
    [
        (9, "cluster-robust t (9 clusters)"),
        (10, "cluster bootstrap-t (10 clusters)"),
        (29, "cluster bootstrap-t (29 clusters)"),
        (30, "cluster-robust t (30 clusters)"),
    ],
)
def test_some_clusters_are_drawn_whole_and_fewer_or_more_get_student_s_t(num_clusters, method):
    codes = np.repeat(np.arange(num_clusters), 4).astype(np.int64)
    differences = np.random.default_rng(num_clusters).normal(0.1, 1.0, 4 * num_clusters)
    bounds, _ = clustered(differences, codes, (0.95, 0.90), seed=0)
    assert {interval.method for interval in bounds} == {method}
    assert bounds[0].low < bounds[1].low < differences.mean() < bounds[1].high < bounds[0].high


def test_clusters_that_rarely_differ_fall_back_to_student_s_t():
    differences = np.zeros(40)
    differences[:3] = 1.0
    (interval,), flips = clustered(differences, np.repeat(np.arange(10), 4).astype(np.int64), (0.95,), seed=0)
    assert interval.method == "cluster-robust t (10 clusters)"
    assert flips.method == "sign flip, exact, whole clusters"


def test_right_or_wrong_answers_in_many_clusters_get_tango_s_interval_of_as_many_prompts_as_they_are_worth():
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(40), 3).astype(np.int64)
    differences = np.repeat(rng.choice([-1.0, 0.0, 1.0], 40, p=[0.1, 0.8, 0.1]), 3)  # three prompts are worth one
    (interval,), flips = clustered(differences, codes, (0.95,), seed=0)
    z = float(stats.t.isf(0.025, 39))
    gained, lost = (int(np.sum(differences[::3] == side)) for side in (1.0, -1.0))
    assert interval.method == "Tango score (design effect 3.08)"  # 3, and 40 / 39 for the mean
    scale = 40 / 39
    assert (interval.low, interval.high) == pytest.approx(tango_ends(gained / scale, lost / scale, 40 / scale, z))
    assert flips.method == "cluster-robust t (40 clusters)"


def test_ratings_that_moved_by_one_of_four_are_not_right_or_wrong():
    codes = np.repeat(np.arange(40), 2).astype(np.int64)
    differences = np.random.default_rng(2).choice([-1.0, 0.0, 1.0], 80)
    (interval,), _ = clustered(differences, codes, (0.95,), seed=0, scale=4.0)
    assert interval.method == "cluster-robust t (40 clusters)"


@pytest.mark.parametrize("num_clusters", [6, 8, 12, 20, 30, 40])
def test_a_loss_that_is_the_same_everywhere_has_an_interval_with_a_width(num_clusters):
    clusters = [str(place // 2) for place in range(2 * num_clusters)]
    found = compare_paired(
        np.full(2 * num_clusters, 0.8), np.full(2 * num_clusters, 0.76), clusters, margin=0.05, alpha=0.05
    )
    assert found.gate_ci.low < -0.05 < -0.04 < found.gate_ci.high


def test_thousands_that_all_lose_alike_leave_no_doubt_and_no_traceback():
    found = compare_paired(np.ones(2_500), np.full(2_500, 0.5), margin=0.05, alpha=0.05)
    assert (found.p_value, found.p_regress, found.difference) == (0.0, 0.0, -0.5)
