import json

from sfteval.judge import read_rubric
from sfteval.judge.verdicts import LONGEST_REASON, read_verdict, reason_of
from sfteval.types import Generation

RUBRIC = read_rubric("reference")


def generation(text, finish="stop", **other):
    return Generation("pairwise", "1", 0, "q", text, finish, **other)


def verdict(**change):
    return json.dumps({"reason": "so", "criteria": {"correctness": "first"}, "choice": "first", **change})


def test_a_whole_object_of_the_form_is_a_verdict():
    found = read_verdict(generation(verdict()), RUBRIC, "pairwise")
    assert (found.failure, found.value["choice"]) == ("", "first")


def test_every_way_of_having_no_verdict_has_its_own_word():
    words = {
        "truncated": generation('{"reason": "so', "length"),
        "transport": generation("", "error", error="lost"),
        "empty": generation("  "),
        "json": generation(verdict() + " Hope this helps!"),
        "form": generation(verdict(choice="both")),
    }
    assert {read_verdict(one, RUBRIC, "pairwise").failure: one for one in words.values()} == words


def test_a_verdict_of_the_other_form_is_none():
    points = json.dumps({"reason": "so", "criteria": {"correctness": 4}})
    assert read_verdict(generation(points), RUBRIC, "pairwise").failure == "form"
    assert read_verdict(generation(points), RUBRIC, "pointwise").failure == ""


def test_an_endless_verdict_is_not_read_and_a_long_reason_is_cut():
    assert read_verdict(generation(verdict(reason="x" * 30_000)), RUBRIC, "pairwise").failure == "json"
    found = read_verdict(generation(verdict(reason="x" * 5_000)), RUBRIC, "pairwise")
    assert len(reason_of(found)) == LONGEST_REASON


def test_a_criterion_that_is_missing_or_unknown_is_no_verdict():
    for criteria in ({}, {"correctness": "first", "style": "first"}, {"style": "first"}, ["first"], "first"):
        assert read_verdict(generation(verdict(criteria=criteria)), RUBRIC, "pairwise").failure == "form"
