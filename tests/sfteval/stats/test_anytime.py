import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.stats import confidence_sequence, evidence_not_worse, evidence_worse, sign_e_value
from sfteval.stats.anytime import capital

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
