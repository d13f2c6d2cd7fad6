"""Tool definitions: one form, two validators, and every mutation of valid arguments with a code of its own."""

import json
import time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from sfteval.errors import DataError
from sfteval.scorers.schema_forms import is_plain, normalised, sealed
from sfteval.scorers.tool_schemas import MAX_FAULTS, floats_for_integers, schema_faults, tools_of


def tool_of(parameters: dict) -> Any:
    return tools_of([{"name": "f", "parameters": parameters}], "here")["f"]


def codes(parameters: dict, arguments: dict, strict: bool = False) -> list[str]:
    tool = tool_of(parameters)
    return [fault.code for fault in schema_faults(tool.strict if strict else tool.given, arguments)]


def test_the_names_of_other_languages_are_mapped_at_any_depth():
    python = {
        "type": "dict",
        "properties": {
            "a": {"type": "float"},
            "b": {"type": "tuple", "items": {"type": "int"}},
            "c": {"type": "any"},
            "d": {"type": ["str", "null"]},
            "e": {"anyOf": [{"type": "HashMap", "properties": {"x": {"type": "Boolean"}}}, {"type": "bool"}]},
            "type": {"type": "list", "items": {"type": "dict", "properties": {"y": {"type": "double"}}}},
        },
    }
    assert normalised(python) == {
        "type": "object",
        "properties": {
            "a": {"type": "number"},
            "b": {"type": "array", "items": {"type": "integer"}},
            "c": {},
            "d": {"type": ["string", "null"]},
            "e": {"anyOf": [{"type": "object", "properties": {"x": {"type": "boolean"}}}, {"type": "boolean"}]},
            "type": {"type": "array", "items": {"type": "object", "properties": {"y": {"type": "number"}}}},
        },
    }
    assert normalised(normalised(python)) == normalised(python)


def test_an_object_that_names_its_properties_is_sealed_and_one_that_is_combined_is_not():
    inner = {"type": "object", "properties": {"x": {}}}
    assert sealed({"properties": {"a": inner}, "type": "object"}) == {
        "type": "object",
        "properties": {"a": {**inner, "additionalProperties": False}},
        "additionalProperties": False,
    }
    assert sealed({"type": "object"}) == {"type": "object"}
    assert sealed({"properties": {}, "additionalProperties": True})["additionalProperties"] is True
    assert "additionalProperties" not in sealed({"properties": {}, "allOf": [inner]})
    assert sealed({"not": inner}) == {"not": inner}


def test_a_float_without_a_fraction_is_an_integer_but_not_a_strict_one():
    parameters = {"properties": {"n": {"type": "integer"}, "l": {"type": "array", "items": {"type": "integer"}}}}
    assert codes(parameters, {"n": 5.0, "l": [1, 2.0]}) == []
    assert codes(parameters, {"n": 5.0, "l": [1, 2.0]}, strict=True) == ["wrong_type", "wrong_type"]
    assert floats_for_integers(tool_of(parameters), {"n": 5.0, "l": [1, 2.0]}) == ["$.n", "$.l[1]"]
    assert codes(parameters, {"n": 5.5}) == codes(parameters, {"n": True}) == ["wrong_type"]
    assert floats_for_integers(tool_of(parameters), {"n": 5.5}) == []


def test_patterns_for_names_are_kept_and_stopped_when_they_run_away():
    parameters = {
        "properties": {"a": {}},
        "patternProperties": {"^(x|x|xx)+$": {"type": "integer"}},
        "additionalProperties": False,
    }
    assert codes(parameters, {"a": 1, "xx": 2}) == []
    assert codes(parameters, {"xx": "2"}) == ["wrong_type"]
    assert codes(parameters, {"b": 1}) == ["extra_arg"]
    assert codes(parameters, {"x" * 60 + "!": 1}) == ["extra_arg"]
    with pytest.raises(DataError):
        tool_of({"patternProperties": {"(": {}}})


