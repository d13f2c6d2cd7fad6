"""What a conversation is told: the agent's own turn as a message, an observation, the opening of a ReAct conversation.

Where calls have markup of their own, a turn goes back as content, reasoning and calls, which the checkpoint's template
writes in its own way, and an observation is a `tool` message. ReAct is text: the turn goes back as it was written, an
observation is the user's, and the tools and the form stand in the system message.
Source: the text format of ReAct, Yao et al. 2022 (arXiv 2210.03629).
"""

import json
from collections.abc import Sequence

from sfteval.rollout.desk import without_surrogates
from sfteval.rollout.heard import Heard
from sfteval.types import Action, Json, Message

REACT = "react"
FORM = """\
You can use these tools, one JSON definition a line:
{tools}

Work in turns. To use a tool, write exactly this and stop:
Thought: what you want to know or do
Action: the name of one tool
Action Input: its arguments as one JSON object

The result follows as "Observation:". When nothing is left to do, write:
Thought: why you are done
Final Answer: what you tell the user"""


def is_react(dialect: str | None) -> bool:
    """Tell whether calls are written as plain text, with no markup of the template's."""
    return dialect == REACT


def opening(messages: Sequence[Message], tools: Sequence[Json], dialect: str | None) -> tuple[Message, ...]:
    """Return how a conversation begins; for ReAct with the tools and the form in its system message."""
    if not is_react(dialect):
        return tuple(messages)
    lines = "\n".join(json.dumps(tool.get("function", tool), ensure_ascii=False) for tool in tools)
    form = FORM.format(tools=lines)
    if messages[0].role == "system":
        return (Message("system", f"{messages[0].content}\n\n{form}"), *messages[1:])
    return (Message("system", form), *messages)


def wrote(heard: Heard, calls: Sequence[tuple[str, Action]], *, as_text: bool) -> Message:
    """Return the agent's turn as it goes back; `calls` with their ids were carried out."""
    think = heard.reading.think
    return Message(
        "assistant",
        without_surrogates(heard.text if as_text else heard.reading.answer),
        reasoning_content=None if think is None else without_surrogates(think),
        tool_calls=() if as_text else tuple(_call(name, action) for name, action in calls),
    )


def observed(name: str, action: Action, dialect: str | None) -> Message:
    """Return what a call gave, as the agent is shown it."""
    if is_react(dialect):
        return Message("user", f"Observation: {action.observation}")
    return Message("tool", action.observation, name=action.name, tool_call_id=name)


def _call(name: str, action: Action) -> Json:
    return {"id": name, "type": "function", "function": {"name": action.name, "arguments": action.arguments or {}}}
