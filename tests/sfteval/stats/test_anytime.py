import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.stats import confidence_sequence, evidence_not_worse, evidence_worse, sign_e_value
from sfteval.stats.anytime import capital, compare_in_order

THRESHOLD = 20.0  # 1 / .05


def answers(generator, num, drop, discordant):
    """Return paired differences of right-or-wrong answers with a true mean of -drop."""
    worse, better = (discordant + drop) / 2, (discordant - drop) / 2
    return generator.choice([-1.0, 1.0, 0.0], size=num, p=[worse, better, 1 - discordant])


@pytest.mark.parametrize(("b_only", "a_only", "published"), [(10, 0, 186.0909), (8, 2, 4.00202)])
def test_sign_e_values_are_the_published_ones(b_only, a_only, published):
    assert sign_e_value(b_only, a_only) == pytest.approx(published, rel=1e-6)


def test_a_sign_e_value_is_one_without_discordant_prompts_and_bounded_with_many():
    assert sign_e_value(0, 0) == pytest.approx(1.0)
    assert sign_e_value(0, 5_000) < 1e-3
    assert np.isfinite(sign_e_value(5_000, 0))


def test_under_the_hypothesis_the_expected_e_value_is_at_most_one():
    from scipy.stats import binom

    for discordant in (1, 5, 40):
        expected = sum(binom.pmf(b, discordant, 0.5) * sign_e_value(b, discordant - b) for b in range(discordant + 1))
        assert expected == pytest.approx(1.0)


def test_capital_starts_at_one_and_multiplies_by_what_was_bet():
    from sfteval.stats.anytime import BETS

    assert capital(np.array([0.5]), 0.5)[0] == pytest.approx(1.0)
    assert capital(np.array([1.0]), 0.5)[0] == pytest.approx(1.0 + float(np.mean(BETS)))
    assert capital(np.array([1.0, 0.0]), 0.5)[1] == pytest.approx(float(np.mean(1.0 - BETS**2)))


def test_equal_answers_show_in_the_end_that_nothing_was_lost_and_never_that_something_was():
    same = np.zeros(400)
    assert evidence_worse(same)[-1] == pytest.approx(1.0)
    assert int(np.argmax(evidence_not_worse(same, 0.05) >= THRESHOLD)) + 1 < 150


def test_swapping_the_sides_mirrors_the_confidence_sequence():
    differences = answers(np.random.default_rng(3), 300, 0.1, 0.3)
    here, there = confidence_sequence(differences), confidence_sequence(-differences)
    assert (here.low, here.high) == pytest.approx((-there.high, -there.low), abs=1e-5)
    assert here.low < float(np.mean(differences)) < here.high


def test_the_confidence_sequence_never_widens():
    differences = answers(np.random.default_rng(4), 300, 0.0, 0.2)
    widths = [found.high - found.low for found in (confidence_sequence(differences[:n]) for n in (20, 60, 150, 300))]
    assert widths == sorted(widths, reverse=True)


def test_differences_outside_of_their_range_are_refused():
    with pytest.raises(DataError, match=r"each in \[-1, 1\]"):
        confidence_sequence(np.array([2.0]))


def test_an_interval_a_p_value_and_the_evidence_say_the_same():
    b = np.array([0.0] * 30 + [1.0] * 10)
    result = compare_in_order(np.ones(40), b, [""] * 40, largest=1, margin=0.05)
    evidence = evidence_worse(b - 1.0).max()
    assert result.p_regress == pytest.approx(1.0 / evidence)
    assert result.p_value == pytest.approx(2.0 / evidence)
    assert (result.gate_ci.high < 0.0) == (evidence > THRESHOLD)
    assert (result.n, result.difference, result.a_only, result.b_only) == (40, -0.75, 30, 0)
    assert result.gate_ci == confidence_sequence(b - 1.0, 0.90)


def test_prompts_that_would_do_are_told_where_more_of_them_would_be_needed():
    a, b = np.array([1.0, 0.0] * 20), np.array([1.0, 1.0, 0.0, 0.0] * 10)
    few = compare_in_order(a, b, [""] * 40, largest=1, margin=0.05)
    assert few.n_needed > 40
    assert compare_in_order(a, b, [""] * 40, largest=1, margin=0.9).n_needed is None


def clusters(generator, num):
    """Return scores and stems of small clusters that are lost and large ones that gain; over prompts it is even."""
    large = generator.random(num) < 0.2
    sizes = np.where(large, 4, 1)  # 80 % of the clusters hold half of the prompts
    lost = np.where(large, generator.random(num) < 0.3, generator.random(num) < 0.7)
    baseline, candidate = np.repeat(lost.astype(float), sizes), np.repeat(1.0 - lost, sizes)
    return baseline, candidate, [f"stem{i}" for i in np.repeat(np.arange(num), sizes)]


def test_the_bets_are_on_prompts_and_not_on_clusters():
    a, b, stems = clusters(np.random.default_rng(1), 4_000)
    result = compare_in_order(a, b, stems, largest=4, margin=0.05)
    assert result.ci.low < 0.0 < result.ci.high
    means = np.bincount([int(stem[4:]) for stem in stems], weights=b - a) / np.bincount([int(s[4:]) for s in stems])
    assert confidence_sequence(means).high < 0.0  # a mean over clusters, which is not asked for


@pytest.mark.slow
def test_clusters_cry_wolf_in_at_most_five_of_a_hundred():
    generator, runs = np.random.default_rng(8), 200
    found = [compare_in_order(*clusters(generator, 200), largest=4, margin=0.05).p_regress for _ in range(runs)]
    assert sum(p <= 0.05 for p in found) / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


@pytest.mark.slow
def test_looking_after_every_prompt_cries_wolf_in_at_most_five_of_a_hundred():
    generator = np.random.default_rng(5)
    runs = 600
    cried = sum(evidence_worse(answers(generator, 600, 0.0, 0.2)).max() >= THRESHOLD for _ in range(runs))
    passed = sum(evidence_not_worse(answers(generator, 600, 0.05, 0.2), 0.05).max() >= THRESHOLD for _ in range(runs))
    error = 3 * (0.05 * 0.95 / runs) ** 0.5  # Monte Carlo
    assert cried / runs <= 0.05 + error
    assert passed / runs <= 0.05 + error


@pytest.mark.slow
def test_a_real_drop_is_seen_early_and_the_confidence_sequence_covers_it_throughout():
    generator = np.random.default_rng(6)
    stops, covered = [], 0
    for _ in range(200):
        differences = answers(generator, 1_000, 0.15, 0.2)
        crossed = evidence_worse(differences) >= THRESHOLD
        stops.append(int(np.argmax(crossed)) + 1 if crossed.any() else 1_001)
        found = confidence_sequence(differences)
        covered += found.low <= -0.15 <= found.high
    assert float(np.median(stops)) < 120
    assert covered / 200 >= 0.92
