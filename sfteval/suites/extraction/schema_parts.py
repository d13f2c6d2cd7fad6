"""Parts of which the schemas of the suite are made: what a field is about in, JSON Schema 2020-12 out.

Every object names its properties, needs all of them and has no others, so that what the text does not say is null and
not absent. Does not know which documents there are.
"""

from typing import Any

Schema = dict[str, Any]

DATE, TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "^[0-2][0-9]:[0-5][0-9]$"


def record(**fields: Schema) -> Schema:
    """Return an object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def text(about: str) -> Schema:
    """Return a text that is copied."""
    return {"type": "string", "description": about}


def date(about: str) -> Schema:
    """Return a day in ISO form."""
    return {"type": "string", "pattern": DATE, "description": f"{about}, YYYY-MM-DD"}


def time(about: str) -> Schema:
    """Return a time of the day on a clock of 24 hours."""
    return {"type": "string", "pattern": TIME, "description": f"{about}, HH:MM"}


def number(about: str) -> Schema:
    """Return a number."""
    return {"type": "number", "description": about}


def whole(about: str) -> Schema:
    """Return a whole number."""
    return {"type": "integer", "description": about}


def yes_no(about: str) -> Schema:
    """Return true or false."""
    return {"type": "boolean", "description": about}


def one_of(about: str, *values: str) -> Schema:
    """Return one of a few words."""
    return {"type": "string", "enum": list(values), "description": about}


def many(about: str, entries: Schema) -> Schema:
    """Return a list."""
    return {"type": "array", "items": entries, "description": about}


def maybe(schema: Schema) -> Schema:
    """Return the schema that also allows null."""
    out = {**schema, "type": [schema["type"], "null"]}
    return out | {"enum": [*schema["enum"], None]} if "enum" in schema else out


def filled(schema: Schema, *values: Any) -> dict[str, Any]:
    """Return the object of a schema that has these values, in the order of its fields."""
    return dict(zip(schema["properties"], values, strict=True))
