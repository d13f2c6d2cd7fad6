"""Calls as raw text in each dialect, and answers read and graded as the harness does it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sfteval.chat.reading import read
from sfteval.scorers.toolcalls import ToolCalls
from sfteval.types import Generation, Graded, Sample

Calls = Sequence[tuple[str, dict[str, Any]]]


def hermes(calls: Calls, *, ascii_only: bool = False) -> str:
    return "\n".join(
        f"<tool_call>\n{_json({'name': name, 'arguments': arguments}, ascii_only)}\n</tool_call>"
        for name, arguments in calls
    )


def qwen3_xml(calls: Calls) -> str:
    return "\n".join(f"<tool_call>\n<function={name}>\n{_xml(given)}</function>\n</tool_call>" for name, given in calls)


def llama3_json(calls: Calls) -> str:
    return "; ".join(_json({"name": name, "parameters": arguments}) for name, arguments in calls)


def mistral(calls: Calls) -> str:
    return "[TOOL_CALLS]" + _json([{"name": name, "arguments": arguments} for name, arguments in calls])


def react(calls: Calls) -> str:
    """Write one call; a turn of this dialect has no room for more."""
    ((name, arguments),) = calls
    return f"Thought: I need a tool.\nAction: {name}\nAction Input: {_json(arguments)}"


WRITERS: dict[str, Callable[[Calls], str]] = {
    "hermes": hermes,
    "qwen3_xml": qwen3_xml,
    "llama3_json": llama3_json,
    "mistral": mistral,
    "react": react,
}


def graded(scorer: ToolCalls, sample: Sample, text: str, dialect: str = "hermes") -> Graded:
    """Read an answer's raw text and grade it."""
    return scorer.grade(sample, read(Generation("toolcalls", sample.id, 0, "q", text, "stop"), dialect))


def failure(scorer: ToolCalls, sample: Sample, text: str) -> str | None:
    """Return why an answer fails; None: it passes."""
    code: str | None = graded(scorer, sample, text).detail["failure_code"]
    return code


def _json(value: Any, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


def _xml(arguments: dict[str, Any]) -> str:
    texts = {key: value if isinstance(value, str) else _json(value) for key, value in arguments.items()}
    return "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in texts.items())
