"""Numbers of another harness: taken where they were given to this very question, and nowhere else."""

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.types import Message, Outcome, Reading, Sample, Task

SAMPLE = Sample("1", (Message("user", "2+2?"),), target={"question": "abc", "gold": "4"})
TASK = Task("sums", "recorded", (SAMPLE,), ("match", "other"))


def graded(**recorded):
    return build_scorer(TASK).grade(SAMPLE, Reading(Outcome.OK, "4", recorded=recorded))


def test_the_numbers_of_this_question_are_taken_and_others_are_none():
    found = graded(question="abc", metrics={"match": 1, "more": 0.5}, extracted={"match": "4"})
    assert found.metrics == {"match": 1.0, "other": None}
    assert found.detail == {"gold": "4", "extracted": {"match": "4"}}
    assert found.stands


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        ({"question": "abd", "metrics": {"match": 1}}, "not comparable: the number was given to another question"),
        ({}, "no other harness has scored this answer"),
    ],
)
def test_numbers_of_another_question_and_no_numbers_are_none_and_say_why(recorded, reason):
    found = graded(**recorded)
    assert found.metrics == {"match": None, "other": None}
    assert found.detail["reason"].startswith(reason)


@pytest.mark.parametrize("metrics", [None, [1], {"match": "1"}, {"match": [1]}, {"match": float("nan")}])
def test_what_is_no_number_is_none(metrics):
    assert graded(question="abc", metrics=metrics).metrics == {"match": None, "other": None}


def test_a_target_of_another_form_is_refused():
    with pytest.raises(DataError, match="as `sfteval import` writes it"):
        build_scorer(Task("sums", "recorded", (Sample("1", (), target="4"),), ("match",)))
