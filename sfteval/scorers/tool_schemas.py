"""Tool definitions, made one thing: OpenAI's or BFCL's form in, JSON Schema 2020-12 validators by tool name out.

Each tool has two: the schema as it is given, and a strict one, in which an object that names its properties has no
others and 5.0 is no integer. Python-style types are mapped (`dict`, `float`, `tuple`, `any`, ...), a missing top-level
type is an object. A schema that is not valid is a mistake of the suite, not of the model: DataError. References stay
within the schema (nothing is fetched), and patterns are ECMA-262's, with a time limit. Two tools of one name are such a
mistake too, unless they are the same to the letter: which of them a call means, nobody could say.
Does not know calls or targets. Source: research on tool calls, sections 1.3 and 1.5; BFCL's GORILLA_TO_OPENAPI.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
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
from sfteval.scorers.ecma import compiled, found
from sfteval.scorers.schema_forms import is_plain, normalised, sealed
from sfteval.types import Fault, Json

# Below one of these a stricter schema may accept what the given one does not.
REVERSING = {"not", "oneOf", "if", "contains", "unevaluatedProperties", "unevaluatedItems"}
SCHEMA_CODES = {
    "required": "missing_required",
    "additionalProperties": "extra_arg",
    "unevaluatedProperties": "extra_arg",
    "type": "wrong_type",
    "enum": "enum_violation",
    "const": "enum_violation",
}
LONGEST_MESSAGE, LONGEST_PATH = 300, 200
MAX_FAULTS = 32  # of one call: a long list with a wrong type in each entry says nothing new after these
NOTHING: Registry[Any] = Registry()  # no other documents, and no way to fetch one


@dataclass(frozen=True, slots=True)
class Tool:
    """One offered tool with its schema and validators."""

    name: str
    schema: Json  # of its arguments, with JSON Schema's own type names
    given: Validator
    strict: Validator
    is_narrower: bool  # what `strict` accepts, `given` accepts too


def _pattern(validator: Validator, pattern: str, instance: Any, schema: Json) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not found(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Json, instance: Any, schema: Json) -> Iterator[ValidationError]:
    for pattern, sub in patterns.items() if isinstance(instance, dict) else ():
        for key in instance:
            if found(pattern, key):
                yield from validator.descend(instance[key], sub, path=key, schema_path=pattern)


def _additional(validator: Any, sub: Any, instance: Any, schema: Json) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [key for key in instance if key not in known and not any(found(pattern, key) for pattern in patterns)]
    if sub is False and extra:
        yield ValidationError(f"{', '.join(map(repr, extra))[:200]} not among the properties of the schema")
    for key in extra if isinstance(sub, Mapping) else ():
        yield from validator.descend(instance[key], sub, path=key)


def _is_integer(_: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


BOUNDED = {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional}
GivenValidator: type[Validator] = extend(Draft202012Validator, BOUNDED)  # type: ignore[no-untyped-call]
StrictValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]
    GivenValidator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)


def tools_of(tools: Iterable[Json], where: str) -> dict[str, Tool]:
    """Return the offered tools by name, in the order of the definitions.

    Raises: DataError for a definition that is none, whose schema is not valid, or whose name another one has.
    """
    out: dict[str, Tool] = {}
    seen: dict[str, Json] = {}
    for position, tool in enumerate(tools):
        function = tool.get("function", tool) if isinstance(tool, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise _wrong(where, f"tool {position}", "a function definition with a name", tool)
        name = function["name"]
        if seen.setdefault(name, function) != function:
            raise _wrong(where, f'tool "{name}"', "one definition of each name", "two that differ")
        parameters = function.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise _wrong(where, f'tool "{name}"', "a JSON Schema as parameters", parameters)
        try:
            out[name] = _tool(name, json.dumps(parameters))
        except (SchemaError, Unresolvable, regex.error, RecursionError) as error:
            raise _wrong(where, f'tool "{name}"', "a valid JSON Schema", getattr(error, "message", error)) from None
    return out


def schema_faults(validator: Validator, arguments: Any) -> list[Fault]:
    """Return why arguments do not fit a schema, by path, the first `MAX_FAULTS`; the message holds the path too."""
    errors = sorted(islice(validator.iter_errors(arguments), MAX_FAULTS), key=lambda error: error.json_path)
    return [
        Fault(
            SCHEMA_CODES.get(str(error.validator), "schema_other"),
            "schema",
            f"{error.json_path}: {error.message}"[:LONGEST_MESSAGE],
            path=error.json_path[:LONGEST_PATH],
        )
        for error in errors
    ]


def floats_for_integers(tool: Tool, arguments: Any) -> list[str]:
    """Return the paths at which a whole number is written as a float where an integer is asked for."""
    return [
        error.json_path[:LONGEST_PATH]
        for error in islice(tool.strict.iter_errors(arguments), MAX_FAULTS)
        if error.validator == "type" and isinstance(error.instance, float) and error.instance.is_integer()
    ]


@lru_cache(maxsize=4096)
def _tool(name: str, parameters: str) -> Tool:
    """Return the tool of this schema; cached, because samples share tools and checking a schema is slow."""
    schema = {"type": "object"} | normalised(json.loads(parameters))
    if not is_plain(schema):
        GivenValidator.check_schema(schema)
        _check_texts(schema, parameters)
    given = GivenValidator(schema, registry=NOTHING)
    strict = StrictValidator(sealed(schema), registry=NOTHING)
    if '"$' in parameters:
        given.is_valid({})  # a reference that only leads to itself shows here
    return Tool(name, schema, given, strict, not any(f'"{word}"' in parameters for word in REVERSING))


def _check_texts(schema: Json, parameters: str) -> None:
    """Resolve every reference and compile every pattern."""
    resolver = NOTHING.resolver_with_root(DRAFT202012.create_resource(schema)) if '"$' in parameters else None
    for keyword, text in _texts(schema):
        if keyword == "$ref" and resolver is not None:
            resolver.lookup(text)
        elif keyword == "pattern":
            compiled(text)


def _texts(schema: Any) -> Iterator[tuple[str, str]]:
    """Return every keyword whose value is a text, at any depth, and every pattern that is a key."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if isinstance(value, str):
                yield key, value
            if key == "patternProperties" and isinstance(value, Mapping):
                yield from (("pattern", pattern) for pattern in value)
            yield from _texts(value)
    elif isinstance(schema, list):
        for entry in schema:
            yield from _texts(entry)


def _wrong(where: str, tool: str, expected: str, got: object) -> DataError:
    return DataError(
        f"{where}, {tool}", expected=expected, got=repr(got)[:120], next_move="Mend the tool in the task's data file"
    )
