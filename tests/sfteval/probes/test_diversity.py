"""How much answers differ. Run: pytest tests/sfteval/probes/test_diversity.py."""

import math

import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.probes import diversity
from sfteval.probes.pairs import decide
from sfteval.probes.variety import distinct, expected_unique, first_token_entropy, ngram_vendi, vendi
from sfteval.types import Drawn, Estimate, Finding

MAT, RUG = [0, 1, 2, 3, 0, 4], [0, 1, 2, 3, 0, 5]  # the cat sat on the mat; the cat sat on the rug
VOCABULARY = 500


def drawn(num_kinds: int, seed: int = 0, num: int = 24) -> list[Drawn]:
    """Return eight answers of 20 tokens to each prompt, of so many different ones."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, VOCABULARY, (num, 8, 20))
    return [
        Drawn(f"o{prompt}", tuple(tuple(kinds[prompt, place % num_kinds].tolist()) for place in range(8)))
        for prompt in range(num)
    ]


def test_distinct_ngrams_of_two_sentences():
    assert distinct([MAT, RUG], 1) == 6 / 12
    assert distinct([MAT, RUG], 2) == 6 / 10
    assert distinct([[], [1]], 2) is None


def test_ead_corrects_for_length():
    assert 6 / expected_unique(12, 50) == pytest.approx(0.5574, abs=1e-4)


def test_vendi_scores_are_the_published_ones():
    assert vendi(np.array([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]])) == pytest.approx(2.1573, abs=1e-4)
    samples = np.array([0, 0, 10, 10, 20, 20])
    assert vendi(np.exp(-np.abs(samples[:, None] - samples))) == pytest.approx(2.9999, abs=1e-4)
    assert vendi(np.ones((5, 5))) == pytest.approx(1.0)
    assert vendi(np.eye(4)) == pytest.approx(4.0)


def test_answers_that_share_nothing_count_each_and_equal_ones_count_once():
    assert ngram_vendi([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) == pytest.approx(3.0)
    assert ngram_vendi([[1, 2, 3]] * 4) == pytest.approx(1.0)
    assert ngram_vendi([[], [], [1, 2]]) == pytest.approx(vendi(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])))


def test_first_tokens_are_counted_as_drawn():
    assert first_token_entropy([[1], [2], [1], [2]]) == pytest.approx(math.log(2))
    assert first_token_entropy([[1, 5], [1, 6]]) == 0.0
    assert first_token_entropy([[], []]) is None


def test_a_collapsed_sampler_fails_and_one_as_diverse_as_its_base_passes():
    collapsed = diversity.probe(drawn(1), drawn(8), vocabulary=VOCABULARY, who="A")
    assert collapsed.verdict == "fail"
    assert collapsed.sentence.startswith("A has 0.1")
    same = diversity.probe(drawn(8, seed=1), drawn(8), vocabulary=VOCABULARY)
    assert same.verdict == "pass"
    assert same.numbers["ratios"]["vendi"]["value"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.5, 0.4, 0.59, "fail"),
        (0.5, 0.3, 0.65, "warn"),
        (0.7, 0.61, 0.79, "warn"),
        (0.9, 0.7, 1.1, "pass"),
        (0.9, 0.5, 1.3, "inconclusive"),
    ],
)
def test_the_lines_of_a_ratio(value, low, high, verdict):
    assert diversity.verdict_of(Estimate(value, low, high, 64)) == verdict


def test_no_open_prompt_is_skipped_and_without_a_base_nothing_is_decided():
    assert diversity.probe([], [], vocabulary=VOCABULARY).verdict == "skipped"
    assert diversity.probe(drawn(1), [], vocabulary=VOCABULARY).verdict == "inconclusive"
    assert diversity.probe(drawn(1, num=5), drawn(8, num=5), vocabulary=VOCABULARY).verdict == "inconclusive"
    with pytest.raises(DataError, match="expected the same prompts"):
        diversity.probe(drawn(1), drawn(8, num=9), vocabulary=VOCABULARY)


def test_the_collapsed_checkpoint_is_worse_and_one_ties_with_itself():
    worse, tie = decide([diversity.compare(drawn(8), drawn(2)), diversity.compare(drawn(8), drawn(8))])
    assert (worse.finding, tie.finding) == (Finding.WORSE, Finding.EQUIVALENT)
    assert worse.difference == -diversity.compare(drawn(2), drawn(8)).difference
