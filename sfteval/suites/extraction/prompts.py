"""How a text is asked about: a text and a schema in, a whole prompt out, in one of three layouts.

The schema comes before the text, behind it, or as a list of fields in words. Whichever it is, the same rules say how
each kind of value is written, so that there is one right answer. Does not know which texts there are.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sfteval.suites.extraction.schema_parts import DATE, TIME, Schema

RULES = (
    "Answer with one JSON object and with nothing else. Every field must be there: where the text does not say it, "
    "write "
    "null, or [] for a list. Copy names and other texts exactly as they stand in the text. Write numbers as JSON "
    "numbers "
    "without units and separators, days as YYYY-MM-DD, and times as HH:MM on a clock of 24 hours."
)
FIRST = (
    "Take the facts out of the text below, as an object that fits this JSON Schema.\n\n{schema}\n\n{rules}\n\n{text}"
)
BEHIND = "{text}\n\nPut what this text says into an object that fits the JSON Schema.\n\n{schema}\n\n{rules}"
IN_WORDS = (
    "Fill in a form from the text below. {rules}\n\nThe object has these fields and no others:\n{fields}\n\n{text}"
)
LAYOUTS = {"schema first": FIRST, "schema behind": BEHIND, "fields in words": IN_WORDS}
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def asked(text: str, schema: Schema, layout: str) -> str:
    """Return the prompt in this layout."""
    parts = {
        "text": f"<text>\n{text}\n</text>",
        "rules": RULES,
        "schema": json.dumps(schema, ensure_ascii=False),
        "fields": "\n".join(field_list(schema)),
    }
    return LAYOUTS[layout].format(**parts)


def field_list(schema: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield a line for every field of an object, those of objects below it further to the right."""
    for name, field in schema["properties"].items():
        yield f"{'  ' * depth}- {name} ({_type(field)}){_about(field)}"
        inner = field.get("items", field)
        if "properties" in inner:
            yield from field_list(inner, depth + 1)


def _about(field: Mapping[str, Any]) -> str:
    return f": {field['description']}" if "description" in field else ""


def _type(field: Mapping[str, Any]) -> str:
    """Return in words what a field may hold."""
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    or_null = " or null" if "null" in kinds else ""
    if "enum" in field:
        return " or ".join(json.dumps(value) for value in field["enum"])
    if "pattern" in field:
        return {DATE: "day", TIME: "time"}[field["pattern"]] + or_null
    if kinds[0] == "array":
        inner = field["items"]
        return "list of objects, each with" if "properties" in inner else f"list, each a {_type(inner)}"
    if kinds[0] == "object":
        return f"object{or_null}, with"
    return TYPES[kinds[0]] + or_null
