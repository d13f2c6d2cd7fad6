"""The catalogue of scorers. Run: pytest tests/sfteval/scorers/test_catalogue.py."""

import pytest

from sfteval import scorers
from sfteval.errors import DataError
from sfteval.scorers import SCORERS, build_scorer
from sfteval.types import Graded, Message, Outcome, Reading, Sample, Task


def task(scorer: str, target: object = "4") -> Task:
    return Task("sums", scorer, (Sample("1", (Message("user", "2+2?"),), target=target),), ("accuracy",))


def test_an_unknown_scorer_names_the_nearest_known_one():
    with pytest.raises(DataError) as error:
        build_scorer(task("numerics"))
    assert str(error.value).startswith('task "sums": expected a known scorer, got "numerics". Did you mean "numeric"?')


TARGETS = {
    "exact": "4",
    "numeric": 4,
    "choice": "B",
    "contains": "4",
    "regex": "4",
    "constraints": {"instructions": [{"id": "punctuation:no_comma", "kwargs": {}}]},
    "toolcalls": {"calls": []},
    "json": {"value": 4, "schema": {"type": "integer"}},
    "answered": None,
    "recorded": {"question": "of a log"},
}


# Their samples are more than a prompt and a target: test_lm_eval_suite.py, scorers/test_agent.py
ELSEWHERE = {"lm-eval", "agent"}


@pytest.mark.parametrize("name", sorted(set(SCORERS) - ELSEWHERE))
def test_every_scorer_of_the_catalogue_builds_and_grades_and_gives_the_same_grade_twice(name: str):
    one = task(name, TARGETS[name])
    scorer = build_scorer(one)
    reading = Reading(Outcome.OK, "4")
    assert scorer.grade(one.samples[0], reading) == scorer.grade(one.samples[0], reading)
    assert all(value in (0.0, 1.0, None) for value in scorer.grade(one.samples[0], reading).metrics.values())


@pytest.mark.parametrize("name", sorted(set(SCORERS) - {"answered", "agent"}))
def test_every_scorer_names_the_sample_whose_target_is_not_its_own(name: str):
    with pytest.raises(DataError) as error:
        build_scorer(task(name, {"neither": "fish nor fowl"}))
    assert 'task "sums", sample "1", target: expected' in str(error.value)


def test_an_unknown_option_names_the_nearest_known_one():
    one = Task("sums", "exact", (), ("accuracy",), options={"aftr": "Answer:"})
    with pytest.raises(DataError) as error:
        build_scorer(one)
    assert str(error.value).startswith(
        'task "sums", options: expected an option of the scorer exact, got "aftr". Did you mean "after"?'
    )


def test_a_third_party_adds_a_scorer_by_entry_point(monkeypatch: pytest.MonkeyPatch):
    class Always:
        def grade(self, sample: Sample, reading: Reading) -> Graded:
            return Graded({"accuracy": 1.0})

    class Point:
        name = "always"

        def load(self):
            return lambda task: Always()

    monkeypatch.setattr(scorers, "entry_points", lambda group: [Point()] if group == "sfteval.scorers" else [])
    one = task("always")
    assert build_scorer(one).grade(one.samples[0], Reading(Outcome.OK, "")).metrics == {"accuracy": 1.0}
