"""What is said, before anybody asks: a message of a conversation, as JSON and as a noun. Knows no template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]  # a JSON object


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, in the field's (OpenAI's) form."""

    role: str  # system, developer, user, assistant or tool
    content: str
    reasoning_content: str | None = None  # None: no reasoning was given, not "empty reasoning"
    tool_calls: tuple[Json, ...] = ()  # {"type": "function", "function": {"name", "arguments": object}}
    name: str | None = None
    tool_call_id: str | None = None
    weight: int = 1  # 0: never learned from, whatever the role

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form that chat templates and servers read: keys without a value are absent."""
        out: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.reasoning_content is not None:
            out["reasoning_content"] = self.reasoning_content
        if self.tool_calls:
            out["tool_calls"] = [dict(call) for call in self.tool_calls]
        if self.name is not None:
            out["name"] = self.name
        if self.tool_call_id is not None:
            out["tool_call_id"] = self.tool_call_id
        return out
