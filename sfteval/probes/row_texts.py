"""One row of training data in, its messages and the texts of its turns out: the five forms that the trainer reads.

`messages`, two columns with and without thinking, prompt and completion, ShareGPT, Alpaca. What is no text is left out,
whatever it is: the data was checked when it was trained on. Knows no file and no split.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sfteval.probes.eval_items import call_text, json_text
from sfteval.types import Message

REASONING_KEYS = ("reasoning_content", "reasoning", "thinking")
ROLES = {
    "human": "user",
    "gpt": "assistant",
    "model": "assistant",
    "observation": "tool",
    "function": "tool",
    "tool_response": "tool",
}
Row = Mapping[str, Any]


def messages_of(row: Row) -> list[dict[str, Any]] | None:
    """Return a row's messages, of two columns those with thinking; None: it has none that can be read."""
    if isinstance(row.get("messages_thinking"), list):
        found = row["messages_thinking"]
    elif isinstance(row.get("messages"), list):
        found = row["messages"]
    elif row.get("prompt") is not None and row.get("completion") is not None:
        found = [*_said("user", row["prompt"]), *_said("assistant", row["completion"])]
    elif isinstance(row.get("conversations"), list):
        turns = [turn for turn in row["conversations"] if isinstance(turn, dict)]
        found = [*_said("system", row.get("system")), *({**turn, "role": turn.get("from")} for turn in turns)]
    elif row.get("instruction") is not None and row.get("output") is not None:
        found = _alpaca(row)
    else:
        return None
    return [message for message in found if isinstance(message, dict)]


def turns_of(row: Row) -> tuple[str, ...]:
    """Return the texts of a row: each content, each thought, each tool call; the same text once."""
    plain = row.get("messages_no_thinking")
    messages = [*(messages_of(row) or ()), *(plain if isinstance(plain, list) else ())]
    texts = (text for message in messages if isinstance(message, dict) for text in _texts(message))
    return tuple(dict.fromkeys(text for text in texts if text))


def named_content(row: Row, messages: Sequence[Row]) -> list[Any]:
    """Return what the trainer hashes to name a row without an id; right for rows of plain text, which most are."""
    plain = [
        Message(
            role=ROLES.get(str(message.get("role")), str(message.get("role"))),
            content=_text(message.get("content", message.get("value"))),
            reasoning_content=next(_thoughts(message), None),
        )
        for message in messages
    ]
    tools, kwargs = row.get("tools"), row.get("chat_template_kwargs")
    return [
        [message.as_dict() for message in plain],
        tools if isinstance(tools, list) else [],
        kwargs if isinstance(kwargs, dict) else {},
    ]


def _texts(message: Row) -> Iterator[str]:
    yield _text(message.get("content", message.get("value")))
    yield from _thoughts(message)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = (call.get("function") or call) if isinstance(call, dict) else {}
        if isinstance(function, dict) and function:
            yield call_text(function.get("name"), function.get("arguments"))


def _thoughts(message: Row) -> Iterator[str]:
    texts = (_text(message.get(key)) for key in REASONING_KEYS)
    yield from (text for text in texts if text.strip())


def _text(content: Any) -> str:
    """Return a content as text: a text, or the text parts of a list; of anything else its JSON."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content)
    return "" if content is None else json_text(content)


def _said(role: str, text: Any) -> list[dict[str, Any]]:
    if isinstance(text, list):
        return text
    return [{"role": role, "content": text}] if text else []


def _alpaca(row: Row) -> list[dict[str, Any]]:
    history = [pair for pair in row.get("history") or () if isinstance(pair, list) and len(pair) == 2]
    earlier = [message for asked, said in history for message in (*_said("user", asked), *_said("assistant", said))]
    asked = "\n".join(str(part) for part in (row["instruction"], row.get("input")) if part)
    return [*_said("system", row.get("system")), *earlier, *_said("user", asked), *_said("assistant", row["output"])]
