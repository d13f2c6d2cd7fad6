"""The sentence about how fair the training of two sides was."""

from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.report import fairness_sentence
from tests.sfteval.scripted import run_of

FAIR = {
    "same_base": True,
    "same_rows": True,
    "same_order": True,
    "same_steps": None,
    "supervised_tokens": [73288, 253064],
}


def sentence(record):
    comparison = compare(run_of([1.0, 0.0]), run_of([1.0, 1.0], "b"))
    return fairness_sentence(replace(comparison, reproduce={"fairness": record}))


def test_what_is_the_same_and_what_each_side_learned_from_is_said():
    assert sentence(FAIR) == "Same base, rows, order. Tokens learned in training: A 73,288, B 253,064."


def test_what_differs_is_said():
    said = sentence({**FAIR, "same_rows": False, "supervised_tokens": [None, None]})
    assert said == "Same base, order; not the same rows."


@pytest.mark.parametrize("record", [None, {}, {"same_base": None}, {"supervised_tokens": "many"}])
def test_where_nothing_is_known_nothing_is_claimed(record):
    assert sentence(record) == ""
