"""How a tool is written down: short words in, a definition in OpenAI's form with JSON Schema 2020-12 out.

Each function returns one schema. Formats that a schema can hold stand in it as patterns, so that an argument's form is
never a matter of taste. Does not know which tools there are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]

DATE = r"^\d{4}-\d{2}-\d{2}$"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
MOMENT = r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[a-z]+$"
NONE: Mapping[str, Schema] = {}


def tool(name: str, description: str, needed: Mapping[str, Schema], optional: Mapping[str, Schema] = NONE) -> Schema:
    """Return the definition of a tool with its needed and its optional parameters."""
    parameters = record("", needed, optional)
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def record(about: str, needed: Mapping[str, Schema], optional: Mapping[str, Schema] = NONE) -> Schema:
    """Return the schema of an object with these properties."""
    described = {"description": about} if about else {}
    return {"type": "object", **described, "properties": {**needed, **optional}, "required": list(needed)}


def text(about: str, **more: Any) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "description": about, **more}


def date(about: str) -> Schema:
    """Return the schema of a day, YYYY-MM-DD."""
    return text(f"{about}, as YYYY-MM-DD.", pattern=DATE)


def clock(about: str) -> Schema:
    """Return the schema of a time of day, HH:MM."""
    return text(f"{about}, 24-hour clock, as HH:MM.", pattern=CLOCK)


def moment(about: str) -> Schema:
    """Return the schema of a day and time, YYYY-MM-DDTHH:MM."""
    return text(f"{about}, local time, as YYYY-MM-DDTHH:MM.", pattern=MOMENT)


def email(about: str) -> Schema:
    """Return the schema of an e-mail address."""
    return text(about, pattern=EMAIL)


def choice(about: str, words: str, **more: Any) -> Schema:
    """Return the schema of one of the words."""
    return text(about, enum=words.split(), **more)


def whole(about: str, least: int, most: int, **more: Any) -> Schema:
    """Return the schema of a whole number from `least` to `most`."""
    return {"type": "integer", "description": about, "minimum": least, "maximum": most, **more}


def number(about: str, **more: Any) -> Schema:
    """Return the schema of a number."""
    return {"type": "number", "description": about, **more}


def flag(about: str, default: bool) -> Schema:
    """Return the schema of a truth value that may be left away."""
    return {"type": "boolean", "description": about, "default": default}


def many(about: str, items: Schema, **more: Any) -> Schema:
    """Return the schema of a list with at least one entry."""
    return {"type": "array", "description": about, "items": items, "minItems": 1, **more}


def by_name(tools: Sequence[Schema]) -> dict[str, Schema]:
    """Return definitions by the names of their tools."""
    return {entry["function"]["name"]: entry for entry in tools}
