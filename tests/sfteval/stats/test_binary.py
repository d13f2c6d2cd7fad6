"""Right-or-wrong pairs against published values. Run: pytest tests/sfteval/stats/test_binary.py.

Tables are (both right, first only, second only, both wrong) with difference = (first - second) / n, as published in
Fagerland, Lydersen and Laake, chapter 8, and Tango 1998; our `b_only` is the first.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.stats.binary import (
    exact_p,
    mid_p,
    mid_p_worse,
    tango_interval,
    tango_non_inferiority_p,
    tango_non_inferiority_z,
)

BENTUR, CAVO, EZRA = (1, 1, 7, 12), (59, 6, 16, 80), (7, 25, 2, 68)


@pytest.mark.parametrize(
    ("table", "published"),
    [
        (BENTUR, "-0.517 -0.026"),
        (CAVO, "-0.1240 -0.0054"),
        (EZRA, "0.139 0.321"),
        ((4, 9, 3, 16), "-0.027 0.390"),
        ((53, 16, 8, 9), "-0.020 0.207"),
        ((8, 3, 1, 2), "-0.1670 0.4327"),
        ((0, 3, 0, 0), "-0.1230 1.0000"),
    ],
)
def test_tango_s_interval_has_the_published_ends(table: tuple[int, int, int, int], published: str):
    interval = tango_interval(table[1], table[2], sum(table))
    digits = len(published.split(".")[-1])
    assert f"{interval.low:.{digits}f} {interval.high:.{digits}f}" == published


def test_tango_s_interval_at_ninety_percent_and_the_non_inferiority_test_agree_with_the_paper():
    interval = tango_interval(0, 1, 44, level=0.90)
    assert (round(interval.low, 3), round(interval.high, 3)) == (-0.096, 0.037)
    assert round(tango_non_inferiority_z(0, 1, 44, 0.10), 4) == 1.7086
    assert round(tango_non_inferiority_p(0, 1, 44, 0.10), 4) == 0.0438


@pytest.mark.parametrize(
    ("b_only", "a_only", "expected_mid", "expected_exact"),
    [
        (1, 7, 0.039063, 0.070312),
        (6, 16, 0.034690, 0.052479),
        (25, 2, 0.000003, 0.000006),
        (0, 1, 0.5, 1.0),
        (12, 2, 0.007385, 0.012939),
    ],
)
def test_the_p_values_have_the_published_digits(b_only: int, a_only: int, expected_mid: float, expected_exact: float):
    assert round(mid_p(b_only, a_only), 6) == expected_mid
    assert round(exact_p(b_only, a_only), 6) == expected_exact


@pytest.mark.parametrize(
    ("b_only", "a_only", "expected"), [(121, 59, 0.000004), (70, 59, 0.378688), (80, 59, 0.089452)]
)
def test_the_exact_test_agrees_with_statsmodels_own_references(b_only: int, a_only: int, expected: float):
    from statsmodels.stats.contingency_tables import mcnemar

    assert round(exact_p(b_only, a_only), 6) == expected
    assert exact_p(b_only, a_only) == pytest.approx(mcnemar([[101, b_only], [a_only, 33]], exact=True).pvalue, rel=1e-9)


def test_without_discordance_the_interval_has_a_width_and_p_is_one():
    interval = tango_interval(0, 0, 100)
    z2 = 1.959963984540054**2
    assert interval.high == pytest.approx(z2 / (100 + z2), rel=1e-12)
    assert interval.low == -interval.high
    assert (mid_p(0, 0), mid_p_worse(0, 0)) == (1.0, 0.5)


def test_the_one_sided_p_is_small_when_the_candidate_is_worse():
    assert mid_p_worse(1, 7) == pytest.approx(0.039063 / 2, abs=1e-6)
    assert mid_p_worse(7, 1) == pytest.approx(1 - 0.039063 / 2, abs=1e-6)


COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200)).filter(lambda counts: sum(counts) > 0)


@settings(deadline=None)
@given(counts=COUNTS)
def test_swapping_the_sides_mirrors_the_interval_to_the_bit(counts: tuple[int, int, int]):
    b_only, a_only, rest = counts
    n = b_only + a_only + rest
    assert tango_interval(a_only, b_only, n) == tango_interval(b_only, a_only, n).mirrored()
    assert mid_p(a_only, b_only) == mid_p(b_only, a_only)


@settings(deadline=None)
@given(counts=COUNTS, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_interval_holds_the_estimate_and_inverts_the_score_test(counts: tuple[int, int, int], level: float):
    b_only, a_only, rest = counts
    n = b_only + a_only + rest
    interval = tango_interval(b_only, a_only, n, level)
    assert -1 <= interval.low <= (b_only - a_only) / n <= interval.high <= 1
    if interval.low > -0.999 and rest > 0:
        assert tango_non_inferiority_p(b_only, a_only, n, -interval.low) == pytest.approx((1 - level) / 2, rel=1e-4)
