"""Golden samples with several answers: what is lost, and what only varies. Run: pytest tests/sfteval/test_golden.py."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sfteval.gate.golden import golden_guards, is_lost
from sfteval.rules import Rules, TaskRule
from sfteval.stats.two_samples import permutation_lower
from sfteval.types import Outcome, Pair, Reading, Score, Verdict
from tests.sfteval.report.example import comparison, metric
from tests.sfteval.scripted import task

ALPHA = 0.05


@pytest.mark.parametrize(
    ("baseline", "candidate", "lost"),
    [
        ([1], [0], True),  # one answer each: every fall
        ([1], [1], False),
        ([0.9], [0.89], True),
        ([1, 1], [0, 0], True),
        ([1, 1], [1, 0], False),
        ([1, 0], [0, 0], False),  # the baseline has it in no more than half of its answers
        ([1, 1, 0], [0, 0, 0], True),
        ([1, 0, 0], [0, 0, 0], False),
        ([1] * 8, [1] * 5 + [0] * 3, False),  # p = 0.1
        ([1] * 8, [1] * 3 + [0] * 5, True),  # p = 0.013
        ([1] * 5 + [0] * 3, [1] + [0] * 7, False),  # p = 0.059
        ([0.8, 0.9, 0.7, 0.85], [0.69, 0.2, 0.3, 0.1], True),
        ([0.8, 0.9, 0.7, 0.85], [0.9, 0.6, 0.7, 0.5], False),
        ([0, 0, 0], [1, 1, 1], False),
    ],
)
def test_what_is_lost_is_no_longer_reached_or_fell_further_than_chance(baseline, candidate, lost):
    assert is_lost(baseline, candidate, ALPHA) is lost


@pytest.mark.parametrize(("fewest", "alarms"), [(1, 0.25), (2, 0.078), (4, 0.028)])
def test_sides_that_are_equally_good_are_seldom_called_lost_altogether(fewest, alarms):
    """Of K answers with one chance p on both sides: more than half right at A, none at B, exactly."""
    rates = []
    for num in range(fewest, 33):
        for p in np.linspace(0.005, 0.995, 199):
            most = sum(math.comb(num, k) * p**k * (1 - p) ** (num - k) for k in range(num + 1) if 2 * k > num)
            rates.append(most * (1 - p) ** num)
    assert alarms - 0.001 < max(rates) <= alarms + 1e-9


def test_the_permutation_is_fisher_s_lady_and_counts_its_ties():
    assert permutation_lower(np.array([1.0] * 4), np.array([0.0] * 4)) == pytest.approx(1 / 70)
    assert permutation_lower(np.array([0.5, 0.6, 0.7]), np.array([0.2, 0.3, 0.4])) == pytest.approx(1 / 20)
    assert permutation_lower(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 1.0
    graded = permutation_lower(np.array([0.5] * 4), np.array([0.0] * 4))
    assert graded == pytest.approx(permutation_lower(np.array([1.0] * 4), np.array([0.0] * 4)))


def test_too_many_permutations_are_drawn_the_same_way_every_time():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.3, 1.0, 40), rng.normal(0.0, 1.0, 40)
    found = permutation_lower(first, second)
    assert found == permutation_lower(first, second)
    assert found == pytest.approx(1.0 - permutation_lower(second, first), abs=0.02)


def guards(baseline, candidate):
    """Return the guard of one golden sample with so many answers on either side."""
    asked = task(1)
    sample = asked.samples[0]

    def score(index, value):
        return Score(sample.id, index, Outcome.ERROR if value is None else Outcome.OK, {"accuracy": value})

    pairs = tuple(
        Pair(asked.name, sample, i, Reading(Outcome.OK, "x"), Reading(Outcome.OK, "x"), score(i, a), score(i, b))
        for i, (a, b) in enumerate(zip(baseline, candidate, strict=True))
    )
    found = replace(comparison(pairs), metrics=(metric(asked.name, "accuracy"),))
    return list(golden_guards(found, Rules(tasks={asked.name: TaskRule(golden=(sample.id,))})))


def test_a_mean_that_falls_by_chance_is_kept_and_said():
    (guard,) = guards([1.0] * 8, [1.0] * 6 + [0.0] * 2)
    assert guard.verdict is Verdict.PASS
    assert guard.said.endswith("is kept: accuracy 1 to 0.75 is no more than chance (means of 8 answers)")


def test_several_answers_that_fall_together_are_lost():
    (guard,) = guards([1.0] * 8, [1.0] + [0.0] * 7)
    assert guard.verdict is Verdict.REGRESS
    assert guard.said.endswith("is lost: accuracy 1 to 0.125 (means of 8 answers)")


def test_one_missing_answer_of_several_is_still_not_comparable():
    (guard,) = guards([1.0, 1.0], [1.0, None])
    assert guard.verdict is Verdict.NOT_COMPARABLE
