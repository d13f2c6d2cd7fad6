"""What a service is: a few tools over one JSON state, and what its state must look like.

A tool is plain Python, `(state, arguments) -> (state, observation)`. It gets copies that nobody else holds, arguments
that fit its schema, and returns a new state; what it cannot do it says in an observation made by `refused`, with the
state as it was. It knows no clock, no chance and no other service. Does not know who calls it, or why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.types import Json

State = dict[str, Any]  # JSON
Run = Callable[[State, Mapping[str, Any]], tuple[State, Any]]  # the observation is JSON; a text is shown as it is


@dataclass(frozen=True, slots=True)
class ServiceTool:
    """One thing that a service can do."""

    name: str  # unique among all services that one item may combine
    description: str  # "": it is shown without one
    parameters: Json  # JSON Schema; numbers and texts have bounds
    run: Run

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as a model is shown it, in OpenAI's form."""
        told = {"description": self.description} if self.description else {}
        return {"type": "function", "function": {"name": self.name, **told, "parameters": dict(self.parameters)}}


@dataclass(frozen=True, slots=True)
class Service:
    """A stateful toy service."""

    name: str
    about: str
    tools: tuple[ServiceTool, ...]
    state: Json  # JSON Schema of its state


def refused(reason: str) -> dict[str, str]:
    """Return the observation of a call that the service cannot serve; `reason` is a clear sentence."""
    return {"error": reason}


def is_refusal(observation: Any) -> bool:
    """Tell whether an observation says that a call failed."""
    return isinstance(observation, Mapping) and "error" in observation


# -- schemas of arguments ----------------------------------------------------------------------------------------------


def record(properties: Mapping[str, Json], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": {name: dict(schema) for name, schema in properties.items()},
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def text(description: str, longest: int = 120) -> dict[str, Any]:
    """Return the schema of a text that is not empty."""
    return {"type": "string", "description": description, "minLength": 1, "maxLength": longest}


def whole(description: str, least: int, most: int) -> dict[str, Any]:
    """Return the schema of a whole number in a range."""
    return {"type": "integer", "description": description, "minimum": least, "maximum": most}


def one_of(description: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of one of a few texts."""
    return {"type": "string", "description": description, "enum": list(values)}


def day(description: str) -> dict[str, Any]:
    """Return the schema of a date."""
    return {"type": "string", "description": f"{description}, as YYYY-MM-DD", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def clock(description: str) -> dict[str, Any]:
    """Return the schema of a time of day."""
    pattern = r"^([01]\d|2[0-3]):[0-5]\d$"
    return {"type": "string", "description": f"{description}, as HH:MM in 24 hours", "pattern": pattern}


def table(entry: Json) -> dict[str, Any]:
    """Return the schema of a table of records by id."""
    return {"type": "object", "additionalProperties": dict(entry)}


def next_id(prefix: str, taken: Mapping[str, Any]) -> str:
    """Return the id behind the highest one in use, `e4` after `e3`."""
    numbers = [int(name[len(prefix) :]) for name in taken if name[len(prefix) :].isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1}"
