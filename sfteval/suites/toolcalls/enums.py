"""Other values for the enums of a schema: a schema, or what fits it, in; the same with renamed values out.

A text of an enum gets the name of its property before it, as generated interfaces have it: `first` of `cabin` becomes
`CABIN_FIRST`, so that a value known by heart is none any more while what it means is plain. Enums of numbers, of texts
that would fall together, and those behind `$ref` or `anyOf` stay. Looks into `properties` and `items`, at any depth.
"""

import re
from collections.abc import Mapping
from typing import Any

from sfteval.scorers.calls.values import LEFT_AWAY

Json = dict[str, Any]
NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def other_schema(schema: Mapping[str, Any], name: str = "") -> Json:
    """Return the schema with other values in its enums and defaults; `name` is the property that it is of."""
    out, names = dict(schema), _names(schema, name)
    if names:
        out["enum"] = list(names.values())
    if "default" in schema:
        out["default"] = _other(schema, name, schema["default"])
    if isinstance(schema.get("properties"), Mapping):
        out["properties"] = {key: _below(sub, key) for key, sub in schema["properties"].items()}
    if isinstance(schema.get("items"), Mapping):
        out["items"] = other_schema(schema["items"], name)
    return out


def other_arguments(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> Json:
    """Return arguments that fit the other schema, and say the same."""
    properties = _properties(schema)
    return {key: _other(properties.get(key, {}), key, value) for key, value in arguments.items()}


def other_accepted(schema: Mapping[str, Any], accepted: Mapping[str, Any]) -> Json:
    """Return an accepted set for the other schema: for every argument a list of values, at any depth."""
    properties = _properties(schema)
    return {key: _other_values(properties.get(key, {}), key, values) for key, values in accepted.items()}


def needed(accepted: Any) -> Any:
    """Return an accepted set without the arguments that may be left away, at any depth."""
    if isinstance(accepted, Mapping):
        return {key: needed(values) for key, values in accepted.items() if not _may_be_missing(values)}
    return [needed(one) for one in accepted] if isinstance(accepted, list) else accepted


def _may_be_missing(values: Any) -> bool:
    return isinstance(values, list) and LEFT_AWAY in values


def _other_values(schema: Any, name: str, values: Any) -> Any:
    if not isinstance(values, list):  # some inner objects of published answers hold bare values
        return _other(schema, name, values)
    return [_other_accepted(schema, name, one) for one in values]


def _below(schema: Any, name: str) -> Any:
    return other_schema(schema, name) if isinstance(schema, Mapping) else schema


def _properties(schema: Any) -> Mapping[str, Any]:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _items(schema: Any) -> Any:
    return schema.get("items", {}) if isinstance(schema, Mapping) else {}


def _names(schema: Any, name: str) -> dict[str, str]:
    """Return the other value of each value of an enum; none where it stays as it is."""
    values = schema.get("enum") if isinstance(schema, Mapping) else None
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        return {}
    names = {value: NOT_WORD.sub("_", f"{name}_{value}" if name else f"{value}_value").upper() for value in values}
    return names if len(set(names.values())) == len(names) else {}


def _other(schema: Any, name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return other_arguments(schema, value)
    if isinstance(value, list):
        return [_other(_items(schema), name, entry) for entry in value]
    return _names(schema, name).get(value, value) if isinstance(value, str) else value


def _other_accepted(schema: Any, name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return other_accepted(schema, value)
    if isinstance(value, list):
        return [_other_accepted(_items(schema), name, entry) for entry in value]
    return _names(schema, name).get(value, value) if isinstance(value, str) else value
