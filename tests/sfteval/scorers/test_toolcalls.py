"""Attempted calls against the expected ones: exact, parallel, none at all. Run: pytest tests/sfteval/scorers."""

from typing import Any

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.scorers.toolcalls import canonical
from sfteval.types import Fault, Outcome, Sample, Task, ToolCall
from tests.sfteval.scorers.calls import TIME, WANT, broken, call, grade, metrics


def test_the_expected_call_is_exact_valid_and_parsed():
    graded = grade(WANT, call("add_numbers", a=1, b=2))
    assert graded.metrics == {
        "exact": 1.0,
        "ast": 1.0,
        "bfcl_compat": 1.0,
        "schema_valid": 1.0,
        "schema_valid_strict": 1.0,
        "parse": 1.0,
        "server_agrees": None,
        "lenient_agrees": 1.0,
    }
    assert graded.detail == {"failure_code": None, "layer": None, "num_calls": 1}


def test_parallel_calls_are_compared_as_a_multiset():
    two = [*WANT, ("get_time", {})]
    assert metrics(two, call("get_time"), call("add_numbers", b=2, a=1))[0] == 1.0
    assert metrics([*WANT, *WANT], call("add_numbers", a=1, b=2))[0] == 0.0
    assert metrics([*WANT, *WANT], call("add_numbers", a=1, b=2), call("add_numbers", a=1, b=2))[0] == 1.0


def test_int_and_float_are_equal_by_value_and_a_bool_is_no_number():
    assert metrics(WANT, call("add_numbers", a=1.0, b=2.0)) == (1.0, 1.0, 1.0)
    assert metrics(WANT, call("add_numbers", a=True, b=2))[:2] == (0.0, 0.0)
    assert canonical({"a": [1, 2.0]}) == canonical({"a": [1.0, 2]})
    assert canonical(True) != canonical(1)
    assert canonical("1") != canonical(1)
    assert canonical([]) != canonical({})


def test_nothing_may_be_attempted_when_no_call_is_needed():
    assert metrics([]) == (1.0, None, None)
    assert metrics([], call("get_time")) == (0.0, 1.0, 1.0)
    assert grade([], call("get_time")).detail["failure_code"] == "call_when_none_needed"
    assert metrics([], broken()) == (0.0, 0.0, 0.0)
    assert grade([], broken()).detail["failure_code"] == "json_invalid"


def test_no_call_where_one_was_needed_is_invalid_and_not_missing():
    assert metrics(WANT) == (0.0, 0.0, None)
    assert grade(WANT).detail["failure_code"] == "no_call_when_needed"


def test_a_cut_or_empty_answer_fails_by_our_rules_and_not_by_the_published_ones():
    cut = grade(WANT, call("add_numbers", a=1, b=2), outcome=Outcome.TRUNCATED_ANSWER)
    assert cut.stands
    assert [cut.metrics[name] for name in ("exact", "ast", "schema_valid", "parse", "bfcl_compat")] == [0, 0, 0, 0, 1]
    assert (cut.detail["failure_code"], cut.detail["layer"]) == ("truncated", "transport")
    empty = grade([], outcome=Outcome.EMPTY)
    assert (empty.metrics["exact"], empty.metrics["schema_valid"], empty.metrics["bfcl_compat"]) == (0.0, 0.0, 1.0)
    assert empty.detail["failure_code"] == "empty_output"


def test_a_thought_about_calling_is_no_attempt():
    assert metrics([], faults=(Fault("call_in_think", "envelope", "inside", 3),)) == (1.0, None, None)


def test_order_counts_only_where_it_is_asked_for():
    one, two = ("add_numbers", {"a": 1}), ("add_numbers", {"a": 2})
    calls = [{"name": name, "arguments": arguments} for name, arguments in (one, two)]
    turned = (call("add_numbers", a=2), call("add_numbers", a=1))
    assert grade({"calls": calls}, *turned).metrics["exact"] == 1.0
    ordered = grade({"calls": calls, "ordered": True}, *turned)
    assert (ordered.metrics["exact"], ordered.detail["failure_code"]) == (0.0, "wrong_order")
    assert grade({"calls": calls, "ordered": True}, *reversed(turned)).metrics["exact"] == 1.0


def test_relevance_asks_for_some_call_of_an_offered_tool():
    target = {"mode": "relevance"}
    passed = grade(target, call("get_time"))
    assert (passed.metrics["exact"], passed.metrics["ast"], passed.metrics["bfcl_compat"]) == (1.0, 1.0, 1.0)
    assert grade(target).detail["failure_code"] == "no_call_when_needed"
    invented = grade(target, call("fly"))
    assert (invented.metrics["ast"], invented.metrics["bfcl_compat"]) == (0.0, 1.0)
    assert invented.detail["failure_code"] == "hallucinated_tool"


def test_a_malformed_attempt_is_no_abstention_though_the_published_checker_says_so():
    graded = grade([], broken())
    assert (graded.metrics["exact"], graded.metrics["ast"], graded.metrics["bfcl_compat"]) == (0.0, 0.0, 1.0)


def test_an_envelope_in_prose_is_an_attempt_only_with_the_name_of_an_offered_tool():
    def bare(name: str) -> ToolCall:
        return ToolCall(name, None, "{", 7, 9, Fault("missing_wrapper", "envelope", "no tag", 7))

    assert grade([], bare("get_time")).metrics["exact"] == 0.0
    assert grade([], bare("somebody")).metrics["exact"] == 1.0
    assert grade(WANT, bare("add_numbers")).detail["failure_code"] == "missing_wrapper"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"calls": [{"name": "get_time"}]}, "expected {"),
        ({"calls": [{"name": "get_time", "accepted": {"a": 1}}]}, 'expected a list of accepted values for "a", got 1'),
        ({"calls": [], "orderd": True}, 'expected a known key, got "orderd". Did you mean "ordered"?'),
        ({"calls": [], "ordered": "yes"}, 'expected "ordered" as true or false'),
        ({"calls": [], "mode": "paralel"}, 'Did you mean "parallel"?'),
        ("get_time", "expected {"),
    ],
)
def test_a_target_of_another_form_is_a_mistake_of_the_suite(target: Any, message: str):
    sample = Sample("s1", (), tools=(TIME,), target=target)
    with pytest.raises(DataError) as error:
        build_scorer(Task("tools", "toolcalls", (sample,), ("exact",)))
    assert 'task "tools", sample "s1", target: ' in str(error.value)
    assert message in str(error.value)
