"""Tool definitions, made one thing: OpenAI's or BFCL's form in, JSON Schema 2020-12 validators by tool name out.

Python-style types are mapped (`dict`, `float`, `tuple`, `any`, ...), a missing top-level type is an object. A schema
that is not valid is a mistake of the suite, not of the model: DataError. References stay within the schema (nothing is
fetched), and patterns, which are data and meet a model's text, run with a time limit. Does not know calls or targets.
Source: research on tool calls, sections 1.3 and 1.5.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import regex
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from sfteval.errors import DataError
from sfteval.types import Json

JSON_TYPES = {
    "dict": "object",
    "float": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "str": "string",
    "char": "string",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
}
SUBSCHEMAS = ("items", "additionalProperties", "not")  # keywords whose value is one schema
MAPS = ("properties", "patternProperties", "$defs", "definitions")  # ... schemas by name
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")  # ... a list of schemas
TIMEOUT_SECONDS = 0.1
NOTHING: Registry[Any] = Registry()  # no other documents, and no way to fetch one


def _matches(validator: Validator, pattern: str, instance: Any, schema: Json) -> Iterator[ValidationError]:
    """Check the keyword `pattern`; a text on which the time runs out does not match."""
    if not isinstance(instance, str):
        return
    try:
        found = regex.search(pattern, instance, timeout=TIMEOUT_SECONDS) is not None
    except TimeoutError:
        found = False
    if not found:
        yield ValidationError(f"{instance[:80]!r} does not match {pattern!r}")


ToolValidator: type[Validator] = extend(Draft202012Validator, {"pattern": _matches})  # type: ignore[no-untyped-call]


def validators_of(tools: Iterable[Json], where: str) -> dict[str, Validator]:
    """Return one validator per offered tool, in the order of the definitions."""
    out: dict[str, Validator] = {}
    for position, tool in enumerate(tools):
        function = tool.get("function", tool) if isinstance(tool, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise _wrong(where, f"tool {position}", "a function definition with a name", tool)
        name = function["name"]
        parameters = function.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise _wrong(where, f'tool "{name}"', "a JSON Schema as parameters", parameters)
        try:
            out[name] = _validator(json.dumps(parameters, sort_keys=True))
        except (SchemaError, Unresolvable, regex.error, RecursionError) as error:
            raise _wrong(where, f'tool "{name}"', "a valid JSON Schema", getattr(error, "message", error)) from None
    return out


@lru_cache(maxsize=4096)
def _validator(parameters: str) -> Validator:
    """Return the validator of this schema; cached, because samples share tools and checking a schema is slow."""
    schema = {"type": "object"} | normalised(json.loads(parameters))
    ToolValidator.check_schema(schema)
    resolver = NOTHING.resolver_with_root(DRAFT202012.create_resource(schema))
    for keyword, text in _texts(schema):
        if keyword == "$ref":
            resolver.lookup(text)
        elif keyword == "pattern":
            regex.compile(text)
    validator = ToolValidator(schema, registry=NOTHING)
    validator.is_valid({})  # a reference that only leads to itself shows here
    return validator


def _texts(schema: Any) -> Iterator[tuple[str, str]]:
    """Return every keyword whose value is a text, at any depth."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if isinstance(value, str):
                yield key, value
            yield from _texts(value)
    elif isinstance(schema, list):
        for entry in schema:
            yield from _texts(entry)


def normalised(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with JSON Schema's own type names."""
    out: dict[str, Any] = dict(schema)
    if "type" in out:
        kind = out.pop("type")
        mapped = [JSON_TYPES.get(entry, entry) for entry in kind] if isinstance(kind, list) else _json_type(kind)
        if mapped != "any":
            out["type"] = mapped
    for key in SUBSCHEMAS:
        if isinstance(out.get(key), Mapping):
            out[key] = normalised(out[key])
    for key in MAPS:
        if isinstance(out.get(key), Mapping):
            out[key] = {name: normalised(sub) if isinstance(sub, Mapping) else sub for name, sub in out[key].items()}
    for key in LISTS:
        if isinstance(out.get(key), list):
            out[key] = [normalised(sub) if isinstance(sub, Mapping) else sub for sub in out[key]]
    return out


def _json_type(kind: Any) -> Any:
    return JSON_TYPES.get(kind, kind) if isinstance(kind, str) else kind


def _wrong(where: str, tool: str, expected: str, got: object) -> DataError:
    return DataError(
        f"{where}, {tool}", expected=expected, got=repr(got)[:120], next_move="Mend the tool in the task's data file"
    )
