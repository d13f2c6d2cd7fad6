"""The code and the layer of a failure, call by call. Run: pytest tests/sfteval/scorers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.types import Fault, Outcome, ToolCall
from tests.sfteval.scorers.calls import WANT, broken, call, grade, metrics


def test_one_broken_call_among_good_ones_fails_the_answer_with_its_own_place():
    graded = grade([*WANT, ("get_time", {})], call("add_numbers", a=1, b=2), broken())
    assert [graded.metrics[name] for name in ("exact", "ast", "schema_valid", "parse")] == [0.0, 0.0, 0.0, 0.0]
    assert graded.detail == {
        "failure_code": "json_invalid",
        "layer": "json",
        "num_calls": 2,
        "reason": "Expecting value",
        "position": 8,
        "excerpt": "near here",
        "place_in_call": {"at": 1, "of": 3, "depth": 0},
        "repairable": False,
        "expected_calls": [{"layer": None}, {"layer": "json"}],
        "calls": [{"name": "add_numbers", "failure_code": None}, {"name": "", "failure_code": "json_invalid"}],
    }


@pytest.mark.parametrize(
    ("calls", "code", "layer", "reason"),
    [
        ([call("add_number", a=1)], "name_near_miss", "name", '"add_number" is not offered, "add_numbers" is'),
        ([call("Add-Numbers", a=1)], "name_near_miss", "name", '"Add-Numbers" is not offered, "add_numbers" is'),
        ([call("send_mail")], "hallucinated_tool", "name", '"send_mail" is not offered'),
        ([call("get_time")], "wrong_tool", "name", '"get_time" is offered, but was not expected'),
        ([call("add_numbers", b=2)], "missing_required", "schema", "$: 'a' is a required property"),
        ([call("add_numbers", a="1")], "wrong_type", "schema", "$.a: '1' is not of type 'integer'"),
        ([call("add_numbers", a=1, unit="km")], "enum_violation", "schema", "$.unit: 'km' is not one of ['cm', 'm']"),
        ([call("add_numbers", a=1, b=3)], "wrong_value", "value", 'argument "b": expected 2, found 3'),
        ([call("add_numbers", a=1)], "missing_optional_expected", "value", 'argument "b": expected 2, found nothing'),
        ([call("add_numbers", a=1, b=2)] * 2, "wrong_count", "decision", "expected 1 calls, found 2"),
    ],
)
def test_the_first_failing_layer_names_the_failure(calls: list[ToolCall], code: str, layer: str, reason: str):
    detail = grade(WANT, *calls).detail
    assert (detail["failure_code"], detail["layer"], detail["reason"]) == (code, layer, reason)
    assert detail["position"] == 7


def test_an_argument_that_the_schema_does_not_have_is_extra():
    detail = grade(WANT, call("add_numbers", a=1, b=2, c=3)).detail
    assert detail["failure_code"] == "extra_arg"


@pytest.mark.parametrize(
    ("outcome", "faults", "code"),
    [
        (Outcome.TRUNCATED_THINK, (), "truncated"),
        (Outcome.EMPTY, (), "empty_output"),
        (Outcome.EMPTY, (Fault("call_in_think", "envelope", "inside", 3),), "call_in_think"),
        (Outcome.OK, (Fault("call_in_think", "envelope", "inside", 3),), "call_in_think"),
    ],
)
def test_an_answer_without_a_call_says_what_came_instead(outcome: Outcome, faults: tuple, code: str):
    assert grade(WANT, outcome=outcome, faults=faults).detail["failure_code"] == code


def test_a_repeated_call_in_place_of_another_is_a_wrong_count():
    two = [("add_numbers", {"a": 1}), ("add_numbers", {"a": 2})]
    assert grade(two, call("add_numbers", a=1), call("add_numbers", a=1)).detail["failure_code"] == "wrong_count"


ARGUMENTS = st.fixed_dictionaries(
    {"a": st.integers()},
    optional={"b": st.floats(allow_nan=False, allow_infinity=False), "unit": st.sampled_from(["cm", "m"])},
)


@settings(deadline=None)
@given(arguments=ARGUMENTS)
def test_arguments_that_fit_the_schema_pass_and_each_mutation_has_its_own_code(arguments: dict):
    want = [("add_numbers", arguments)]
    assert metrics(want, call("add_numbers", **arguments)) == (1.0, 1.0, 1.0)
    without = {key: value for key, value in arguments.items() if key != "a"}
    mutations = {
        "missing_required": without,
        "extra_arg": arguments | {"z": 1},
        "wrong_type": arguments | {"a": "1"},
        "enum_violation": arguments | {"unit": "km"},
        "wrong_value": arguments | {"a": arguments["a"] + 1},
    }
    for code, mutated in mutations.items():
        assert grade(want, call("add_numbers", **mutated)).detail["failure_code"] == code
