"""The forms of a tool's schema: BFCL's or JSON Schema's names in, JSON Schema's names, or a sealed schema, out.

Plain rewriting of JSON, at any depth: `normalised` maps Python-style types, `sealed` forbids what a schema does not
name, `is_plain` knows at once most schemas that are valid. Does not validate anything, and knows no tool.
Source: BFCL's GORILLA_TO_OPENAPI for the names (its `any` becomes no type at all, where that table says string).
"""

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

JSON_TYPES = {
    "dict": "object",
    "HashMap": "object",
    "Hashtable": "object",
    "float": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "short": "integer",
    "byte": "integer",
    "Bigint": "integer",
    "str": "string",
    "char": "string",
    "String": "string",
    "bool": "boolean",
    "Boolean": "boolean",
    "list": "array",
    "tuple": "array",
    "set": "array",
    "Array": "array",
    "ArrayList": "array",
    "Queue": "array",
    "Stack": "array",
    "Any": "any",
}
PLAIN_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
SUBSCHEMAS = ("items", "additionalProperties", "not")  # keywords whose value is one schema
MAPS = ("properties", "patternProperties", "$defs", "definitions")  # ... schemas by name
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")  # ... a list of schemas
# Beside one of these an object's properties are not all that it may have.
COMBINED = {"anyOf", "oneOf", "allOf", "if", "$ref", "$dynamicRef", "dependentSchemas", "patternProperties"}


def normalised(schema: Schema) -> dict[str, Any]:
    """Return the schema with JSON Schema's own type names."""
    out: dict[str, Any] = dict(schema)
    if "type" in out:
        kind = out.pop("type")
        mapped = [_json_type(entry) for entry in kind] if isinstance(kind, list) else _json_type(kind)
        if mapped != "any" and not (isinstance(mapped, list) and "any" in mapped):
            out["type"] = mapped
    return _below(out, normalised)


def sealed(schema: Schema) -> dict[str, Any]:
    """Return the schema in which an object that names its properties has no others."""
    out = _below({key: value for key, value in schema.items() if key not in ("not", "allOf")}, sealed)
    out |= {key: schema[key] for key in ("not", "allOf") if key in schema}
    if isinstance(out.get("properties"), Mapping) and not COMBINED & out.keys():
        out.setdefault("additionalProperties", False)
    return out


def _below(schema: dict[str, Any], change: Callable[[Schema], dict[str, Any]]) -> dict[str, Any]:
    """Change every schema that stands directly below this one."""
    out = dict(schema)
    for key in SUBSCHEMAS:
        if isinstance(out.get(key), Mapping):
            out[key] = change(out[key])
    for key in MAPS:
        if isinstance(out.get(key), Mapping):
            out[key] = {name: change(sub) if isinstance(sub, Mapping) else sub for name, sub in out[key].items()}
    for key in LISTS:
        if isinstance(out.get(key), list):
            out[key] = [change(sub) if isinstance(sub, Mapping) else sub for sub in out[key]]
    return out


def is_plain(schema: Any) -> bool:
    """Tell at once whether a schema of the usual keywords is valid; False: it must be checked in full."""
    return isinstance(schema, Mapping) and all(_is_plain_entry(key, value) for key, value in schema.items())


def _is_plain_entry(key: str, value: Any) -> bool:
    if key in ("description", "title"):
        return isinstance(value, str)
    if key == "type":
        return isinstance(value, str) and value in PLAIN_TYPES
    if key == "properties":
        return isinstance(value, Mapping) and all(is_plain(sub) for sub in value.values())
    if key == "required":
        texts = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        return texts and len(set(value)) == len(value)
    if key == "items":
        return is_plain(value)
    if key == "additionalProperties":
        return isinstance(value, bool) or is_plain(value)
    return key == "default" or (key in ("enum", "examples") and isinstance(value, list))


def _json_type(kind: Any) -> Any:
    return JSON_TYPES.get(kind, kind) if isinstance(kind, str) else kind
