"""The services behind one conversation: a call in, an observation and a new state out, whatever the arguments are.

A call reaches a tool only if its name is offered and its arguments fit the tool's own schema, however the item words
that tool for the model; sizes are bounded before and after. What goes wrong is an observation, never an exception, also
where a service of a third party raises. Tools get copies, so that no state changes but by what they return.
Does not know a conversation, a budget or a template.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.agents import ServiceTool, is_refusal, refused, service_named
from sfteval.errors import DataError, nearest
from sfteval.scorers.calls.failures import call_faults
from sfteval.scorers.tool_schemas import Tool, schema_faults, tools_of
from sfteval.types import Fault, Json, Sample, ToolCall

MAX_ARGUMENTS = 8_192  # characters of one call's arguments as JSON
MAX_OBSERVATION = 16_384
MAX_STATE = 262_144
MAX_FAULTS = 8  # told of one call
LISTED = 40  # names of tools in an observation


@dataclass(frozen=True, slots=True)
class Served:
    """What came of one call."""

    state: Json  # of every service; the same as before where the call failed
    observation: str
    is_error: bool
    faults: tuple[Fault, ...] = ()  # why the call could not be carried out; empty: a tool heard it


@dataclass(frozen=True, slots=True)
class Desk:
    """The offered tools, each with its schema and the service that it belongs to."""

    schemas: Mapping[str, Tool]
    tools: Mapping[str, tuple[str, ServiceTool]]  # the service's name and its tool, by the tool's name

    def faults(self, call: ToolCall) -> list[Fault]:
        """Return why a call that was read cannot be carried out: its name, its size, or its schema."""
        if len(_text(call.arguments)) > MAX_ARGUMENTS:
            message = f"the arguments are longer than {MAX_ARGUMENTS:,} characters"
            return [Fault("arguments_too_long", "schema", message, call.start, call.raw[:60])]
        return call_faults(call, self.schemas)[:MAX_FAULTS]

    def serve(self, call: ToolCall, state: Json) -> Served:
        """Carry a call out, or say why not."""
        if faults := self.faults(call):
            return Served(state, _text(refused(self._told(call, faults))), True, tuple(faults))
        service, tool = self.tools[call.name]
        try:
            own, observation = tool.run(_copy(state[service]), _copy(call.arguments))
            changed, shown = {**state, service: _copy(own)}, _shown(observation)
        except Exception as error:  # of a third party's tool; an agent sees what a user of that tool would see
            return Served(state, _text(refused(f"{call.name} failed: {type(error).__name__}.")), True)
        if len(_text(changed)) > MAX_STATE:
            return Served(state, _text(refused("There is no room left for this.")), True)
        if len(shown) > MAX_OBSERVATION:
            return Served(changed, _text(refused("The result is too long to be shown.")), True)
        return Served(changed, shown, is_refusal(observation))

    def _told(self, call: ToolCall, faults: Sequence[Fault]) -> str:
        if call.name not in self.schemas:
            return f"There is no such tool. Offered: {', '.join(list(self.schemas)[:LISTED])}."
        return f"{call.name} was not called: {'; '.join(fault.message for fault in faults)}"


def desk_of(sample: Sample, services: Sequence[str], state: Json, where: str) -> Desk:
    """Return the desk of an item.

    Raises: DataError for a service or a tool that does not exist, and for a state that a service cannot have.
    """
    found = [service_named(name, f"{where}, metadata.services") for name in services]
    for service in found:
        (form,) = tools_of([{"name": service.name, "parameters": service.state}], where).values()
        if faults := schema_faults(form.given, state[service.name]):
            raise DataError(
                f'{where}, state of "{service.name}"',
                expected="a state that this service can have",
                got=faults[0].message,
                next_move="Mend it in the task's data file",
            )
    known = {tool.name: (service.name, tool) for service in found for tool in service.tools}
    offered = list(tools_of(sample.tools, where))
    for name in offered:
        if name not in known:
            raise DataError(
                f"{where}, tools", expected="a tool of its services", got=f'"{name}"', next_move=nearest(name, known)
            )
    schemas = tools_of([known[name][1].definition for name in offered], where)
    return Desk(schemas, {name: known[name] for name in offered})


def plain(value: Any) -> Any:
    """Return JSON as services are given it: 5.0 is 5, and half a surrogate pair, which no tokenizer takes, a "?"."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, Mapping):
        return {without_surrogates(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def without_surrogates(text: str) -> str:
    """Return a text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown(observation: Any) -> str:
    return without_surrogates(observation) if isinstance(observation, str) else _text(observation)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _copy(value: Any) -> Any:
    return json.loads(_text(value))
