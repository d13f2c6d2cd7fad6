"""One row of a dataset becomes a Conversation, whatever the format: five forms, told apart by their keys.

Reasoning is taken from `reasoning_content`, its aliases and inline `<think>`, tool arguments from objects or JSON
strings. A row that cannot be learned from is refused with a reason that can be counted, whatever is wrong with it.
Knows no files.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sfteval.chat.thoughts import TAG, find_thoughts
from sfteval.identity import content_hash
from sfteval.types import Json, Message
from sfttrain.types import Conversation

ROLES = {
    "human": "user",
    "gpt": "assistant",
    "model": "assistant",
    "observation": "tool",
    "function": "tool",
    "tool_response": "tool",
    **{role: role for role in ("system", "developer", "user", "assistant", "tool")},
}
REASONING_KEYS = ("reasoning_content", "reasoning", "thinking")
MAX_DEPTH = 100  # of nested JSON; templates and writers recurse, and end somewhere near a thousand
TOO_DEEP = "nested too deeply"


class RowError(ValueError):
    """A row that cannot be learned from; the text is the reason, the same for every such row."""


def detect(row: Mapping[str, Any]) -> str | None:
    """Return the name of a row's format; None: none of ours."""
    return next((name for name, (keys, _) in FORMATS.items() if all(row.get(key) is not None for key in keys)), None)


def conversation(row: Mapping[str, Any], format_name: str, source: str) -> Conversation:
    """Return the conversation of a row, or raise RowError with the reason why there is none."""
    try:
        return _conversation(row, FORMATS[format_name][1], source)
    except RowError:
        raise
    except RecursionError as error:
        raise RowError(TOO_DEEP) from error
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise RowError(f"not in the format {format_name}") from error


