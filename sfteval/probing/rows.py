"""One row of training data in, the conversation that a checkpoint was shown out: messages, tools, template variables.

What the trainer does when it reads a row is done again here, as far as a probe needs it, for the harness never imports
the trainer: reasoning from its keys or from `<think>` in the text, tool arguments as objects, the arm that never saw
reasoning without it. A row that cannot be read is left out: the data was checked when it was trained on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sfteval.chat.thoughts import TAG, find_thoughts
from sfteval.identity import content_hash
from sfteval.probes.row_texts import REASONING_KEYS, ROLES, messages_of
from sfteval.types import Checkpoint, Json, Message

KNOWN_ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as one checkpoint was shown it."""

    id: str
    messages: tuple[Message, ...]
    tools: tuple[Json, ...] = ()
    kwargs: Json = field(default_factory=dict)  # the template's variables

    @property
    def content(self) -> str:
        """The hash of what is said, reasoning aside: rows that share it are one row to a probe."""
        said = [[message.role, message.content, list(message.tool_calls)] for message in self.messages]
        return content_hash([said, list(self.tools)])

    @property
    def asked(self) -> str:
        """The hash of what others than the model say: files of two data sets may give one name to different rows."""
        said = [[message.role, message.content] for message in self.messages if message.role != "assistant"]
        return content_hash([said, list(self.tools)])

    @property
    def answer(self) -> Message:
        """The last turn that was learned."""
        return next(one for one in reversed(self.messages) if one.role == "assistant" and one.weight > 0)


def row_of(name: str, row: Mapping[str, Any], checkpoint: Checkpoint) -> Row | None:
    """Return a row as the checkpoint was shown it; None: it cannot be read."""
    thinks = sees_reasoning(checkpoint)
    plain = row.get("messages_no_thinking")
    raw = plain if not thinks and isinstance(plain, list) else messages_of(row)
    try:
        messages = tuple(_message(one, thinks) for one in raw or ())
        tools = _tools(row.get("tools"))
        own = row.get("chat_template_kwargs")
        kwargs = {**(own if isinstance(own, dict) else {}), **checkpoint.template_kwargs}
        _check_text([[message.as_dict() for message in messages], tools, kwargs])
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError):
        return None
    learned = any(one.role == "assistant" and one.weight > 0 for one in messages)
    return Row(name, messages, tools, kwargs) if learned and messages[0].role != "assistant" else None


def sees_reasoning(checkpoint: Checkpoint) -> bool:
    """Tell whether a checkpoint was shown reasoning: by the arm of its record, else by its template's variables."""
    arm = checkpoint.training.get("arm")
    return arm != "no-think" if arm else checkpoint.template_kwargs.get("enable_thinking") is not False


def _check_text(value: object) -> None:
    """Raise ValueError for what no tokenizer could read: half of a surrogate pair, a number that is none."""
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def _message(raw: Mapping[str, Any], thinks: bool) -> Message:
    role = ROLES.get(str(raw.get("role")), str(raw.get("role")))
    if role not in KNOWN_ROLES:
        raise ValueError(role)
    content = _text(raw.get("content", raw.get("value")))
    reasoning = next((text for key in REASONING_KEYS if (text := _text(raw.get(key))).strip()), None)
    if role == "assistant":
        inline, content = _inline(content)
        reasoning = "\n".join(filter(None, (reasoning, inline))) or None
    return Message(
        role=role,
        content=content,
        reasoning_content=reasoning if thinks else None,
        tool_calls=tuple(_call(call) for call in raw.get("tool_calls") or ()),
        name=raw.get("name"),
        tool_call_id=raw.get("tool_call_id"),
        weight=0 if raw.get("weight") == 0 else 1,
    )


def _inline(content: str) -> tuple[str, str]:
    """Return what is thought in a text, and the text without it; a thought that never closes is text."""
    thoughts = find_thoughts(content, False)
    if not thoughts or not thoughts[-1].closed:
        return "", content
    kept, position = [], 0
    for thought in thoughts:
        kept.append(content[position : thought.start])
        position = thought.end
    said = "".join([*kept, content[position:].lstrip()])
    return "\n".join(TAG.sub("", content[one.start : one.end]).strip() for one in thoughts), said


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content)
    return "" if content is None else str(content)


def _call(raw: Mapping[str, Any]) -> Json:
    function = raw.get("function") or raw
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    call: dict[str, Any] = {"type": "function", "function": {"name": str(function["name"]), "arguments": arguments}}
    return call if raw.get("id") is None else {**call, "id": raw["id"]}


def _tools(raw: Any) -> tuple[Json, ...]:
    if isinstance(raw, str):
        raw = json.loads(raw) if raw.strip() else None
    tools: Sequence[Json] = raw or ()
    return tuple(tool for tool in tools if isinstance(tool, dict))
