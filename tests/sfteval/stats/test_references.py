"""Published values to their printed digits, where another file does not have them.

Run: pytest tests/sfteval/stats/test_references.py. Tables are (both right, first only, second only, both wrong), as in
Fagerland, Lydersen and Laake, chapter 8; our `b_only` is the first.
"""

from bisect import bisect_right

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm

from sfteval.stats import (
    num_prompts_mcnemar,
    num_prompts_non_inferior,
    num_prompts_superior,
    proportion_interval,
    wilson_interval,
)
from sfteval.stats.binary import exact_p, mid_p, tango_interval, tango_non_inferiority_z
from sfteval.stats.power import power_mcnemar, power_non_inferior, power_superior
from tests.sfteval.stats.other_intervals import bonett_price, newcombe, wald

BENTUR, CAVO, EZRA = (1, 1, 7, 12), (59, 6, 16, 80), (7, 25, 2, 68)
TANGO_VII, NEWCOMBE, TANG = (4, 9, 3, 16), (20, 12, 2, 16), (8, 3, 1, 2)


def printed(ends: tuple[float, float], published: str) -> str:
    digits = len(published.split(".")[-1])
    return " ".join(f"{end:.{digits}f}" for end in ends)


@pytest.mark.parametrize(
    ("table", "published"),
    [
        (BENTUR, "-0.507 -0.026"),
        (CAVO, "-0.1186 -0.0046"),
        (EZRA, "0.133 0.318"),
        (TANGO_VII, "-0.0273 0.3807"),
        (NEWCOMBE, "0.0562 0.3292"),
        (TANG, "-0.1574 0.4136"),
        ((1, 0, 0, 1), "-0.5734 0.5734"),
    ],
)
def test_newcombe_s_interval_is_the_published_one_and_tango_s_lies_near_it(table, published):
    assert printed(newcombe(table), published) == published
    found = tango_interval(table[1], table[2], sum(table))
    assert (found.low, found.high) == pytest.approx(newcombe(table), abs=0.09)


def test_newcombe_s_eighth_method_is_without_the_correction():
    assert printed(newcombe(NEWCOMBE, corrected=False), "0.0618 0.3242") == "0.0618 0.3242"


@pytest.mark.parametrize(
    ("table", "adjusted", "plain"),
    [
        (BENTUR, "-0.508 -0.013", "-0.520 -0.052"),
        (CAVO, "-0.1195 -0.0032", "-0.1184 -0.0058"),
        (EZRA, "0.129 0.313", "0.136 0.315"),
    ],
)
def test_bonett_and_price_s_and_wald_s_intervals_are_the_published_ones(table, adjusted, plain):
    assert printed(bonett_price(table), adjusted) == adjusted
    assert printed(wald(table), plain) == plain


@pytest.mark.parametrize(
    ("b_only", "a_only", "published"),
    [(1, 7, "0.033895"), (6, 16, "0.033006"), (25, 2, "0.000010"), (12, 2, "0.007526")],
)
def test_the_score_test_at_no_margin_is_mcnemar_s_asymptotic_test(b_only, a_only, published):
    z = tango_non_inferiority_z(b_only, a_only, 200, 0.0)
    assert f"{2 * norm.sf(abs(z)):.6f}" == published


def test_the_score_test_at_no_margin_has_the_chi_square_that_statsmodels_publishes():
    z = tango_non_inferiority_z(121, 59, 314, 0.0)
    assert f"{z * z:.5f} {2 * norm.sf(z):.6e}" == "21.35556 3.815136e-06"


@pytest.mark.parametrize(
    ("b_only", "a_only", "chi_square", "published"),
    [(6, 16, None, "0.055009"), (121, 59, "20.67222", "0.000005450095"), (70, 59, "0.7751938", "0.3786151")],
)
def test_the_corrected_test_is_published_too_and_lies_near_the_exact_one_above_mid_p(
    b_only, a_only, chi_square, published
):
    from statsmodels.stats.contingency_tables import mcnemar

    corrected = mcnemar([[0, b_only], [a_only, 0]], exact=False, correction=True)
    assert f"{corrected.pvalue:.{len(published) - 2}f}" == published
    assert chi_square is None or f"{corrected.statistic:.{len(chi_square.split('.')[1])}f}" == chi_square
    assert mid_p(b_only, a_only) < exact_p(b_only, a_only) == pytest.approx(corrected.pvalue, rel=0.3)


