"""How a side's tool calls came about and how they are read: settings in, what must be said of them out.

Calls are the model's own where nobody helps with their form. A server helps where it is told to, by
`tool_choice=required`, and where a tool is declared strict: then it draws only tokens that fit, and what is measured is
the server too. And calls are read in the dialect of the checkpoint's template; where nothing tells that, each answer's
dialect is guessed. Does not know answers.
Source: tool-call research, 1.5.7; vLLM's documentation, Constrained Decoding Behavior.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.types import Checkpoint, Json, Task

GUESSED = "guessed for each answer"
MOST_NAMES = 4


def help_with_calls(checkpoint: Checkpoint, tasks: Sequence[Task]) -> list[str]:
    """Return by what a server is asked to help with the form of calls; empty: they are the model's own."""
    if checkpoint.kind != "endpoint":  # our own servers are started without
        return []
    forced = [] if checkpoint.tool_choice == "auto" else [f"tool_choice={checkpoint.tool_choice}"]
    strict = any(_is_strict(tool) for task in tasks for sample in task.samples for tool in sample.tools)
    return forced + (["strict tools"] if strict else [])


def said_of_calls(settings: Json, tasks: Sequence[Task]) -> list[str]:
    """Return what must be said of one side's calls; nothing where no task offers tools."""
    if not any(_offers_tools(task) for task in tasks):
        return []
    said = []
    helped = settings.get("help_with_calls")
    if isinstance(helped, list | tuple) and helped:
        asked = ", ".join(map(str, helped))
        said.append(f"the server was asked to help with calls ({asked}): what is measured is the server too")
    if guessed := _guessed(settings, tasks):
        names = ", ".join(guessed[:MOST_NAMES]) + (", ..." if len(guessed) > MOST_NAMES else "")
        said.append(f"nothing tells in which dialect it writes calls: it is {GUESSED} of {names}")
    return said


def dialect_row(baseline: Json, candidate: Json, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Return the row of the contract table that names each side's dialect; empty where no task offers tools.

    `baseline` and `candidate` are two runs' settings.
    """
    if not any(_offers_tools(task) for task in tasks):
        return []
    a, b = (_dialect(side) for side in (baseline, candidate))
    same = None if a is None or b is None else a == b
    return [{"what": "tool calls", "baseline": a or GUESSED, "candidate": b or GUESSED, "same": same}]


def _dialect(settings: Json) -> str | None:
    named = settings.get("dialect")
    return named if isinstance(named, str) else None


def _guessed(settings: Json, tasks: Sequence[Task]) -> list[str]:
    """Return the tasks whose calls are read by a guess."""
    if _dialect(settings) is not None:
        return []
    return [task.name for task in tasks if _offers_tools(task) and "dialect" not in task.options]


def _offers_tools(task: Task) -> bool:
    return any(sample.tools for sample in task.samples)


def _is_strict(tool: Json) -> bool:
    function = tool.get("function", tool)
    return isinstance(function, Mapping) and function.get("strict") is True
