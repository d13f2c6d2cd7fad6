"""What a judge's known errors do to its figures, with the truth planted: 500 worlds each."""

import numpy as np

from sfteval.stats import JudgeErrors, corrected_rate, prediction_powered

NUM_WORLDS = 500


def judged(rng, truth, sensitivity, specificity):
    """Return what a judge that errs so often says of the truth."""
    right = rng.random(len(truth)) < np.where(truth, sensitivity, specificity)
    return np.where(right, truth, ~truth)


def test_corrected_rates_recover_the_planted_truth():
    rng, covered, raw = np.random.default_rng(0), 0, 0
    for _ in range(NUM_WORLDS):
        better = np.ones(100, dtype=bool)
        good, bad = judged(rng, better, 0.85, 0.75), judged(rng, ~better, 0.85, 0.75)
        errors = JudgeErrors(float(good.mean()), float((~bad).mean()), 100, 100)
        said = judged(rng, rng.random(300) < 0.3, 0.85, 0.75)
        interval = corrected_rate(float(said.mean()), 300, errors).interval
        covered += interval.low <= 0.3 <= interval.high
        raw += abs(float(said.mean()) - 0.3) < 1.96 * np.sqrt(0.3 * 0.7 / 300)
    assert covered / NUM_WORLDS >= 0.93
    assert raw / NUM_WORLDS < 0.9  # uncorrected, the interval would be about another number


def test_prediction_powered_differences_recover_the_planted_truth_though_the_judge_favours_one_side():
    rng, covered, raw = np.random.default_rng(1), 0, 0
    for _ in range(NUM_WORLDS):
        truth = rng.choice([-1.0, 0.0, 1.0], size=520, p=[0.3, 0.3, 0.4])
        said = np.where(
            rng.random(520) < 0.15, 1.0, truth
        )  # it calls the candidate better once in seven times for nothing
        found = prediction_powered(said[120:], said[:120], truth[:120]).interval
        covered += found.low <= 0.1 <= found.high
        raw += abs(said[120:].mean() - 0.1) < 1.96 * said[120:].std(ddof=1) / 20
    assert covered / NUM_WORLDS >= 0.93
    assert raw / NUM_WORLDS < 0.7
