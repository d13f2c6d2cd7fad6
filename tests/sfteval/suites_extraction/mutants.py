"""Right values made wrong in one place each, with the codes by which that has to fail; and values drawn from a schema.

Knows the forms that the suite's schemas have, and no others.
"""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from sfteval.suites.extraction.schema_parts import DATE

Codes = frozenset[str]

SCHEMA_CODES = {"missing_required", "wrong_type", "enum_violation", "wrong_format"}
DAYS = st.dates().map(lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}")
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))


def mutants(value: Any, schema: dict[str, Any]) -> Iterator[tuple[Codes, Any]]:
    """Yield the value with one thing changed, for everything that can be changed, each with its codes."""
    if value is None:
        if "properties" not in schema:
            yield frozenset({"extra_field"}), something(schema)
        return
    yield frozenset({"wrong_type"}), 5 if isinstance(value, dict | list) else {"odd": value}
    if "null" in schema["type"]:
        yield frozenset({"missing_field"}), None
    if isinstance(value, dict):
        yield from of_object(value, schema)
    elif isinstance(value, list):
        yield from of_list(value, schema["items"])
    else:
        yield from of_field(value, schema)


def of_object(value: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[Codes, Any]]:
    yield frozenset({"extra_field"}), {**value, "another_field": 1}
    for key, sub in schema["properties"].items():
        yield frozenset({"missing_required"}), {name: entry for name, entry in value.items() if name != key}
        for codes, changed in mutants(value[key], sub):
            yield codes, {**value, key: changed}


def of_list(value: list[Any], schema: dict[str, Any]) -> Iterator[tuple[Codes, Any]]:
    yield frozenset({"extra_field"}), [*value, value[0] if value else something(schema)]
    for place, entry in enumerate(value):
        yield frozenset({"missing_field"}), value[:place] + value[place + 1 :]
        for codes, changed in mutants(entry, schema):
            # an entry of which nothing is right any more is missing, and there is one too many
            more = codes | {"missing_field"} if codes == {"wrong_value"} else codes
            yield more, [*value[:place], changed, *value[place + 1 :]]


def of_field(value: Any, schema: dict[str, Any]) -> Iterator[tuple[Codes, Any]]:
    if "enum" in schema:
        yield frozenset({"enum_violation"}), f"{value} "
        yield frozenset({"wrong_value"}), next(word for word in schema["enum"] if word not in (value, None))
    elif "pattern" in schema:
        yield frozenset({"wrong_format"}), f"on {value}"
        yield frozenset({"wrong_value"}), "1999-12-31" if schema["pattern"] == DATE else "00:01"
    elif isinstance(value, bool):
        yield frozenset({"wrong_value"}), not value
    elif isinstance(value, str):
        yield frozenset({"wrong_value"}), f"{value}!"
    else:
        yield frozenset({"wrong_value"}), value + 1


def something(schema: dict[str, Any]) -> Any:
    """Return some value that fits."""
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "object":
        return {key: something(sub) for key, sub in schema["properties"].items()}
    if "enum" in schema:
        return schema["enum"][0]
    if "pattern" in schema:
        return "2026-01-13" if schema["pattern"] == DATE else "10:15"
    return {"string": "something", "integer": 3, "number": 2.5, "boolean": True, "array": []}[kind]


def empty(schema: dict[str, Any]) -> Any:
    """Return a record in which everything that may be left unsaid is."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "null" in kinds:
        return None
    if kinds[0] == "object":
        return {key: empty(sub) for key, sub in schema["properties"].items()}
    return something(schema)


def broken(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text of an object made no JSON, or not alone, each with its code."""
    yield "json_invalid", text[:-1]
    yield "json_invalid", text.replace('": ', '" ', 1)
    yield "json_invalid", text.replace('"', "", 1)
    yield "nonstandard_json", text[:-1] + ",}"
    yield "nonstandard_json", text.replace('"', "'", 1)
    yield "nonstandard_json", text[:-1] + ', "odd": NaN}'
    yield "duplicate_key", "{" + text[1 : text.index(":")] + ": 1, " + text[1:]
    yield "trailing_text", text + "\nI hope this helps!"
    yield "trailing_text", text + "}"
    yield "leading_text", "Here it is: " + text
    yield "code_fence", f"```json\n{text}"
    yield "no_json", ""


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that fit a schema."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found: st.SearchStrategy[Any]
    if "enum" in schema:
        found = st.sampled_from([word for word in schema["enum"] if word is not None])
    elif kinds[0] == "object":
        found = st.fixed_dictionaries({key: values(sub) for key, sub in schema["properties"].items()})
    elif kinds[0] == "array":
        found = st.lists(values(schema["items"]), max_size=3)
    elif "pattern" in schema:
        found = DAYS if schema["pattern"] == DATE else TIMES
    else:
        found = {
            "string": st.text(st.characters(exclude_categories=()), max_size=8),
            "integer": st.integers(-(10**6), 10**6),
            "number": st.floats(-1e6, 1e6) | st.integers(-9, 9),
            "boolean": st.booleans(),
        }[kinds[0]]
    return found | st.none() if "null" in kinds else found


def written(value: Any) -> str:
    """Return a value as a model would write it."""
    return json.dumps(value, ensure_ascii=False)
