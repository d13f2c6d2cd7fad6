import numpy as np
import pytest
from scipy.stats import t

from sfteval.stats.length_control import length_controlled


def judged(num, level, slope, seed=0):
    rng = np.random.default_rng(seed)
    extra = rng.normal(40.0, 100.0, num)
    odds = level + slope * np.tanh(extra / np.std(extra))
    return (rng.random(num) < 1.0 / (1.0 + np.exp(-odds))).astype(float), extra


def test_length_explains_the_wins_of_a_judge_of_length():
    wins, extra = judged(2_000, 0.0, 2.0)
    found = length_controlled(wins, extra)
    assert wins.mean() > 0.58
    assert found.interval.low < 0.5 < found.interval.high
    assert found.slope_interval.low > 1.5


def test_few_stems_get_no_figure_and_some_a_wider_one():
    wins, extra = judged(600, 0.3, 0.5)
    assert length_controlled(wins, extra, [str(number % 5) for number in range(600)]) is None
    few = length_controlled(wins, extra, [str(number % 8) for number in range(600)])
    logits = [np.log(end / (1.0 - end)) for end in (few.interval.low, few.win_rate, few.interval.high)]
    slopes = (few.slope_interval.low, few.slope, few.slope_interval.high)
    design = np.column_stack([np.ones(600), np.tanh(extra / np.std(extra))])
    fitted = 1.0 / (1.0 + np.exp(-design @ np.array([logits[1], few.slope])))
    scores = np.array([((wins - fitted)[g::8, None] * design[g::8]).sum(axis=0) for g in range(8)])
    bread = np.linalg.inv(design.T @ (design * (fitted * (1.0 - fitted))[:, None]))
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * 8 / 7 * 599 / 598)
    assert logits[2] - logits[1] == pytest.approx(t.isf(0.025, 7) * errors[0], rel=1e-6)
    assert slopes[2] - slopes[1] == pytest.approx(t.isf(0.025, 7) * errors[1], rel=1e-6)


def test_a_better_candidate_stays_better_at_equal_length():
    found = length_controlled(*judged(2_000, 1.0, 0.0))
    assert found.interval.low < 1.0 / (1.0 + np.exp(-1.0)) < found.interval.high
    assert found.slope_interval.low < 0.0 < found.slope_interval.high
    assert not found.disagrees


def test_a_win_that_length_made_is_flagged():
    found = length_controlled(*judged(4_000, -0.35, 3.0, seed=1))
    assert found.win_rate < 0.5
    assert found.disagrees


def test_the_interval_covers_the_truth_as_often_as_it_says():
    truth = 1.0 / (1.0 + np.exp(-0.4))
    covered = [
        found.interval.low <= truth <= found.interval.high
        for seed in range(200)
        if (found := length_controlled(*judged(300, 0.4, 1.0, seed))) is not None
    ]
    assert 0.91 <= np.mean(covered) <= 0.985  # 95 %, and three standard errors of 200 trials


def test_clusters_widen_the_interval():
    wins, extra = judged(400, 0.3, 0.5)
    four = [str(place // 4) for place in range(400)]
    repeated = length_controlled(np.repeat(wins[::4], 4), np.repeat(extra[::4], 4), four)
    alone = length_controlled(np.repeat(wins[::4], 4), np.repeat(extra[::4], 4))
    assert repeated.interval.high - repeated.interval.low > 1.8 * (alone.interval.high - alone.interval.low)


def test_what_cannot_be_fitted_has_no_rate():
    wins, extra = judged(200, 0.0, 0.0)
    assert length_controlled(wins[:99], extra[:99]) is None
    assert length_controlled(np.ones(200), extra) is None
    assert length_controlled(wins, np.zeros(200)) is None