def parse_json(text: str, reason: str) -> Any:
    """Return the JSON value of a text, or raise RowError: `reason`, or what Python cannot read though it is JSON."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, TypeError) as error:
        raise RowError(reason) from error
    except RecursionError as error:
        raise RowError(TOO_DEEP) from error
    except ValueError as error:  # Python reads integers of up to 4,300 digits
        raise RowError("an integer of too many digits") from error


def as_row(conversation: Conversation) -> dict[str, Any]:
    """Return the normalised row, which `conversation` reads back."""
    row: dict[str, Any] = {"id": conversation.id}
    if conversation.no_think_messages is None:
        row["messages"] = [_message_row(message) for message in conversation.messages]
    else:
        row["messages_thinking"] = [_message_row(message) for message in conversation.messages]
        row["messages_no_thinking"] = [_message_row(message) for message in conversation.no_think_messages]
    if conversation.tools:
        row["tools"] = [dict(tool) for tool in conversation.tools]
    if conversation.template_kwargs:
        row["chat_template_kwargs"] = dict(conversation.template_kwargs)
    if conversation.source:
        row["source"] = conversation.source
    return row


def _conversation(row: Mapping[str, Any], read: "Reader", source: str) -> Conversation:
    messages, no_think = read(row)
    for turns in (messages, no_think or messages):
        _check(turns)
    tools = _tools(row.get("tools"))
    kwargs = row.get("chat_template_kwargs") or {}
    if not isinstance(kwargs, dict):
        raise RowError("chat_template_kwargs that are not an object")
    hashed = [[m.as_dict() for m in messages], tools, kwargs]
    _check_json(hashed)
    given = row.get("id")
    one = Conversation(
        id=content_hash(hashed)[:16] if given is None else str(given),
        messages=messages,
        tools=tools,
        template_kwargs={key: value for key, value in kwargs.items() if value is not None},
        source=str(row.get("source") or source),
        no_think_messages=no_think,
    )
    _check_json(as_row(one))
    return one


def _message_row(message: Message) -> dict[str, Any]:
    return message.as_dict() | ({"weight": message.weight} if message.weight != 1 else {})


def _check(messages: Sequence[Message]) -> None:
    if not messages:
        raise RowError("no message")
    if not any(message.role == "assistant" for message in messages):
        raise RowError("no assistant turn")
    if not any(message.role == "assistant" and message.weight > 0 for message in messages):
        raise RowError("no assistant turn with a weight above 0")
    if messages[0].role == "assistant":
        raise RowError("begins with an assistant turn")
    if any(m.role == "assistant" and m.weight > 0 and not m.content and not m.tool_calls for m in messages):
        raise RowError("an empty assistant turn")


def _check_json(value: Any, depth: int = 0) -> None:
    """Refuse what could be neither rendered nor written again."""
    if depth > MAX_DEPTH:
        raise RowError(TOO_DEEP)
    match value:
        case str():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise RowError("text with a lone surrogate") from error
        case float():
            if not math.isfinite(value):
                raise RowError("a number that is NaN or infinite")
        case None | bool() | int():
            pass
        case list() | tuple():
            for part in value:
                _check_json(part, depth + 1)
        case Mapping():
            for key, part in value.items():
                _check_json(key, depth + 1)
                _check_json(part, depth + 1)
        case _:
            raise RowError(f"a value that is not JSON ({type(value).__name__})")


# -- the formats -----------------------------------------------------------------------------------------------------

Turns = tuple[Message, ...]
Reader = Callable[[Mapping[str, Any]], tuple[Turns, Turns | None]]


def _messages(row: Mapping[str, Any]) -> tuple[Turns, None]:
    return _turns(row["messages"]), None


def _two_columns(row: Mapping[str, Any]) -> tuple[Turns, Turns]:
    return _turns(row["messages_thinking"]), _turns(row["messages_no_thinking"])


def _prompt_completion(row: Mapping[str, Any]) -> tuple[Turns, None]:
    prompt, completion = row["prompt"], row["completion"]
    before = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    after = [{"role": "assistant", "content": completion}] if isinstance(completion, str) else completion
    return _turns([*before, *after]), None


def _sharegpt(row: Mapping[str, Any]) -> tuple[Turns, None]:
    turns = [_sharegpt_turn(turn) for turn in row["conversations"]]
    system = row.get("system")
    return _turns([{"role": "system", "content": system}, *turns] if system else turns), None


def _sharegpt_turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    if turn["from"] != "function_call":
        return {"role": turn["from"], "content": turn["value"], "weight": turn.get("weight")}
    calls = parse_json(turn["value"], "a function_call that is not JSON")
    return {"role": "assistant", "content": "", "tool_calls": calls if isinstance(calls, list) else [calls]}


def _alpaca(row: Mapping[str, Any]) -> tuple[Turns, None]:
    system = [{"role": "system", "content": row["system"]}] if row.get("system") else []
    earlier = [
        {"role": role, "content": text}
        for asked, answered in row.get("history") or []
        for role, text in (("user", asked), ("assistant", answered))
    ]
    asked = "\n".join(part for part in (row["instruction"], row.get("input")) if part)
    last = [{"role": "user", "content": asked}, {"role": "assistant", "content": row["output"]}]
    return _turns([*system, *earlier, *last]), None


FORMATS: dict[str, tuple[tuple[str, ...], Reader]] = {
    "two-column": (("messages_thinking", "messages_no_thinking"), _two_columns),
    "messages": (("messages",), _messages),
    "prompt/completion": (("prompt", "completion"), _prompt_completion),
    "ShareGPT": (("conversations",), _sharegpt),
    "Alpaca": (("instruction", "output"), _alpaca),
}
OPTIONAL = ("id", "source", "system", "history", "input", "tools", "chat_template_kwargs")
COLUMNS = frozenset(OPTIONAL).union(*(keys for keys, _ in FORMATS.values()))  # all that a reader looks at


# -- the parts of a message ------------------------------------------------------------------------------------------


def _turns(raw: Sequence[Mapping[str, Any]]) -> Turns:
    return tuple(_message(message) for message in raw)


def _message(raw: Mapping[str, Any]) -> Message:
    role = ROLES.get(raw["role"])
    if role is None:
        raise RowError(f'an unknown role "{printable(str(raw["role"]))}"')
    content = _text(raw.get("content"), "content that is not text")
    traces = (_text(raw.get(key), "reasoning that is not text") for key in REASONING_KEYS)
    reasoning = next((trace for trace in traces if trace.strip()), None)
    if role == "assistant":
        inline, content = _inline_thought(content)
        reasoning = "\n".join(filter(None, (reasoning, inline))) or None
    weight = raw.get("weight")
    if weight not in (None, 0, 1):
        raise RowError("a weight that is neither 0 nor 1")
    return Message(
        role=role,
        content=content,
        reasoning_content=reasoning,
        tool_calls=tuple(_tool_call(call) for call in raw.get("tool_calls") or ()),
        name=raw.get("name"),
        tool_call_id=raw.get("tool_call_id"),
        weight=1 if weight is None else int(weight),
    )


def _inline_thought(text: str) -> tuple[str, str]:
    """Return what an assistant's text thinks in `<think>` tags, and the text without it.

    What a thought is, is for `sfteval.chat.thoughts` to say: `<think>` in backticks or in a code fence is none.
    """
    thoughts = find_thoughts(text, False)
    if thoughts and not thoughts[-1].closed:
        if len(thoughts) > 1 or not text[: thoughts[-1].start].strip():
            raise RowError("a thought that never closes")
        return "", text  # a tag that an answer mentions
    if not thoughts:
        return "", text
    traces = (TAG.sub("", text[one.start : one.end].lstrip()).strip("\n") for one in thoughts)
    starts = [one.start for one in thoughts[1:]] + [len(text)]
    before = text[: thoughts[0].start]
    after = [text[one.end : start].lstrip() for one, start in zip(thoughts, starts, strict=True)]
    return "\n".join(trace for trace in traces if trace.strip()), "".join([before if before.strip() else "", *after])


def _text(content: Any, refusal: str) -> str:
    """Return a message's text, which may be a string, nothing, or a list of text parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        raise RowError(refusal)
    texts = [part.get("text") if isinstance(part, dict) else part for part in content]
    if not all(isinstance(text, str) for text in texts):
        raise RowError(refusal)
    return "".join(map(str, texts))


def _tool_call(raw: Mapping[str, Any]) -> Json:
    function = raw.get("function") or raw
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        arguments = parse_json(arguments, "tool call arguments that are not JSON")
    if not isinstance(arguments, dict):
        raise RowError("tool call arguments that are not a JSON object")
    call: dict[str, Any] = {"type": "function", "function": {"name": str(function["name"]), "arguments": arguments}}
    return call if raw.get("id") is None else {**call, "id": raw["id"]}


def _tools(raw: Any) -> tuple[Json, ...]:
    if isinstance(raw, str):
        raw = parse_json(raw, "tools that are not JSON") if raw.strip() else None
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(tool, dict) for tool in raw):
        raise RowError("tools that are not a list of objects")
    return tuple(raw)


def printable(text: str, limit: int = 40) -> str:
    """Return the beginning of a text that a terminal can show, whatever it holds."""
    return text[:limit].encode("utf-8", "backslashreplace").decode()
