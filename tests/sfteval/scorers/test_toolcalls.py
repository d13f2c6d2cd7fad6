"""Tool calls against targets and schemas. Run: pytest tests/sfteval/scorers/test_toolcalls.py."""

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.scorers.tool_schemas import normalised
from sfteval.scorers.toolcalls import canonical
from sfteval.types import Fault, Graded, Outcome, Reading, Sample, Task, ToolCall

ADD = {
    "type": "function",
    "function": {
        "name": "add_numbers",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "number"}, "unit": {"enum": ["cm", "m"]}},
            "required": ["a"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments, f"<{name}>", 7, 9)


def broken(code: str = "json_invalid", layer: str = "json") -> ToolCall:
    return ToolCall("", None, "<x>", 7, 9, Fault(code, layer, "Expecting value", 8, "near here"))


def grade(
    target: list | dict,
    *calls: ToolCall,
    outcome: Outcome = Outcome.OK,
    faults: tuple = (),
    tools: tuple = (ADD, TIME),
    server: tuple | None = None,
) -> Graded:
    if isinstance(target, list):
        target = {"calls": [{"name": name, "arguments": arguments} for name, arguments in target]}
    sample = Sample("s1", (), tools=tools, target=target)
    scorer = build_scorer(Task("tools", "toolcalls", (sample,), ("exact",)))
    return scorer.grade(sample, Reading(outcome, "", None, calls, faults, server_calls=server))


def metrics(*arguments: Any, **options: Any) -> tuple[float | None, float | None, float | None]:
    found = grade(*arguments, **options).metrics
    return found["exact"], found["schema_valid"], found["parse"]


WANT = [("add_numbers", {"a": 1, "b": 2})]


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
        "repairable": False,
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


def test_a_repeated_call_in_place_of_another_is_a_wrong_count():
    two = [("add_numbers", {"a": 1}), ("add_numbers", {"a": 2})]
    assert grade(two, call("add_numbers", a=1), call("add_numbers", a=1)).detail["failure_code"] == "wrong_count"


def test_python_s_type_names_are_mapped_and_a_missing_type_is_an_object():
    tool = {"name": "f", "parameters": {"type": "dict", "properties": {"x": {"type": "float"}, "y": {"type": "any"}}}}
    want = [("f", {"x": 1.5, "y": "z"})]
    assert metrics(want, call("f", x=1.5, y="z"), tools=(tool,)) == (1.0, 1.0, 1.0)
    assert metrics(want, call("f", x="1.5", y="z"), tools=(tool,))[1] == 0.0
    assert normalised({"type": "tuple", "items": {"type": "str"}}) == {"type": "array", "items": {"type": "string"}}
    bare = {"name": "f", "parameters": {"properties": {}}}
    assert metrics([("f", {})], call("f"), tools=(bare,)) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        ({"name": "f", "parameters": {"type": "objekt"}}, 'sample "s1", tool "f": expected a valid JSON Schema'),
        ({"name": "f", "parameters": {"$ref": "http://127.0.0.1/x"}}, 'tool "f": expected a valid JSON Schema'),
        ({"name": "f", "parameters": {"$ref": "#/$defs/x"}}, 'tool "f": expected a valid JSON Schema'),
        ({"name": "f", "parameters": {"$ref": "#"}}, 'tool "f": expected a valid JSON Schema'),
        (
            {"name": "f", "parameters": {"properties": {"x": {"pattern": "("}}}},
            'tool "f": expected a valid JSON Schema',
        ),
        ({"parameters": {}}, 'sample "s1", tool 0: expected a function definition with a name'),
        ({"name": "f", "parameters": [1]}, 'sample "s1", tool "f": expected a JSON Schema as parameters'),
    ],
)
def test_a_bad_tool_is_a_mistake_of_the_suite_and_names_the_sample(tool: dict, message: str):
    with pytest.raises(DataError) as error:
        grade([], tools=(tool,))
    assert message in str(error.value)


def test_a_pattern_in_a_schema_is_stopped_when_it_runs_away():
    tool = {"name": "f", "parameters": {"properties": {"x": {"type": "string", "pattern": "^(a|a|aa)+$"}}}}
    start = time.process_time()
    assert metrics([("f", {"x": "a"})], call("f", x="a"), tools=(tool,)) == (1.0, 1.0, 1.0)
    assert metrics([("f", {"x": "a"})], call("f", x="a" * 60 + "!"), tools=(tool,)) == (0.0, 0.0, 1.0)
    assert time.process_time() - start < 1.0


