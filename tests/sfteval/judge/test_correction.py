"""What a judge's known errors do to its figures, with the truth planted: 500 worlds each."""

import numpy as np
from scipy.stats import norm

from sfteval.judge import Lock
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


TRUE_WORTHS, SHARES = np.array([1.0, 0.0, 0.5]), np.array([0.35, 0.25, 0.4])  # candidate, baseline, neither is better
SAID = {1.0: [0.6, 0.05, 0.35], 0.0: [0.05, 0.6, 0.35], 0.5: [0.15, 0.15, 0.7]}  # of one that calls close pairs a tie


def lock_of_worths(better, worse):
    figures = {
        name: {"mean": float(said.mean()), "num": len(said)}
        for name, said in (("candidate", better), ("baseline", worse))
    }
    return Lock("i", "j", "g", "trusted", (), {"worth": figures})


def test_a_judge_that_calls_close_pairs_a_tie_is_corrected_towards_neither_side():
    rng, covered, leaning = np.random.default_rng(2), 0, 0
    for _ in range(NUM_WORLDS):
        gold = {worth: rng.choice(TRUE_WORTHS, size=80, p=SAID[worth]) for worth in (1.0, 0.0)}
        errors = lock_of_worths(gold[1.0], gold[0.0]).errors
        counts = rng.multinomial(300, SHARES)
        said = np.concatenate(
            [rng.choice(TRUE_WORTHS, size=n, p=SAID[float(w)]) for w, n in zip(TRUE_WORTHS, counts, strict=True)]
        )
        interval = corrected_rate(float(said.mean()), 300, errors).interval
        covered += interval.low <= 0.55 <= interval.high
        one_sided = JudgeErrors(float((gold[1.0] == 1.0).mean()), float((gold[0.0] != 1.0).mean()), 80, 80)
        interval = corrected_rate(float(said.mean()), 300, one_sided).interval
        leaning += interval.low <= 0.55 <= interval.high
    assert covered / NUM_WORLDS >= 0.93
    assert leaning / NUM_WORLDS < 0.1  # where a tie is an error on one side only, it leans far over


def test_prediction_powered_differences_recover_the_truth_beside_prompts_that_needed_no_judge_and_stems_of_prompts():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(NUM_WORLDS):
        stems = np.repeat(np.arange(100), 4)
        pull = rng.normal(0.0, 0.35, size=100)[stems]  # prompts of a stem go the same way
        truth = np.clip(np.round(rng.normal(0.1, 0.6, size=400) + pull), -1.0, 1.0)
        settled = rng.random(400) < 0.2
        truth[settled] = 0.0  # the same text twice
        said = np.where(rng.random(400) < 0.2, 1.0, truth)
        labelled = ~settled & (rng.random(400) < 0.3)
        parts = [~settled & ~labelled, labelled, settled]
        names = [str(stem) for part in parts for stem in stems[part]]
        judged = [said[parts[0]], said[labelled], truth[labelled], truth[settled]]
        found = prediction_powered(*judged, clusters=names).interval
        covered += found.low <= TRUE_MEAN <= found.high
    assert 0.93 <= covered / NUM_WORLDS <= 0.99


def expected_mean():
    """Return the mean of the clipped and rounded normal of the test above, four fifths of it heard."""
    spread = float(np.hypot(0.6, 0.35))
    return 0.8 * float(norm.sf(0.5, 0.1, spread) - norm.cdf(-0.5, 0.1, spread))


TRUE_MEAN = expected_mean()
