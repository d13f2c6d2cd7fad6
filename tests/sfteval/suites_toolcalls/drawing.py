"""A JSON Schema in, a hypothesis strategy for what fits it out, for the keywords that the suite's tools use.

hypothesis-jsonschema 0.23 does this for all of JSON Schema, but breaks with the hypothesis of today.
"""

import re
from typing import Any

from hypothesis import strategies as st

KNOWN = {
    "type", "description", "default", "enum", "properties", "required", "additionalProperties", "items", "minItems",
    "uniqueItems", "minimum", "maximum", "exclusiveMinimum", "pattern", "maxLength",
}  # fmt: skip
LARGE = 10**9
ASCII = st.characters(max_codepoint=127)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([MAKERS[kind](schema) for kind in kinds])


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = schema.get("properties", {})
    if not properties:
        return st.dictionaries(WORDS, fitting(schema["additionalProperties"]), max_size=3)
    needed = {key: fitting(sub) for key, sub in properties.items() if key in schema["required"]}
    optional = {key: fitting(sub) for key, sub in properties.items() if key not in needed}
    return st.fixed_dictionaries(needed, optional=optional)


def _array(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(fitting(schema["items"]), min_size=schema["minItems"], max_size=4, unique="uniqueItems" in schema)


def _string(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "pattern" not in schema:
        return WORDS
    # Python reads `\d`, `\s` and `$` otherwise than JSON Schema: of ASCII, and in full, both mean the same.
    return st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True, alphabet=ASCII)


def _integer(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.integers(schema["minimum"], schema["maximum"])


def _number(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    above = schema.get("exclusiveMinimum")
    least = schema.get("minimum", -LARGE if above is None else above)
    most = schema.get("maximum", LARGE)
    floats = st.floats(least, most, exclude_min=above is not None)
    return floats | st.integers(least + (above is not None), most)


MAKERS = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda _: st.booleans(),
}