def test_a_schema_may_refer_to_itself():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "additionalProperties": False}
    tool = {"name": "f", "parameters": {"properties": {"x": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}}
    want = [("f", {"x": {"next": {"next": {}}}})]
    assert metrics(want, call("f", x={"next": {"next": {}}}), tools=(tool,)) == (1.0, 1.0, 1.0)
    assert metrics(want, call("f", x={"next": {"last": {}}}), tools=(tool,))[1] == 0.0


@pytest.mark.parametrize("target", [[("fly", {})], [("add_numbers", {"a": "one"})]])
def test_a_target_that_no_answer_could_reach_is_refused(target: list):
    with pytest.raises(DataError) as error:
        grade(target)
    assert "expected calls of offered tools that fit their schemas" in str(error.value)


BOOK = {
    "name": "book",
    "parameters": {
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer"},
            "guests": {"type": "array", "items": {"type": "string"}},
            "room": {"type": "object", "properties": {"beds": {"type": "integer"}, "view": {"type": "string"}}},
        },
        "required": ["city"],
    },
}


def book(wanted: dict, **given: Any) -> tuple[float | None, float | None, float | None]:
    """Return exact, ast and bfcl_compat of one booking."""
    graded = grade({"calls": [{"name": "book", "accepted": wanted}]}, call("book", **given), tools=(BOOK,))
    return graded.metrics["exact"], graded.metrics["ast"], graded.metrics["bfcl_compat"]


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


def test_strict_validity_forbids_what_an_open_schema_does_not_name_and_a_float_for_an_integer():
    def valid(**given: Any) -> tuple:
        graded = grade(target, call("book", **given), tools=(BOOK,))
        return graded.metrics["schema_valid"], graded.metrics["schema_valid_strict"]

    target = [("book", {"city": "Ulm", "nights": 2})]
    assert valid(city="Ulm", nights=2) == (1.0, 1.0)
    assert valid(city="Ulm", nights=2, pets=1) == (1.0, 0.0)
    assert valid(city="Ulm", nights=2, room={"beds": 1, "bath": 1}) == (1.0, 0.0)
    assert valid(city="Ulm", nights=2.0) == (1.0, 0.0)
    assert valid(city="Ulm", nights="2") == (0.0, 0.0)
    assert grade(target, call("book", city="Ulm", nights=2.0), tools=(BOOK,)).detail["int_as_float"] == [
        "book: $.nights"
    ]
    extra = grade(target, call("book", city="Ulm", nights=2, pets=1), tools=(BOOK,)).detail
    assert (extra["failure_code"], extra["layer"]) == ("extra_arg", "schema")


def test_a_schema_that_a_stricter_type_turns_round_is_checked_as_it_is_given():
    one_of = {"name": "f", "parameters": {"properties": {"x": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}}}
    graded = grade([], call("f", x=5.0), tools=(one_of,))
    assert (graded.metrics["schema_valid"], graded.metrics["schema_valid_strict"]) == (0.0, 0.0)


def test_three_readers_stand_side_by_side():
    good, same = call("add_numbers", a=1, b=2), {"name": "add_numbers", "arguments": {"b": 2.0, "a": 1}}
    assert grade(WANT, good, server=(same,)).metrics["server_agrees"] == 1.0
    assert grade(WANT, good, server=()).metrics["server_agrees"] == 0.0
    assert grade(WANT, good, server=(same, same)).metrics["server_agrees"] == 0.0
    assert grade(WANT, server=()).metrics["server_agrees"] is None
    assert grade(WANT, broken(), server=(same,)).metrics["server_agrees"] == 0.0
    repaired = replace(broken(), lenient={"name": "add_numbers", "arguments": {"a": 1, "b": 2}})
    graded = grade(WANT, repaired)
    assert (graded.metrics["lenient_agrees"], graded.metrics["exact"], graded.detail["repairable"]) == (0.0, 0.0, True)


def test_arguments_that_were_written_as_texts_are_typed_by_the_schema():
    def text(**given: str) -> ToolCall:
        return replace(call("add_numbers", **given), as_text=True)

    assert metrics(WANT, text(a="1", b="2.0")) == (1.0, 1.0, 1.0)
    assert grade(WANT, text(a="one", b="2")).detail["failure_code"] == "wrong_type"


def test_what_is_wrong_with_the_turn_is_told_and_names_a_failure_only_where_the_calls_fail():
    invented = Fault("hallucinated_observation", "trajectory", "the model wrote it", 30)
    assert grade(WANT, call("add_numbers", a=1, b=2), faults=(invented,)).detail == {
        "failure_code": None,
        "layer": None,
        "num_calls": 1,
        "turn_faults": ["hallucinated_observation"],
    }


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
