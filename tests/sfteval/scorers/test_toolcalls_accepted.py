"""Accepted values by our rules and by the published ones. Run: pytest tests/sfteval/scorers."""

import pytest

from tests.sfteval.scorers.calls import BOOK, book, call, grade


@pytest.mark.parametrize(
    ("wanted", "given", "verdicts"),
    [
        ({"city": ["Ulm", "Bonn"]}, {"city": "Bonn"}, (1, 1, 1)),
        ({"city": ["New York"]}, {"city": "new-york"}, (0, 1, 1)),
        ({"city": ["-5"]}, {"city": "5"}, (0, 0, 1)),
        ({"city": ["1.5"]}, {"city": "15"}, (0, 0, 1)),
        ({"city": ["April 1, 2024"]}, {"city": "april 1 2024"}, (0, 1, 1)),
        ({"city": ["Ulm"], "nights": [2, ""]}, {"city": "Ulm"}, (1, 1, 1)),
        ({"city": ["Ulm"], "nights": [2]}, {"city": "Ulm"}, (0, 0, 0)),
        ({"city": ["Ulm"], "nights": [2]}, {"city": "Ulm", "nights": 2.0}, (1, 1, 0)),
        ({"city": ["Ulm"], "nights": [1]}, {"city": "Ulm", "nights": True}, (0, 0, 0)),
        ({"city": ["Ulm"], "guests": [["Ann", "Bo"], ""]}, {"city": "Ulm", "guests": []}, (0, 0, 1)),
        ({"city": ["Ulm"], "guests": [["Ann", "Bo"]]}, {"city": "Ulm", "guests": ["Bo", "Ann"]}, (0, 0, 0)),
        ({"city": ["Ulm"], "guests": [["Ann", "Bo"]]}, {"city": "Ulm", "guests": ["ann", "Bo"]}, (0, 1, 1)),
        ({"city": ["Ulm"], "room": [{"beds": [1, 2]}]}, {"city": "Ulm", "room": {"beds": 2}}, (1, 1, 1)),
        (
            {"city": ["Ulm"], "room": [{"beds": [1], "view": ["sea", ""]}]},
            {"city": "Ulm", "room": {"beds": 1}},
            (1, 1, 1),
        ),
        ({"city": ["Ulm"]}, {"city": "Ulm", "nights": 2}, (0, 0, 0)),
    ],
)
def test_accepted_values_by_our_rules_and_by_the_published_ones(wanted: dict, given: dict, verdicts: tuple):
    assert book(wanted, **given) == verdicts


def test_the_deciding_metric_is_ast_where_the_target_holds_accepted_values():
    target = {"calls": [{"name": "book", "accepted": {"city": ["New York"]}}]}
    assert grade(target, call("book", city="new york"), tools=(BOOK,)).detail["failure_code"] is None
    missed = grade(target, call("book", city="York"), tools=(BOOK,)).detail
    assert (missed["failure_code"], missed["path"]) == ("wrong_value", "$.city")
    plain = grade([("book", {"city": "New York"})], call("book", city="new york"), tools=(BOOK,))
    assert (plain.metrics["exact"], plain.metrics["ast"], plain.detail["failure_code"]) == (0.0, 1.0, "wrong_value")


def test_parallel_calls_get_the_largest_matching_where_a_greedy_one_fails():
    either = {"name": "get_time", "accepted": {"place": ["a", "b"]}}
    only_a = {"name": "get_time", "accepted": {"place": ["a"]}}
    tool = {"name": "get_time", "parameters": {"properties": {"place": {"type": "string"}}, "required": []}}
    graded = grade({"calls": [either, only_a]}, call("get_time", place="a"), call("get_time", place="b"), tools=(tool,))
    assert (graded.metrics["ast"], graded.metrics["bfcl_compat"]) == (1.0, 0.0)
    assert graded.detail["greedy_differs"] is True
