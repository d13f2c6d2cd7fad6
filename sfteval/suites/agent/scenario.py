"""One agent task before it is a row: what the user says, what the services hold, and a solution that is carried out.

A solution is a list of calls for each message of the user. `row_of` carries it out on fresh services: the state that it
reaches is the expected one. Does not know models or scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.agents import Service, is_refusal, service_named

Row = dict[str, Any]
Calls = tuple[tuple[str, dict[str, Any]], ...]  # (tool, arguments)

SYSTEM = (
    "You act for the user with the tools that you are given. Look things up before you change them, change only what "
    "the user asks for, and when you are done tell the user the result in one or two sentences."
)
NOT_REACHED = "The service did not answer in time. Nothing was changed. Try again."


@dataclass(frozen=True, slots=True)
class Scenario:
    """One task."""

    stem: str  # tasks of one stem differ in names and numbers only
    services: tuple[str, ...]
    state: Mapping[str, Any]  # of each service, before
    says: tuple[str, ...]  # the user's messages
    solution: tuple[Calls, ...]  # for each of them
    answers: tuple[tuple[Any, ...], ...] = ()  # for each of them: texts, or lists of alternatives
    fails_at: int = 0  # the call, from 1, that fails once; 0: none does
    system: str = SYSTEM
    tools: tuple[str, ...] = ()  # those that are offered; empty: all of the services


def call(tool: str, /, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """Return one call of a solution."""
    return tool, arguments


def row_of(scenario: Scenario, name: str) -> Row:
    """Return the row of a scenario.

    Raises: ValueError for a solution that asks for a tool which is not offered.
    """
    found = [service_named(service) for service in scenario.services]
    metadata: dict[str, Any] = {
        "services": list(scenario.services),
        "state": dict(scenario.state),
        "stem": scenario.stem,
        "num_services": len(scenario.services),
        "num_user_turns": len(scenario.says),
        "num_calls": sum(len(calls) for calls in scenario.solution),
        "error_injected": bool(scenario.fails_at),
    }
    if len(scenario.says) > 1:
        metadata["user"] = list(scenario.says[1:])
    if scenario.fails_at:
        metadata["fail"] = {"call": scenario.fails_at, "error": NOT_REACHED}
    opening = [{"role": "system", "content": scenario.system}] if scenario.system else []
    target: dict[str, Any] = {
        "state": reached(scenario, found),
        "actions": [[{"name": tool, "arguments": given} for tool, given in calls] for calls in scenario.solution],
    }
    if any(scenario.answers):
        target["answers"] = [list(answers) for answers in scenario.answers]
    return {
        "id": name,
        "cluster": scenario.stem,
        "messages": [*opening, {"role": "user", "content": scenario.says[0]}],
        "tools": [tool.definition for service in found for tool in service.tools if _is_offered(tool.name, scenario)],
        "target": target,
        "metadata": metadata,
    }


def reached(scenario: Scenario, services: list[Service]) -> dict[str, Any]:
    """Return the state of each service after the solution; a call that the service refuses must be tried again."""
    state: dict[str, Any] = dict(scenario.state)
    owners = {tool.name: (service.name, tool) for service in services for tool in service.tools}
    calls = [one for calls in scenario.solution for one in calls]
    is_refused = False
    for tool, arguments in calls:
        if tool not in owners or not _is_offered(tool, scenario):
            raise ValueError(f"{scenario.stem}: {tool} is not offered")
        owner, found = owners[tool]
        state[owner], observation = found.run(state[owner], arguments)
        is_refused = is_refusal(observation)
    if is_refused:
        raise ValueError(f"{scenario.stem}: the last call is refused")
    return state


def _is_offered(tool: str, scenario: Scenario) -> bool:
    return not scenario.tools or tool in scenario.tools
