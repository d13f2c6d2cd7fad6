"""Labels of a comparison's own pairs: found by their texts, and put together with what the judge says."""

from dataclasses import replace

import pytest

from sfteval.errors import ConfigurationError, DataError
from sfteval.judge.gold import GoldPair
from sfteval.judging.contests import matches
from sfteval.judging.labels import check_truth, labels_of, num_labelled, truths, with_labels
from sfteval.types import Contest, Outcome
from tests.sfteval.judge.worlds import comparison, pair, task


def gold(shown, winner, *, mirrored=False):
    """Return a label of a pair that is shown, its two answers in this order or in the other."""
    contest = next(matches(comparison([shown]), task())).contest
    if mirrored:
        contest = replace(contest, baseline=contest.candidate, candidate=contest.baseline)
    return GoldPair(contest, winner)


def known(pairs, labels, **options):
    return truths(task(**options), tuple(matches(comparison(pairs), task())), labels)


def test_a_label_is_found_by_both_texts_whichever_stood_first():
    pairs = [pair(1, 3, 9), pair(2, 3, 9), pair(3, 3, 9)]
    labels = labels_of([gold(pairs[0], "candidate"), gold(pairs[1], "candidate", mirrored=True)])
    assert known(pairs, labels) == [1.0, 0.0, None]


def test_a_label_of_other_texts_to_the_same_prompt_is_none():
    labels = labels_of([gold(pair(1, 3, 9), "candidate")])
    assert known([pair(1, 3, 8)], labels) == [None]


def test_two_labels_that_contradict_each_other_are_refused():
    one = gold(pair(1, 3, 9), "candidate")
    with pytest.raises(DataError, match="expected one label for two texts"):
        labels_of([one, gold(pair(1, 3, 9), "candidate", mirrored=True)])
    assert len(labels_of([one, one])) == 2


def scored(shown, a, b):
    return replace(
        shown,
        baseline=replace(shown.baseline, metrics={"accuracy": a}),
        candidate=replace(shown.candidate, metrics={"accuracy": b}),
    )


def test_a_metric_that_the_task_names_says_what_is_true_where_it_has_a_value():
    pairs = [scored(pair(1, 3, 9), 0.0, 1.0), scored(pair(2, 3, 9), 1.0, 1.0), scored(pair(3, 3, 9), None, 1.0)]
    assert known(pairs, {}, judge_truth="accuracy") == [1.0, 0.5, None]
    assert known(pairs, {}) == [None, None, None]
    labels = labels_of([gold(pairs[0], "baseline")])
    assert known(pairs, labels, judge_truth="accuracy") == [0.0, 0.5, None]  # a person's label goes first


def test_a_truth_that_is_no_metric_of_the_task_is_refused():
    check_truth(task(judge_truth="answered"))
    with pytest.raises(ConfigurationError, match='judge_truth: expected a metric that the task shows, got "answred"'):
        check_truth(task(judge_truth="answred"))


def test_labels_undo_what_the_judge_favours():
    pairs = [pair(number, 3, 9) for number in range(200)]
    found = tuple(matches(comparison(pairs), task()))
    true = [1.0 if number % 2 else 0.0 for number in range(200)]
    said = [1.0 if number % 4 == 0 else value for number, value in enumerate(true)]  # half of B's losses pass for wins
    labelled = [value if number % 5 == 0 else None for number, value in enumerate(true)]
    rate = with_labels(found, said, labelled)
    assert sum(said) / 200 == pytest.approx(0.75)
    assert rate.value == pytest.approx(0.5, abs=0.05)
    assert rate.ci_low < 0.5 < rate.ci_high < 0.75
    assert (rate.n, num_labelled(found, labelled)) == (200, 40)


def test_what_needed_no_judge_has_no_error_that_labels_could_show():
    same = [pair(number, 3, 3) for number in range(100)]
    same = [replace(one, candidate_reading=one.baseline_reading) for one in same]
    heard = [pair(number, 3, 9) for number in range(100, 160)]
    cut = [pair(number, 3, 9, (Outcome.OK, Outcome.EMPTY)) for number in range(160, 200)]
    found = tuple(matches(comparison([*same, *heard, *cut]), task()))
    said = [0.5] * 100 + [1.0] * 60 + [0.0] * 40
    true = [None] * 100 + [float(number % 2) for number in range(20)] + [None] * 80  # half of the heard are no wins
    rate = with_labels(found, said, true)
    assert rate.value == pytest.approx((100 * 0.5 + 60 * 0.5 + 0) / 200)
    assert rate.n == 200


def test_few_labels_give_no_figure():
    found = tuple(matches(comparison([pair(number, 3, 9) for number in range(40)]), task()))
    assert with_labels(found, [1.0] * 40, [1.0] * 9 + [None] * 31) is None
    assert with_labels(found, [1.0] * 40, [1.0] * 40) is None  # nothing is left for the judge to add
    assert with_labels(found, [1.0] * 40, [1.0] * 10 + [None] * 30) is not None


def test_an_answer_without_a_verdict_is_in_neither_part():
    found = tuple(matches(comparison([pair(number, 3, 9) for number in range(40)]), task()))
    rate = with_labels(found, [None] + [1.0] * 39, [1.0] * 11 + [None] * 29)
    assert rate.n == 39


def test_samples_of_one_prompt_are_averaged_and_those_with_a_label_stand_for_it():
    pairs = [pair(number, 3, 9, index=index) for number in range(20) for index in range(2)]
    found = tuple(matches(comparison(pairs), task()))
    true = [1.0 if number < 20 and number % 2 == 0 else None for number in range(40)]
    rate = with_labels(found, [1.0, 0.0] * 20, true)
    # Ten prompts by their labelled answer (right: 1), ten by both answers (1 and 0).
    assert rate.n == 20
    assert num_labelled(found, true) == 10


def test_the_key_of_a_pair_does_not_mistake_one_conversation_for_another():
    shown = pair(1, 3, 9)
    other = gold(shown, "candidate")
    contest = other.contest
    moved = Contest(contest.id, (*contest.messages, *contest.messages), contest.baseline, contest.candidate)
    assert known([shown], labels_of([GoldPair(moved, "candidate")])) == [None]
