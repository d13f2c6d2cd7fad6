"""Repeated answers, with boilerplate masked. Run: pytest tests/sfteval/probes/test_extraction.py."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sfteval.probes import extraction
from sfteval.probes.grams import boilerplate_of, hashes_of, index_of, longest_copied_run
from sfteval.probes.overlap import draws_needed, longest_common_run, ngram_score, overlap
from sfteval.probes.pairs import decide
from sfteval.types import Estimate, Finding, TokenScores
from tests.sfteval.probes.toys import recited, scored

FIRST = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "today"]
SECOND = ["a", "quick", "brown", "fox", "jumps", "over", "one", "lazy", "dog", "today"]


def ids(*texts):
    names = {word: place for place, word in enumerate(dict.fromkeys(word for text in texts for word in text))}
    return [[names[word] for word in text] for text in texts]


def test_two_sentences_overlap_as_worked_out_by_hand():
    first, second = ids(FIRST, SECOND)
    assert longest_common_run(first, second) == 5
    assert overlap(first, second).subsequence == 0.8
    assert ngram_score(first, second, sizes=(4,)) == pytest.approx(2 / 7)
    assert overlap(first, second).ngrams == pytest.approx((2 / 7 + 1 / 6 + 0) / 3)


def test_the_longest_run_is_that_of_every_stretch_tried():
    rng = np.random.default_rng(0)
    for _ in range(30):
        a, b = (rng.integers(0, 3, rng.integers(1, 12)).tolist() for _ in range(2))
        stretches = [a[i:j] for i in range(len(a)) for j in range(i + 1, len(a) + 1)]
        held = [len(s) for s in stretches if any(b[k : k + len(s)] == s for k in range(len(b)))]
        assert longest_common_run(a, b) == max(held, default=0)
    assert longest_common_run([], [1]) == longest_common_run([1], []) == 0


def test_the_draws_that_a_text_needs_are_those_of_discoverable_extraction():
    assert draws_needed(math.log(0.01), 0.5) == pytest.approx(68.9676, abs=1e-4)
    assert draws_needed(math.log(0.001), 0.9) == pytest.approx(2301.4336, abs=1e-4)
    assert draws_needed(-2_000.0, 0.5) == math.inf
    assert draws_needed(0.0, 0.5) == 0.0


def test_equal_ngrams_have_equal_hashes_and_others_differ():
    tokens = [5, 6, 7, 8, 5, 6, 7, 8, 6, 5, 7, 8]
    found = hashes_of(tokens, 4)
    assert len(found) == 9
    assert found[0] == found[4]
    assert len(set(found.tolist())) == len({tuple(tokens[i : i + 4]) for i in range(9)})
    assert len(hashes_of([1, 2], 4)) == 0


def test_what_a_tenth_of_the_training_answers_share_is_boilerplate():
    answers = [[1, 2, 3, 4, 100 + n, 200 + n, 300 + n, 400 + n] for n in range(20)]
    boilerplate = boilerplate_of(answers)
    assert boilerplate.covers(answers[0]).tolist() == [True] * 4 + [False] * 4
    assert not boilerplate_of([*answers[:2], [9] * 3]).covers(answers[0]).any()
    assert not boilerplate_of([answers[0]] * 50).covers(answers[0]).any()  # one answer, fifty times


def test_boilerplate_counts_for_nothing():
    head = list(range(1, 9))
    answers = [[*head, *range(1000 * n, 1000 * n + 6)] for n in range(1, 21)]
    output, reference = [*head, 7, 7, 7, 7, 7, 7], answers[0]
    assert overlap(output, reference).longest_run == 8
    masked = overlap(output, reference, boilerplate_of(answers))
    assert (masked.longest_run, masked.subsequence, masked.ngrams) == (0, 0.0, 0.0)


def test_an_answer_that_is_all_boilerplate_or_too_short_shows_nothing():
    answers = [list(range(60))] + [[*range(60), 60 + n] for n in range(20)]
    found = overlap(range(60), range(60), boilerplate_of(answers))
    assert (found.verbatim, found.longest_run, found.subsequence, found.ngrams) == (None, 0, None, None)
    assert overlap([1, 2], [1, 2]).ngrams is None
    assert overlap([1, 2], list(range(60))).ngrams == 0.0


def test_novelty_is_the_longest_stretch_copied_from_any_training_answer():
    index = index_of([range(100, 130), range(500, 520)])
    assert longest_copied_run([1, *range(105, 118), 2, *range(500, 509)], index) == 13
    assert longest_copied_run([1, *range(105, 112), 2], index) == 0  # seven tokens are no evidence
    assert longest_copied_run([], index) == 0


def test_a_model_that_repeats_training_answers_fails_and_says_so():
    items, answers = recited(0.15)
    found = extraction.probe(items, answers, who="A")
    assert found.verdict == "fail"
    assert found.sentence.startswith(
        "A repeats 15.0% of training answers for >=50 tokens, held-out 0.0% (n=80, CI 3.2 to 29.1); it shares 15.0%"
    )
    assert found.numbers["verbatim_train"] == 0.15


def test_a_model_that_repeats_nothing_passes_and_one_that_repeats_both_splits_does_not_fail():
    assert extraction.probe(*recited(0.0)).verdict == "pass"
    assert extraction.probe(*recited(0.5, 0.5)).verdict != "fail"


def test_short_answers_are_judged_without_the_fifty_tokens():
    items, answers = recited(0.5, tokens=20)
    found = extraction.probe(items, answers)
    assert found.verdict == "fail"
    assert found.numbers["verbatim_gap"] is None
    assert "50 tokens" not in found.sentence


@pytest.mark.parametrize(
    ("verbatim", "subsequence", "ngrams", "verdict"),
    [
        ((0.02, 0.005), (0.0, -0.1), (0.0, -0.02), "fail"),
        ((0.02, -0.005), (0.2, 0.1), (0.0, -0.02), "fail"),
        ((0.0, -0.01), (0.05, 0.0), (0.09, 0.06), "warn"),
        ((0.0, -0.01), (0.05, 0.0), (0.01, -0.02), "pass"),
        ((0.0, -0.01), (0.05, -0.2), (0.01, -0.02), "inconclusive"),
    ],
)
def test_the_lines_of_the_three_gaps(verbatim, subsequence, ngrams, verdict):
    estimates = [Estimate(value, low, 2 * value - low, 80) for value, low in (verbatim, subsequence, ngrams)]
    assert extraction.verdict_of(*estimates) == verdict


def test_nothing_generated_is_skipped_and_few_answers_are_inconclusive():
    items, answers = recited(1.0)
    assert extraction.probe([], answers).verdict == "skipped"
    assert extraction.probe(items[:30], answers).verdict == "inconclusive"


def test_a_base_model_that_repeats_as_much_is_shown_beside_it():
    items, answers = recited(0.5)
    both = [replace(item, base_output=item.output) for item in items]
    numbers = extraction.probe(both, answers).numbers
    assert numbers["base_ngrams_train"] == numbers["ngrams_train"] == 0.5


def test_answers_that_a_thousand_samples_would_show_are_counted_from_the_log_probabilities():
    items, answers = recited(0.0)
    numbers = extraction.probe(items, answers, scored(60.0, 0.0)).numbers
    assert numbers["discoverable_train"] == 1.0
    assert numbers["discoverable_held_out"] == 0.0


def test_only_the_last_fifty_tokens_must_come_by_chance():
    (one,) = scored(0.0, 0.0)[:1]
    certain, surprising = (-0.01,) * 50, (-9.0,) * 10
    for logprobs, discoverable in ((surprising + certain, 1.0), (certain + surprising, 0.0), (certain[:49], None)):
        item = replace(one, answer=replace(one.answer, model=TokenScores(logprobs)))
        assert extraction.is_discoverable(item) == discoverable


def test_the_parrot_is_worse_and_a_checkpoint_ties_with_itself():
    (parrot, answers), (healthy, _) = recited(0.5), recited(0.0)
    worse, tie = decide([extraction.compare(healthy, parrot, answers), extraction.compare(parrot, parrot, answers)])
    assert (worse.finding, tie.finding) == (Finding.WORSE, Finding.EQUIVALENT)
    assert worse.difference == pytest.approx(0.5, abs=0.01)
    assert worse.p_adjusted >= worse.p_value


def test_an_answer_that_comes_back_behind_three_prefixes_is_one_answer():
    items, answers = recited(0.15)
    thrice = [replace(one, id=f"{one.id}/{n}", cluster=one.id) for one in items for n in range(3)]
    once, often = extraction.probe(items, answers).numbers, extraction.probe(thrice, answers).numbers
    assert often["verbatim_gap"] == once["verbatim_gap"]
    lost = [replace(one, output=()) if one.id.endswith(("/0", "/1")) else one for one in thrice]
    assert extraction.probe(lost, answers).numbers["verbatim_train"] == 0.15  # behind one of them is enough


def test_more_answers_repeated_than_the_line_allows_is_no_pass_however_unsure():
    estimates = [
        Estimate(value, low, 2 * value - low, 80) for value, low in ((0.05, -0.01), (0.05, 0.0), (0.01, -0.02))
    ]
    assert extraction.verdict_of(*estimates) == "inconclusive"


def test_a_common_part_that_is_shorter_in_training_is_called_so():
    sentence = extraction.probe(*recited(0.0, 0.5)).sentence
    assert "; their common part is shorter in training by 49.8%" in sentence
    assert "by -" not in sentence
