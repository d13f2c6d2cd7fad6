"""Graded pairs: sign flips and bootstrap. Run: pytest tests/sfteval/stats/test_graded.py."""

import numpy as np
import pytest
from scipy import stats

from sfteval.stats.graded import constant_interval, intervals, sign_flip, standard_error, t_test

MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)  # Darwin, in Fisher 1935


def test_darwin_s_maize_has_fisher_s_exact_p():
    flips = sign_flip(MAIZE, seed=0)
    assert flips.two_sided == 1726 / 32768
    assert flips.method == "sign flip, exact"


def test_darwin_s_maize_has_the_published_t():
    result = t_test(float(MAIZE.mean()), standard_error(MAIZE), 14, "t")
    assert MAIZE.mean() / standard_error(MAIZE) == pytest.approx(2.14799, abs=1e-5)
    assert result.two_sided == pytest.approx(0.0497029, abs=1e-7)


def test_prompts_without_a_difference_change_no_p():
    padded = np.concatenate([MAIZE, np.zeros(500)])
    assert sign_flip(padded, seed=0).two_sided == 1726 / 32768


def test_the_drawn_flips_agree_with_scipy():
    differences = np.random.default_rng(3).normal(0.15, 1.0, 200)
    flips = sign_flip(differences, seed=1)
    oracle = stats.permutation_test(
        (differences,),
        lambda x, axis: np.sum(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        alternative="less",
        rng=np.random.default_rng(0),
    )
    assert flips.less == pytest.approx(oracle.pvalue, abs=0.02)
    assert flips.method == "sign flip, 9999 draws"
    assert flips.two_sided == min(1.0, 2 * min(flips.less, flips.greater))


def test_a_drawn_p_is_never_zero():
    assert sign_flip(np.ones(100) + np.arange(100) / 100, seed=0).two_sided == 2 * 1 / 10_000


def test_many_prompts_are_tested_by_student_and_the_method_says_so():
    differences = np.random.default_rng(0).normal(0.0, 1.0, 3_000)
    said = "Student's t (large sample, in place of resampling)"
    assert sign_flip(differences, seed=0).method == said
    assert intervals(differences, (0.95,), seed=0)[0].method == said
    assert intervals(differences[:20], (0.95,), seed=0)[0].method == "Student's t"  # few prompts, not many


def test_the_bootstrap_is_scipy_s_and_reads_all_levels_off_one_draw():
    differences = np.random.default_rng(5).exponential(1.0, 60) - 0.8
    wide, narrow = intervals(differences, (0.95, 0.90), seed=7)
    alone = stats.bootstrap((differences,), np.mean, method="BCa", rng=np.random.default_rng(7)).confidence_interval
    assert (wide.low, wide.high) == pytest.approx((alone.low, alone.high), abs=0.02)
    assert wide.low < narrow.low < differences.mean() < narrow.high < wide.high
    assert wide.method == narrow.method == "BCa bootstrap"


def test_few_prompts_get_student_s_interval():
    (interval,) = intervals(MAIZE, (0.95,), seed=0)
    low, high = stats.t.interval(0.95, 14, MAIZE.mean(), standard_error(MAIZE))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-12)


def test_equal_differences_never_give_a_width_of_zero():
    (interval,) = intervals(np.zeros(50), (0.95,), seed=0)
    z2 = 1.959963984540054**2
    assert (interval.low, interval.high) == pytest.approx((-z2 / (50 + z2), z2 / (50 + z2)))
    assert constant_interval(0.5, 50, 0.95, scale=4.0).high == pytest.approx(0.5 + 4 * z2 / (50 + z2))
    assert sign_flip(np.zeros(50), seed=0).two_sided == 1.0


def test_one_odd_prompt_among_equal_ones_still_gets_an_interval():
    differences = np.zeros(40)
    differences[0] = 1.0
    (interval,) = intervals(differences, (0.95,), seed=0)
    assert interval.low < 0.025 < interval.high
