"""What is sent: a Request into the JSON body of a chat request, a conversation into that of a tokenize request.

The body says every sampling field that the server takes, so that no default of its own applies silently; what it does
not take is an error where somebody asked for what it does, and is left away where it would have done nothing. Does not
send; what comes back is read in `answers`.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.errors import ConfigurationError
from sfteval.types import Json, Message, Request, Sampling


def chat_body(request: Request, model: str, can: Capabilities) -> dict[str, Any]:
    """Return the body of a chat request.

    Raises: ConfigurationError when it needs what the server refuses or does not read.
    """
    sample = request.sample
    body: dict[str, Any] = {
        "model": model,
        "messages": wire_messages(sample.messages),
        **sampling_fields(request.sampling, can),
    }
    if "seed" not in can.refused:
        body["seed"] = request.seed
    if sample.tools:
        body["tools"], body["tool_choice"] = wire_tools(sample.tools), _tool_choice(request, can)
    if request.template_kwargs:
        body["chat_template_kwargs"] = dict(request.template_kwargs)
    if can.token_ids:
        body["return_token_ids"], body["skip_special_tokens"] = True, False
    return body


def tokenize_body(
    model: str, messages: Sequence[Message], tools: Sequence[Json], kwargs: Json, *, add_generation_prompt: bool
) -> dict[str, Any]:
    """Return the body that asks which token ids a conversation becomes; kwargs are always said."""
    body: dict[str, Any] = {
        "model": model,
        "messages": wire_messages(messages),
        "add_generation_prompt": add_generation_prompt,
        "chat_template_kwargs": dict(kwargs),
    }
    return {**body, "tools": wire_tools(tools)} if tools else body


def as_chat_body(tokenize: Json, can: Capabilities) -> dict[str, Any]:
    """Return the same as a chat request for one token, whose answer tells the prompt's token ids."""
    choice = {"tool_choice": can.tools or "none"} if "tools" in tokenize else {}
    return {**tokenize, **choice, can.limit_field: 1, "return_token_ids": True}


@functools.lru_cache(maxsize=256)
def sampling_fields(sampling: Sampling, can: Capabilities) -> Mapping[str, Any]:
    """Return what a body says about sampling.

    Raises: ConfigurationError when a value is asked for that the server refuses.
    """
    fields = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or can.no_limit,
        "stop": list(sampling.stop) or None,
        "n": 1,
        "min_p": 0.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "repetition_penalty": 1.0,
    }
    _check(sampling, can)
    refused = can.refused - {"temperature"} if sampling.temperature == 0 else can.refused
    said = {name: value for name, value in fields.items() if name not in refused and value is not None}
    return {**said, can.limit_field: most_tokens(sampling.max_tokens, can.max_model_len)}


def most_tokens(asked: int, max_model_len: int | None) -> int:
    """Return how many tokens an answer may have: a limit beyond the context ends there, and vLLM refuses to hear it."""
    return asked if max_model_len is None else min(asked, max_model_len)


def _check(sampling: Sampling, can: Capabilities) -> None:
    needed = {
        "greedy": sampling.temperature == 0,
        "temperature": sampling.temperature not in (0, 1),
        "top_p": sampling.top_p != 1,
        "top_k": sampling.top_k > 0,
        "stop": bool(sampling.stop),
    }
    for name in sorted(can.refused):
        if needed.get(name):
            field = "temperature" if name == "greedy" else name
            raise ConfigurationError(
                "sampling",
                expected=f"a {field} that the server takes",
                got=f"{getattr(sampling, field)}, which it refuses",
                next_move=f"Set another {field} for both sides, or change servers",
            )


def _tool_choice(request: Request, can: Capabilities) -> str:
    if not can.tools:
        raise ConfigurationError(
            "tools",
            expected="a server that takes tools",
            got=f"one that refuses them: {can.tools_refusal}",
            next_move="Start it with a parser for tool calls, or leave suites with tools away",
        )
    return can.tools if request.tool_choice == "auto" else request.tool_choice


def wire_tools(tools: Sequence[Json]) -> list[dict[str, Any]]:
    """Return tool definitions as they are sent."""
    return [dict(tool) for tool in tools]


def wire_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages as servers read them: arguments as JSON text, each call with an id that its result names."""
    wired: list[dict[str, Any]] = []
    pending: list[str] = []
    num_calls = 0
    for message in messages:
        row = message.as_dict()
        if "reasoning_content" in row:
            row["reasoning"] = row["reasoning_content"]  # servers know one name or the other
        if message.tool_calls:
            calls = [_wire_call(call, num_calls + place) for place, call in enumerate(message.tool_calls)]
            row["tool_calls"], pending = calls, [call["id"] for call in calls]
            num_calls += len(calls)
        if message.role == "tool" and pending:
            answered = row.setdefault("tool_call_id", pending[0])
            pending = [name for name in pending if name != answered]
        wired.append(row)
    return wired


def _wire_call(call: Json, position: int) -> dict[str, Any]:
    function = call["function"]
    arguments = json.dumps(function["arguments"], ensure_ascii=False)
    return {
        "id": call.get("id", f"call_{position}"),
        "type": "function",
        "function": {"name": function["name"], "arguments": arguments},
    }
