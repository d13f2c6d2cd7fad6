"""Several metrics, and how many prompts. Run: pytest tests/sfteval/stats/test_multiplicity_and_power.py."""

import subprocess
import sys

import pytest

from sfteval.errors import DataError
from sfteval.stats import (
    VarianceSplit,
    benjamini_hochberg,
    holm,
    minimal_detectable_effect,
    num_prompts_mcnemar,
    num_prompts_non_inferior,
    num_prompts_superior,
)

# Benjamini and Hochberg 1995, section 4
P_VALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
P_VALUES += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_holm_rejects_three_and_benjamini_hochberg_four_of_the_published_fifteen():
    assert sum(p <= 0.05 for p in holm(P_VALUES)) == 3
    assert sum(p <= 0.05 for p in benjamini_hochberg(P_VALUES)) == 4


def test_holm_keeps_the_order_and_one_p_value_as_it_is():
    assert holm([0.04, 0.01]) == pytest.approx((0.04, 0.02))
    assert (holm([0.03]), holm([])) == ((0.03,), ())


def test_both_adjustments_are_those_of_statsmodels():
    from statsmodels.stats.multitest import multipletests

    for values in (P_VALUES, P_VALUES[::-1], [0.5, 0.5, 0.5], [0.03, 0.04], [0.0, 1.0, 0.2]):
        assert holm(values) == pytest.approx(multipletests(values, method="holm")[1])
        assert benjamini_hochberg(values) == pytest.approx(multipletests(values, method="fdr_bh")[1])


def test_a_p_value_that_is_none_is_refused():
    with pytest.raises(DataError):
        holm([0.1, 1.5])


@pytest.mark.parametrize(
    ("discordant", "margin", "expected"),
    [(0.05, 0.01, 3092), (0.10, 0.02, 1546), (0.20, 0.03, 1374), (0.25, 0.05, 619), (0.30, 0.10, 186)],
)
def test_non_inferiority_needs_the_published_number_of_prompts(discordant: float, margin: float, expected: int):
    assert num_prompts_non_inferior(discordant, margin) in (expected, expected + 1)  # published rounded, ours up


def test_without_discordance_the_interval_itself_must_clear_the_margin():
    from sfteval.stats.binary import tango_interval

    needed = num_prompts_non_inferior(0.0, 0.05)
    assert needed == 52
    assert tango_interval(0, 0, needed, 0.90).low > -0.05 > tango_interval(0, 0, needed - 1, 0.90).low


def test_no_number_of_prompts_shows_a_margin_of_zero():
    assert num_prompts_non_inferior(0.1, 0.0) is None


def test_superiority_needs_connor_s_number_of_prompts():
    assert num_prompts_mcnemar(0.375, 0.125, power=0.9) == 248  # Duffy 1984


def test_the_minimal_detectable_effect_is_miller_s():
    assert minimal_detectable_effect(1 / 9 + 2 * (1 / 6), 198) == pytest.approx(0.132, abs=0.001)
    assert minimal_detectable_effect(1 / 9 + 2 * (1 / 6) / 10, 198) == pytest.approx(0.0755, abs=0.0006)
    assert minimal_detectable_effect(1 / 9, 969) == pytest.approx(0.03, abs=1e-4)


def test_importing_the_room_does_not_load_statsmodels_or_pandas():
    code = "import sys, sfteval.stats; sys.exit(bool({'statsmodels', 'pandas', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_miller_s_worked_examples_are_met():
    assert num_prompts_superior(1 / 9, 0.03) == 969
    split = VarianceSplit(1 / 9, 1 / 6, 1 / 6)
    assert minimal_detectable_effect(split.variance(1), 198) == pytest.approx(0.132, abs=1e-3)
    assert minimal_detectable_effect(split.variance(10), 198) == pytest.approx(0.0755, abs=1e-3)
