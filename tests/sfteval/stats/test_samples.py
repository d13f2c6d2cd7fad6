import math

import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.stats import VarianceSplit, ragged, split_variance

A = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
B = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])


def test_the_variance_of_two_answers_to_each_prompt_is_split_exactly():
    # per-prompt differences .5, -.5, 0: variance .25; within: (.5 + 0 + 0) / 3 = 1/6 a side, half of it a side's noise
    split = split_variance(A, B)
    assert (split.baseline, split.candidate) == (pytest.approx(1 / 6), pytest.approx(1 / 6))
    assert split.prompts == pytest.approx(0.25 - 2 * (1 / 6) / 2)


def test_one_answer_to_each_prompt_leaves_the_spread_within_unknown():
    split = split_variance(A[:, :1], B[:, :1])
    assert (split.baseline, split.candidate) == (None, None)
    assert split.prompts == pytest.approx(float(np.var([0.0, 0.0, 0.0], ddof=1)))


def test_absent_answers_are_left_out_and_count_where_they_are_fewer():
    holes = B.copy()
    holes[1, 1] = math.nan
    split = split_variance(A, holes)
    assert split.candidate == pytest.approx(0.0)  # the prompts that have two answers agree with themselves
    assert split.baseline == pytest.approx(1 / 6)


def test_the_split_is_unbiased():
    generator = np.random.default_rng(0)
    found = []
    for _ in range(200):
        shared = generator.normal(0, 1, (100, 1))
        a = shared + generator.normal(0, 2, (100, 4))
        b = shared + generator.normal(0, 0.5, (100, 1)) + generator.normal(0, 1, (100, 4))
        found.append(split_variance(a, b))
    assert np.mean([split.prompts for split in found]) == pytest.approx(0.25, abs=0.08)  # floored at 0: a little more
    assert np.mean([split.baseline for split in found]) == pytest.approx(4.0, rel=0.03)
    assert np.mean([split.candidate for split in found]) == pytest.approx(1.0, rel=0.03)


def test_what_to_buy_follows_from_the_split():
    split = VarianceSplit(1 / 9, 1 / 6, 1 / 6)
    assert split.standard_error(198, 1) == pytest.approx(math.sqrt((1 / 9 + 1 / 3) / 198))
    assert split.share_of_prompts(1) == pytest.approx(0.25)
    assert split.share_of_prompts(10) == pytest.approx(10 / 13)
    assert VarianceSplit(0.0, None, None).share_of_prompts(1) is None


@pytest.mark.parametrize(
    "scores", [np.array([0.0, 1.0]), np.array([[math.nan], [1.0]]), np.array([[1.0]])], ids=["flat", "hole", "one"]
)
def test_what_cannot_be_split_is_said(scores):
    with pytest.raises(DataError, match="samples per prompt: expected"):
        split_variance(scores, scores)


def test_twice_the_prompts_narrow_by_a_root_and_twice_the_answers_by_their_share():
    by_prompts, by_samples = VarianceSplit(0.3, 0.1, 0.1).narrowing(1)
    assert by_prompts == pytest.approx(1 - math.sqrt(0.5))
    assert by_samples == pytest.approx(1 - math.sqrt(0.4 / 0.5))
    assert VarianceSplit(0.0, None, None).narrowing(1) is None


def test_rows_of_different_lengths_end_in_nan():
    assert np.array_equal(ragged([[1.0, 0.0], [1.0]]), [[1.0, 0.0], [1.0, math.nan]], equal_nan=True)