def test_additional_properties_may_have_a_schema_of_their_own():
    parameters = {"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}
    assert codes(parameters, {"a": "x", "b": 1}) == []
    assert codes(parameters, {"b": "x"}) == ["wrong_type"]


def test_a_path_and_a_message_come_with_every_fault():
    (fault,) = schema_faults(tool_of({"properties": {"a": {"items": {"enum": [1]}}}}).given, {"a": [1, 2]})
    assert (fault.code, fault.layer, fault.path, fault.message) == (
        "enum_violation",
        "schema",
        "$.a[1]",
        "$.a[1]: 2 is not one of [1]",
    )


def test_faults_without_number_are_counted_up_to_a_limit():
    parameters = {"properties": {"a": {"type": "array", "items": {"type": "string"}}}}
    start = time.process_time()
    assert codes(parameters, {"a": [1] * 100_000}) == ["wrong_type"] * MAX_FAULTS
    assert time.process_time() - start < 0.5


def test_a_schema_that_refers_to_itself_follows_the_deepest_arguments_that_are_read():
    parameters = {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}
    deep: dict = {}
    for _ in range(62):
        deep = {"a": deep}
    assert codes(parameters, deep) == []
    assert codes(parameters, deep, strict=True) == []


KEYWORDS: dict[str, Any] = {
    "type": st.sampled_from(
        ["object", "array", "string", "integer", "number", "boolean", "null", "any", 3, ["string"]]
    ),
    "description": st.text(max_size=3) | st.integers(),
    "required": st.lists(st.sampled_from("abc"), max_size=3) | st.booleans(),
    "enum": st.lists(st.integers(), max_size=2) | st.text(max_size=2),
    "default": st.integers() | st.none(),
    "additionalProperties": st.booleans() | st.integers(),
    "minimum": st.integers() | st.text(max_size=2),
}
SCHEMAS = st.recursive(
    st.fixed_dictionaries({}, optional=KEYWORDS),
    lambda inner: st.fixed_dictionaries(
        {}, optional=KEYWORDS | {"items": inner, "properties": st.dictionaries(st.sampled_from("abc"), inner)}
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(schema=SCHEMAS)
def test_what_is_known_to_be_valid_at_once_is_valid(schema: dict):
    if not is_plain(schema):
        return
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise AssertionError(schema) from error


LEAVES = {
    "integer": st.integers(-99, 99),
    "number": st.floats(-99, 99).filter(lambda value: not value.is_integer()),
    "string": st.text(max_size=5),
    "boolean": st.booleans(),
}


@st.composite
def tools(draw: Any) -> tuple[dict, dict]:
    """Draw the schema of an object of some depth, and arguments that fit it."""

    def drawn(depth: int) -> tuple[dict, Any]:
        kind = draw(st.sampled_from([*LEAVES, "enum", *(["array", "object"] if depth else [])]))
        if kind == "enum":
            values = draw(st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=3, unique=True))
            return {"type": "string", "enum": values}, draw(st.sampled_from(values))
        if kind == "array":
            schema, value = drawn(0)
            return {"type": "array", "items": schema}, [value] * draw(st.integers(1, 3))
        return drawn_object(depth - 1) if kind == "object" else ({"type": kind}, draw(LEAVES[kind]))

    def drawn_object(depth: int) -> tuple[dict, dict]:
        names = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3, unique=True))
        pairs = {name: drawn(depth) for name in names}
        required = names[: draw(st.integers(1, len(names)))]
        properties = {name: schema for name, (schema, _) in pairs.items()}
        schema = {"type": "object", "properties": properties, "required": required}
        return schema, {name: value for name, (_, value) in pairs.items()}

    return drawn_object(2)


WRONG = {"integer": "x", "number": "x", "string": 1, "boolean": "x", "array": {}, "object": []}


@settings(deadline=None)
@given(drawn=tools(), data=st.data())
def test_arguments_drawn_from_a_schema_pass_and_each_mutation_fails_with_its_own_code(drawn: tuple, data: Any):
    schema, arguments = drawn
    assert codes(schema, arguments) == codes(schema, arguments, strict=True) == []
    name = data.draw(st.sampled_from(schema["required"]))
    without = {key: value for key, value in arguments.items() if key != name}
    assert codes(schema, without) == ["missing_required"]
    assert codes(schema, arguments | {"z": 1}) == []
    assert codes(schema, arguments | {"z": 1}, strict=True) == ["extra_arg"]
    assert codes({**schema, "additionalProperties": False}, arguments | {"z": 1}) == ["extra_arg"]
    sub = schema["properties"][name]
    assert "wrong_type" in codes(schema, arguments | {name: WRONG[sub["type"]]})
    if "enum" in sub:
        assert codes(schema, arguments | {name: "not one of them"}) == ["enum_violation"]


@settings(deadline=None)
@given(drawn=tools(), data=st.data())
def test_what_the_strict_schema_accepts_the_given_one_accepts(drawn: tuple, data: Any):
    schema, arguments = drawn
    tool = tool_of(schema)
    assume(tool.is_narrower)
    changed = json.loads(json.dumps(arguments))
    changed[data.draw(st.sampled_from("abcdz"))] = data.draw(st.sampled_from(["x", 1, 1.0, None, [], {}, True]))
    assert not tool.strict.is_valid(changed) or tool.given.is_valid(changed)


@pytest.mark.parametrize("day", ["2026-11-23\n", "٢٠٢٦-11-23", " 2026-11-23"])
def test_a_pattern_takes_neither_other_digits_nor_a_line_end(day):
    schema = {"type": "object", "properties": {"day": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}}}
    assert codes(schema, {"day": "2026-11-23"}) == []
    assert codes(schema, {"day": day}) == ["schema_other"]


def test_two_tools_of_one_name_are_refused_and_one_that_stands_twice_is_one():
    first = {"name": "book", "parameters": {"type": "object", "properties": {"seats": {"type": "integer"}}}}
    other = {"name": "book", "parameters": {"type": "object", "properties": {"town": {"type": "string"}}}}
    assert list(tools_of([first, {"type": "function", "function": dict(first)}], "here")) == ["book"]
    with pytest.raises(DataError, match=r'here, tool "book": expected one definition of each name, got .two that diff'):
        tools_of([first, other], "here")
