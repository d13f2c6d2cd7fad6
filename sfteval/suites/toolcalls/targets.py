"""What a row's target is: expected calls and definitions in, exact arguments or accepted values out.

A call whose arguments leave no choice names them (`arguments`). Where several values are right, or a parameter has a
default that may be written out or left away, every argument has the list of what is accepted, at any depth, and "" in
it says that it may be left away (`accepted`). No calls: nothing may be called. `written` goes the other way.
Does not know prompts. The two forms are those of `sfteval.scorers.calls.targets`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sfteval.scorers.calls.values import LEFT_AWAY
from sfteval.suites.toolcalls.forms import Schema
from sfteval.suites.toolcalls.items import Call, OneOf

Json = dict[str, Any]


def target_of(calls: Iterable[Call], catalogue: Mapping[str, Schema]) -> Json:
    """Return the target of a row."""
    return {"calls": [_expected(one, catalogue[one.tool]["function"]["parameters"]) for one in calls]}


def written(expected: Json, *, fully: bool) -> Json:
    """Return the arguments of one call of a target: of several the first; what may be left away only `fully`."""
    if "arguments" in expected:
        return dict(expected["arguments"])
    return _written(expected["accepted"], fully)


def types_in(schema: Schema, arguments: Mapping[str, Any]) -> set[str]:
    """Return the types of arguments, at any depth, by their schema: JSON's own, or `enum`."""
    properties = schema.get("properties", {})
    return set[str]().union(*(_types(properties.get(key, {}), value) for key, value in arguments.items()))


def _types(schema: Schema, value: Any) -> set[str]:
    declared = schema.get("type")
    own = "enum" if "enum" in schema else declared if isinstance(declared, str) else _type(value)
    if isinstance(value, Mapping):
        return {own} | types_in(schema, value)
    return {own}.union(*(_types(schema.get("items", {}), entry) for entry in value)) if own == "array" else {own}


def _expected(one: Call, schema: Schema) -> Json:
    slots = _slots(schema, one.arguments)
    if all(_leaves_no_choice(values) for values in slots.values()):
        return {"name": one.tool, "arguments": dict(one.arguments)}
    return {"name": one.tool, "accepted": slots}


def _slots(schema: Schema, arguments: Mapping[str, Any]) -> Json:
    """Return what is accepted for every argument that is given or has a default."""
    properties = schema.get("properties", {})
    given = {key: _alternatives(properties.get(key, {}), value) for key, value in arguments.items()}
    defaults = {
        key: [sub["default"], LEFT_AWAY] for key, sub in properties.items() if "default" in sub and key not in arguments
    }
    return given | defaults


def _alternatives(schema: Schema, value: Any) -> list[Any]:
    given = value if isinstance(value, OneOf) else OneOf((value,))
    is_default = "default" in schema and schema["default"] in given.values
    accepted = [_accepted(schema, entry) for entry in given.values]
    return [*accepted, LEFT_AWAY] if given.may_be_missing or is_default else accepted


def _accepted(schema: Schema, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _slots(schema, value)
    return [_accepted(schema.get("items", {}), entry) for entry in value] if isinstance(value, list) else value


def _leaves_no_choice(values: list[Any]) -> bool:
    return len(values) == 1 and _is_single(values[0])


def _is_single(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_leaves_no_choice(values) for values in value.values())
    return all(map(_is_single, value)) if isinstance(value, list) else True


def _written(slots: Json, fully: bool) -> Json:
    return {key: _first(values[0], fully) for key, values in slots.items() if fully or LEFT_AWAY not in values}


def _first(value: Any, fully: bool) -> Any:
    if isinstance(value, Mapping):
        return _written(dict(value), fully)
    return [_first(entry, fully) for entry in value] if isinstance(value, list) else value


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
