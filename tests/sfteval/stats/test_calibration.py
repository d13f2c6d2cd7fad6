import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.stats import JudgeErrors, corrected_rate, prediction_powered, with_settled


def test_the_published_correction_is_met_to_the_printed_digits():
    found = corrected_rate(0.4, 1_000, JudgeErrors(0.9, 0.7, 200, 200))
    assert found.value == pytest.approx(1 / 6, abs=1e-5)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.05635, 0.26273), abs=1e-5)


def test_a_perfect_judge_changes_nothing_but_the_interval():
    found = corrected_rate(0.4, 1_000, JudgeErrors(1.0, 1.0, 500, 500))
    assert found.value == pytest.approx(0.4)
    assert found.interval.low < 0.4 < found.interval.high


def test_a_judge_no_better_than_chance_is_refused():
    with pytest.raises(DataError, match="sensitivity \\+ specificity above 1"):
        corrected_rate(0.4, 1_000, JudgeErrors(0.6, 0.4, 50, 50))


def test_the_youden_index_is_what_shrinks_a_difference():
    assert JudgeErrors(0.9, 0.7, 200, 200).youden == pytest.approx(0.6)


def test_a_judge_that_is_always_right_makes_the_labelled_prompts_one_sample_among_many():
    truth = np.tile([1.0, 0.0, -1.0, 0.0], 25)
    judged = np.tile([1.0, 0.0, -1.0, 1.0], 250)
    found = prediction_powered(judged, truth, truth)
    weight = 1 / (1 + len(truth) / len(judged)) * np.var(truth, ddof=1) / np.var(np.r_[judged, truth], ddof=1)
    assert found.value == pytest.approx(weight * np.mean(judged))


def test_a_judge_without_any_relation_to_the_truth_is_not_listened_to():
    truth, judged = np.array([1.0, -1.0, 1.0, -1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    found = prediction_powered(np.ones(50), judged, truth)
    assert found.value == pytest.approx(0.0)
    assert "weight 0.00" in found.interval.method


@pytest.mark.slow
def test_the_interval_covers_the_truth_though_the_judge_favours_one_side():
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(500):
        truth = generator.choice([-1.0, 0.0, 1.0], size=400, p=[0.2, 0.5, 0.3])
        judged = np.clip(truth + generator.choice([0.0, 1.0], size=400, p=[0.7, 0.3]), -1.0, 1.0)
        found = prediction_powered(judged[100:], judged[:100], truth[:100])
        covered += found.interval.low <= 0.1 <= found.interval.high
    assert 0.92 <= covered / 500 <= 0.98
    assert float(np.mean(judged)) > 0.2  # what the judge alone would have said


def test_too_few_labels_are_refused():
    with pytest.raises(DataError, match="two or more labelled prompts"):
        prediction_powered(np.zeros(5), np.zeros(1), np.zeros(1))


def test_labels_that_tell_nothing_are_refused():
    for errors in (JudgeErrors(0.1, 1.0, 100, 1), JudgeErrors(0.9, 0.9, 0, 10)):
        with pytest.raises(DataError, match="judge correction"):
            corrected_rate(0.1, 100, errors)


def test_a_judge_that_no_label_contradicts_is_not_taken_for_one_without_errors():
    truth, judged = np.tile([1.0, 0.0], 10), np.tile([1.0, 0.0], 500)
    found = prediction_powered(judged, truth, truth).interval
    few = prediction_powered(judged, np.tile(truth, 20), np.tile(truth, 20)).interval
    assert found.high - found.low > 0.3  # z^2 / (20 + z^2) on either side
    assert few.high - few.low < 0.08


def test_what_needed_no_judge_is_added_without_any_error():
    judged, labelled = np.tile([1.0, 0.0], 50), np.tile([1.0, 0.0], 10)
    alone = prediction_powered(judged, labelled, labelled)
    beside = prediction_powered(judged, labelled, labelled, np.full(120, 0.5))
    assert (alone.value, beside.value) == (pytest.approx(0.5), pytest.approx(0.5))
    width, narrower = (found.interval.high - found.interval.low for found in (alone, beside))
    assert narrower == pytest.approx(width / 2, rel=1e-6)  # half of all prompts are certain


def test_prompts_of_one_stem_count_as_what_they_are():
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.choice([0.0, 1.0], size=60), 5)
    said = np.where(rng.random(300) < 0.1, 0.5, truth)
    stems = [str(number) for number in np.repeat(np.arange(60), 5)]
    alone, shared = (
        prediction_powered(said[100:], said[:100], truth[:100], clusters=names).interval
        for names in ([""] * 300, [*stems[100:], *stems[:100]])
    )
    assert shared.high - shared.low > 1.6 * (alone.high - alone.low)
    with pytest.raises(DataError, match="labels from 1 stems"):
        prediction_powered(said[100:], said[:100], truth[:100], clusters=[*stems[100:], *["one"] * 100])


def test_a_corrected_rate_is_diluted_by_what_needed_no_correction():
    found = corrected_rate(0.4, 1_000, JudgeErrors(0.9, 0.7, 200, 200))
    beside = with_settled(found, 1_000, np.full(1_000, 0.5))
    assert beside.value == pytest.approx((found.value + 0.5) / 2)
    assert (found.interval.high - found.interval.low) / 2 < beside.interval.high - beside.interval.low
    assert beside.interval.high - beside.interval.low < 0.55 * (found.interval.high - found.interval.low)
    assert with_settled(found, 1_000, np.zeros(0)) is found
