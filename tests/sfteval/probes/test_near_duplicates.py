"""Jaccard similarity of 4-word shingles, and that no similar turn is missed for want of a shared rare shingle."""

import random

from sfteval.probes.eval_items import items_of
from sfteval.probes.near_duplicates import NearDuplicates, jaccard
from sfteval.probes.suite_grams import SuiteGrams
from sfteval.probes.training_rows import TrainingRow, batches_of
from sfteval.types import Message, Sample, Suite, Task


def test_similarity_is_shared_shingles_over_all_shingles():
    one = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    assert jaccard(one, one) == 1.0
    assert jaccard(one, [*one, "today"]) == 6 / 7
    assert jaccard(one, one[::-1]) == 0.0
    assert jaccard(one, one[:3]) == 0.0


def test_exactly_the_turns_that_are_similar_enough_are_found():
    generator = random.Random(3)
    vocabulary = [f"w{number}" for number in range(30)]
    questions = [generator.choices(vocabulary, k=generator.randint(8, 60)) for _ in range(60)]
    turns = [changed(generator, question, vocabulary) for question in questions for _ in range(4)]
    samples = tuple(Sample(str(i), (Message("user", " ".join(one)),)) for i, one in enumerate(questions))
    suite = Suite("s", "1", "CC0", "", (Task("t", "contains", samples, ("accuracy",)),))
    sought = SuiteGrams.of(items_of(suite))
    near = NearDuplicates.of(sought, sought.masks[4])
    rows = [TrainingRow(str(i), (" ".join(turn),)) for i, turn in enumerate(turns)]
    found = set()
    for batch in batches_of(rows, sought.grams):
        names = sought.grams.names(batch.tokens)[4]
        found |= {(question, batch.ids[row]) for question, row, _ in near.found_in(batch, names)}
    distinct = {tuple(turn): str(i) for i, turn in reversed(list(enumerate(turns)))}
    expected = {
        (i, name) for i, one in enumerate(questions) for turn, name in distinct.items() if jaccard(one, turn) >= 0.8
    }
    assert found == expected
    assert 30 < len(expected) < len(turns)


def changed(generator, question, vocabulary):
    """Return a question with some words at its ends or within changed."""
    turn = list(question)
    for _ in range(generator.randint(0, 2)):
        turn[generator.choice([0, -1, generator.randrange(len(turn))])] = generator.choice(vocabulary)
    return turn + generator.choices(vocabulary, k=generator.randint(0, 2))
