"""Validity by the schemas of the tools, as given and strict, and bad schemas. Run: pytest tests/sfteval/scorers."""

import time
from typing import Any

import pytest

from sfteval.errors import DataError
from sfteval.scorers.schema_forms import normalised
from tests.sfteval.scorers.calls import BOOK, call, grade, metrics


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
