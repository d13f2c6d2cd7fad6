"""Seeds of training in the interval. Run: pytest tests/sfteval/stats/test_seeds.py."""

import numpy as np
import pytest
from scipy import stats

from sfteval.errors import DataError
from sfteval.stats.seeds import compare_seeds

RNG = np.random.default_rng(0)


def drawn(rng, seeds, prompts, *, between=0.0, together=0.0, share=0.5, num=200):
    """Return scores `[seeds, n]` of both sides without a true difference, by the spread of each part."""
    base = rng.normal(0, 1, num)
    sides = (base, base + rng.normal(0, prompts, num))
    spread = (2 * between * share, 2 * between * (1 - share))
    return tuple(
        side + rng.normal(0, size, (count, 1)) + rng.normal(0, together, (count, num))
        for side, size, count in zip(sides, spread, seeds, strict=True)
    )


def test_where_only_seeds_differ_it_is_welchs_t_over_the_seeds():
    a, b = (np.tile(RNG.normal(mean, 0.1, (count, 1)), 50) for mean, count in ((0.4, 3), (0.6, 4)))
    result, variance = compare_seeds(a, b)
    welch = stats.ttest_ind(b[:, 0], a[:, 0], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert (result.ci.low, result.ci.high) == pytest.approx((low, high))
    assert result.p_value == pytest.approx(welch.pvalue)
    assert (variance.prompts, variance.shared) == pytest.approx((0.0, 0.0), abs=1e-15)
    assert result.method == f"t over seeds and prompts (3 and 4 seeds, {welch.df:.1f} degrees of freedom)"


def test_where_all_seeds_agree_it_is_the_paired_t_over_the_prompts():
    rows = RNG.normal(0.5, 0.2, (2, 80))
    result, variance = compare_seeds(np.tile(rows[0], (3, 1)), np.tile(rows[1], (3, 1)))
    paired = stats.ttest_1samp(rows[1] - rows[0], 0.0)
    low, high = paired.confidence_interval(0.95)
    assert (result.ci.low, result.ci.high) == pytest.approx((low, high))
    assert result.p_value == pytest.approx(paired.pvalue)
    assert variance.seeds == pytest.approx(0.0, abs=1e-15)


def test_what_seeds_and_prompts_both_hold_is_counted_once():
    a, b = (RNG.normal(0.0, 1.0, (6, 400)) for _ in range(2))  # nothing but seed and prompt together
    _, variance = compare_seeds(a, b)
    expected = 2 * 1.0 / (6 * 400)
    assert variance.shared == pytest.approx(expected, rel=0.1)
    assert variance.prompts == pytest.approx(expected, rel=0.2)
    assert variance.total == max(variance.seeds, variance.prompts, variance.seeds + variance.prompts - variance.shared)


def test_prompts_that_share_a_stem_are_one():
    rows = RNG.normal(0.0, 1.0, (6, 40))
    fourfold = np.repeat(rows, 4, axis=1)
    alone, _ = compare_seeds(rows[:3], rows[3:])
    together, _ = compare_seeds(fourfold[:3], fourfold[3:], [f"stem{i // 4}" for i in range(160)])
    assert (together.ci.low, together.ci.high) == pytest.approx((alone.ci.low, alone.ci.high))
    assert (together.n, together.num_clusters) == (160, 40)


def test_the_figure_is_the_mean_over_seeds_of_the_mean_over_prompts():
    result, _ = compare_seeds(np.array([[1.0, 0.0] * 5, [0.0, 0.0] * 5]), np.ones((3, 10)))
    assert (result.baseline, result.candidate, result.difference) == (0.25, 1.0, 0.75)
    assert (result.b_only, result.a_only, result.n) == (10, 0, 10)


def test_swapping_the_recipes_negates_the_difference_and_mirrors_the_interval():
    a, b = drawn(RNG, (3, 5), 0.5, between=0.2, together=0.3)
    (one, _), (two, _) = compare_seeds(a, b), compare_seeds(b, a)
    assert one.difference == -two.difference
    assert (one.ci.low, one.ci.high) == (-two.ci.high, -two.ci.low)
    assert (one.p_value, one.b_only) == (two.p_value, two.a_only)
    assert one.p_regress == pytest.approx(1.0 - two.p_regress)


def test_two_seeds_give_an_interval_and_nothing_to_gate_on():
    a, b = drawn(RNG, (2, 3), 0.5, between=0.2)
    result, _ = compare_seeds(a, b)
    assert result.ci is not None
    assert (result.gate_ci, result.p_regress) == (None, None)
    assert result.method.endswith("at least 3 seeds a side needed to gate")


def test_five_clusters_of_prompts_give_means_and_no_inference():
    result, _ = compare_seeds(np.ones((3, 10)), np.zeros((3, 10)), [f"stem{i % 5}" for i in range(10)])
    assert (result.difference, result.ci, result.p_value) == (-1.0, None, None)
    assert result.method == "none: 5 clusters, at least 6 needed"


def test_recipes_without_any_difference_have_an_interval_with_a_width():
    same = np.tile([1.0, 0.0], (3, 20))
    result, _ = compare_seeds(same, same)
    assert (result.difference, result.p_value) == (0.0, 1.0)
    assert result.ci.high == -result.ci.low == pytest.approx(1.959963984540054**2 / (40 + 1.959963984540054**2))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (np.ones((1, 9)), np.ones((3, 9)), "expected scores of at least 2 seeds a side"),
        (np.ones((3, 9)), np.ones((3, 8)), "expected the same prompts"),
        (np.full((3, 9), np.nan), np.ones((3, 9)), "expected finite numbers"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(a, b, said):
    with pytest.raises(DataError, match=said):
        compare_seeds(a, b)


PARTS = {
    "seeds": {"prompts": 0.3, "between": 0.3, "together": 0.3},
    "seeds of one side": {"prompts": 0.3, "between": 0.15, "together": 0.3, "share": 0.0},
    "seeds and prompts": {"prompts": 1.0, "between": 0.07, "together": 0.3},
    "prompts": {"prompts": 1.0, "together": 0.1},
    "both together": {"prompts": 0.0, "together": 1.0},
}


@pytest.mark.slow
@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_three_seeds_a_side_cover_the_truth_as_often_as_they_say(parts):
    rng, runs = np.random.default_rng(7), 1_000
    results = [compare_seeds(*drawn(rng, (3, 3), **parts))[0] for _ in range(runs)]
    covered = sum(result.ci.low <= 0.0 <= result.ci.high for result in results) / runs
    cried = sum(result.p_regress < 0.05 for result in results) / runs
    error = 3 * (0.05 * 0.95 / runs) ** 0.5  # Monte Carlo
    assert 0.95 - error <= covered <= 0.995
    assert cried <= 0.05 + error