def test_darwin_s_maize_has_the_published_wilcoxon_p_which_is_not_that_of_the_mean():
    maize = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)
    assert round(float(stats.wilcoxon(maize, method="exact").pvalue), 7) == 0.0412598


def test_bonferroni_and_hochberg_reject_three_of_benjamini_and_hochberg_s_fifteen():
    from statsmodels.stats.multitest import multipletests

    from tests.sfteval.stats.test_multiplicity_and_power import P_VALUES

    for method in ("bonferroni", "holm", "simes-hochberg"):
        assert int(np.sum(multipletests(P_VALUES, method=method)[0])) == 3


def test_one_proportion_has_wilson_s_and_clopper_and_pearson_s_published_intervals():
    assert printed((wilson_interval(81, 263).low, wilson_interval(81, 263).high), "0.2553 0.3662") == "0.2553 0.3662"
    for count, num, published in ((13, 16, "0.5435 0.9595"), (10, 10, "0.6915 1.0000")):
        found = proportion_interval(count, num)
        assert printed((found.low, found.high), published) == published


def test_cohen_s_kappa_of_the_textbook_table_is_four_tenths():
    from statsmodels.stats.inter_rater import cohens_kappa

    found = cohens_kappa(np.array([[20, 5], [10, 15]]))
    assert f"{found.kappa:.2f} {found.std_kappa:.4f}" == "0.40 0.1270"
    assert f"{found.kappa_low:.3f} {found.kappa_upp:.3f}" == "0.151 0.649"


@pytest.mark.parametrize(
    ("discordant", "published"),
    [
        (0.05, (3092, 773, 344, 124, 31)),
        (0.10, (6183, 1546, 687, 248, 62)),
        (0.20, (12366, 3092, 1374, 495, 124)),
        (0.30, (18548, 4637, 2061, 742, 186)),
    ],
)
def test_the_whole_table_of_non_inferiority_is_met(discordant, published):
    assert tuple(num_prompts_non_inferior(discordant, margin) for margin in (0.01, 0.02, 0.03, 0.05, 0.10)) == published


def test_mcnemar_needs_the_published_prompts():
    # printed as 22, 17 and 247.997; ours is rounded up from 22.01, 17.09 and 247.997
    assert num_prompts_mcnemar(0.50, 0.40) == 23
    assert num_prompts_mcnemar(0.50, 0.40, alpha=0.10) == 18  # one-sided .05
    assert num_prompts_mcnemar(0.375, 0.125, power=0.9) == 248


def test_a_hundred_and_forty_four_prompts_have_connor_s_power_by_the_exact_test_and_more_by_mid_p():
    power = 0.0
    for num, chance in enumerate(stats.binom.pmf(np.arange(145), 144, 0.70)):
        most = bisect_right(range(num // 2), 0.05, key=lambda b, num=num: exact_p(b, num - b)) - 1
        power += chance * stats.binom.cdf(most, num, 0.25 / 0.70)
    assert round(power, 2) == 0.80
    assert power_mcnemar(144, a_only=0.45, b_only=0.25, alpha=0.025) == pytest.approx(0.825, abs=1e-3)


def test_a_paired_t_test_needs_the_published_pairs_two_more_than_the_normal_formula():
    from statsmodels.stats.power import TTestPower

    assert round(TTestPower().solve_power(0.5, power=0.8, alpha=0.05), 3) == 33.367
    assert num_prompts_superior(1.0, 0.5) == 32


def test_the_power_of_the_planned_prompts_is_the_planned_power():
    assert power_non_inferior(0.2, 0.03, 1374) == pytest.approx(0.8, abs=1e-3)
    assert power_non_inferior(0.0, 0.03, 1) == 1.0
    assert power_superior(1 / 9, 0.03, 969) == pytest.approx(0.8, abs=1e-3)
    assert power_superior(1 / 9, 0.0, 969) == pytest.approx(0.05)  # no difference: the test's own level


def test_the_power_of_mcnemar_s_test_without_a_difference_stays_under_its_level():
    assert 0.02 < power_mcnemar(100, 0.1, 0.1, alpha=0.05) <= 0.055
    assert power_mcnemar(100, 0.0, 0.0) == 0.0
