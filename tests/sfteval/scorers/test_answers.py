"""Exact, numeric, choice, contains, regex. Run: pytest tests/sfteval/scorers/test_answers.py."""

import time

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.types import Graded, Outcome, Reading, Sample, Task


def grade(scorer: str, answer: str, target: object, options: dict | None = None, **metadata: object) -> Graded:
    sample = Sample("1", (), target=target, metadata=metadata)
    scored = build_scorer(Task("t", scorer, (sample,), ("accuracy",), options=options or {}))
    return scored.grade(sample, Reading(Outcome.OK, answer))


def accuracy(scorer: str, answer: str, target: object, options: dict | None = None, **metadata: object) -> float | None:
    return grade(scorer, answer, target, options, **metadata).metrics["accuracy"]


AFTER = {"after": "Answer:"}


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("4", "4", 1),
        (" 4\n", "4", 1),
        ("four  five", "four five", 1),
        ("4.", "4", 0),
        ("Four", "four", 0),
        ("4", 4, 1),
        ("", "4", 0),
        ("5", ["4", "5"], 1),
    ],
)
def test_exact_compares_whole_texts(answer: str, target: object, expected: float):
    assert accuracy("exact", answer, target) == expected


def test_exact_may_ignore_case():
    assert accuracy("exact", "STRASSE", "Straße", {"ignore_case": True}) == 1


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Answer: 4", "4"),
        ("answer: 3. No, wait.\nANSWER: 4", "4"),
        ("The answer:\n\n4\nbecause", "4"),
        ("Answer: 4\nmore", "4"),
        ("Answer:", None),
        ("4", None),
    ],
)
def test_the_compared_part_follows_the_last_marker(answer: str, found: str | None):
    assert grade("exact", answer, "4", AFTER).detail["extracted"] == found
    assert accuracy("exact", answer, "4", AFTER) == float(found == "4")


def test_the_compared_part_may_be_the_last_match_of_a_pattern():
    options = {"pattern": r"\\boxed\{([^}]*)\}"}
    assert grade("exact", r"\boxed{3} or \boxed{4}", "4", options).detail["extracted"] == "4"
    assert accuracy("exact", "4", "4", options) == 0
    assert accuracy("exact", "x = 4", "x = 4", {"pattern": "x = .*"}) == 1


@pytest.mark.parametrize(
    "options", [{"after": "A", "pattern": "B"}, {"pattern": "("}, {"after": 3}, {"ignore_case": 1}]
)
def test_options_that_make_no_sense_are_refused(options: dict):
    with pytest.raises(DataError):
        accuracy("exact", "4", "4", options)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("It is 3, no, 4", 4.0),
        ("1,234,567", 1234567.0),
        ("1,23", 23.0),
        ("-4", -4.0),
        ("− 4.50", -4.5),
        ("$1,000.25 in all", 1000.25),
        ("-$5", -5.0),
        ("x-4", 4.0),
        ("10-4", 4.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("3/4", 0.75),
        ("-1/2", -0.5),
        ("1/0", None),
        ("none", None),
        ("4.", 4.0),
        ("**4**", 4.0),
        ("1e999", None),
    ],
)
def test_numeric_reads_the_last_number(answer: str, value: float | None):
    assert grade("numeric", answer, 4).detail["extracted"] == value


def test_numeric_compares_by_value_within_the_tolerance():
    assert accuracy("numeric", "4.0", "4") == 1
    assert accuracy("numeric", "4.01", 4) == 0
    assert accuracy("numeric", "4.01", 4, {"tolerance": 0.02}) == 1
    assert accuracy("numeric", "404", 400, {"relative_tolerance": 0.01}) == 1
    assert accuracy("numeric", "Answer: 4 (not 5)", [5, 7], AFTER) == 1


@pytest.mark.parametrize("target", ["four", True, None, [], float("nan")])
def test_numeric_refuses_a_target_without_a_number(target: object):
    with pytest.raises(DataError):
        accuracy("numeric", "4", target)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("B", "B"),
        ("b.", "B"),
        ("**B**", "B"),
        ("(B)", "B"),
        ("The answer is B.", "B"),
        ("Not A. Answer: (B)", "B"),
        ("The answer is a difficult one", None),
        ("the answer is b", "B"),
        ("B) Paris, because A) is in Peru", "B"),
        ("I would say (B)", "B"),
        ("A city in France", None),
        ("It is Paris", "B"),
        ("Lima or Paris", None),
    ],
)
def test_choice_finds_the_letter_that_the_answer_settles_on(answer: str, letter: str | None):
    detail = grade("choice", answer, "B", choices=["Lima", "Paris", "Oslo"]).detail
    assert detail["extracted"] == letter


@pytest.mark.parametrize("target", ["Z", "", "AB", 2])
def test_choice_refuses_a_target_that_is_no_letter(target: object):
    with pytest.raises(DataError):
        accuracy("choice", "B", target)


def test_contains_looks_for_any_or_all_texts():
    assert accuracy("contains", "Paris is in France", ["paris", "lima"]) == 1
    assert accuracy("contains", "Paris is in France", ["paris", "lima"], {"all": True}) == 0
    assert accuracy("contains", "Paris is in France", "paris", {"case": True}) == 0
    assert grade("contains", "Paris", ["paris", "lima"]).detail["found"] == ["paris"]


def test_regex_searches_with_the_target():
    assert accuracy("regex", "call 555-1234", r"\d{3}-\d{4}") == 1
    assert grade("regex", "call 555-1234", r"\d{3}-\d{4}").detail["matched"] == "555-1234"
    assert accuracy("regex", "call me", r"^\d+$") == 0
    assert accuracy("regex", "CALL", "call", {"ignore_case": True}) == 1


def test_a_broken_pattern_names_its_sample():
    with pytest.raises(DataError) as error:
        accuracy("regex", "", "(a")
    assert str(error.value).startswith('task "t", sample "1", target: expected a regular expression, got "(a"')


def test_a_pattern_that_runs_away_is_stopped_and_blamed_on_no_model():
    start = time.process_time()
    result = grade("regex", "a" * 40 + "!", r"^(a|a|aa)+$")
    assert result.metrics["accuracy"] is None
    assert result.detail["reason"] == "the pattern ran longer than 0.1 s"
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("unit", ["1", "1,", "-", "1/", "(A", "A)", "**", " ", "answer ", ".", "\n"])
@pytest.mark.parametrize("scorer", ["numeric", "choice"])
def test_hostile_answers_are_read_in_linear_time(scorer: str, unit: str):
    target = 4 if scorer == "numeric" else "B"
    start = time.process_time()
    accuracy(scorer, unit * (300_000 // len(unit)), target)
    assert time.process_time() - start < 0.5
