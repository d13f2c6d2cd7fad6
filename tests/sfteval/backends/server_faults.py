"""Faults of a scripted server: which request meets one, and what it then gets instead of an answer.

A fault is a name: an HTTP status ("429"), or one of `broken_response`.
"""

import asyncio
import contextlib
import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

Body = dict[str, Any]
Fault = Callable[[Body, int], str | None]

# -- which request meets one -------------------------------------------------------------------------------------------


def no_fault(body: Body, number: int) -> str | None:
    return None


def always(name: str) -> Fault:
    return lambda body, number: name


def every(count: int, name: str) -> Fault:
    """Let every `count`-th question meet a fault."""
    return lambda body, number: name if number % count == 0 else None


def first_try(name: str) -> Fault:
    """Let every question meet a fault when it is asked for the first time."""
    seen: set[str] = set()

    def fault(body: Body, number: int) -> str | None:
        key = question_of(body)
        known = key in seen
        seen.add(key)
        return None if known else name

    return fault


def storm(count: int, name: str = "429") -> Fault:
    """Let the first `count` questions meet a fault, and none after them."""
    return lambda body, number: name if number <= count else None


def question_of(body: Body) -> str:
    return hashlib.sha256(json.dumps([body.get("messages"), body.get("seed")]).encode()).hexdigest()[:16]


def fault_of(words: list[str]) -> Fault:
    pairs = [(name, int(count or 1)) for name, _, count in (word.partition("@") for word in words)]
    return lambda body, number: next((name for name, count in pairs if number % count == 0), None)


# -- what it gets ------------------------------------------------------------------------------------------------------


def refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "code": status}}, status=status)


async def broken_response(request: web.Request, name: str, answer: Body) -> web.StreamResponse:
    """Return what a fault makes of an answer.

    Raises: KeyError for a fault that does not exist.
    """
    if name == "hang":
        await asyncio.sleep(3600)
    if name in ("disconnect", "truncated", "truncated_chunks"):
        return await cut_off(request, name, json.dumps(answer).encode())
    if name == "long_chunks":
        return await in_chunks(request, broken_text("long", answer).encode())
    if name == "echo_key":
        return refusal(400, f"refused to {request.headers.get('Authorization')}")
    if name == "words":
        return refusal(400, "\x1b[31mred\n" + "very " * 1000)
    if name == "gzip":
        packed = gzip.compress(json.dumps(answer).encode())
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"}, content_type="application/json")
    if name == "not_utf8":
        return web.Response(body=b'{"choices": "\xff"}', content_type="application/json")
    return web.Response(text=broken_text(name, answer), content_type="application/json")


async def in_chunks(request: web.Request, text: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the other side may have had enough
        await response.write(text)
    return response


async def cut_off(request: web.Request, name: str, text: bytes) -> web.StreamResponse:
    """Drop the connection before, or in the middle of, an answer."""
    response = web.StreamResponse()
    if name != "disconnect":
        if name == "truncated":
            response.content_length = len(text)
        await response.prepare(request)
        await response.write(text[: len(text) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


def broken_text(name: str, answer: Body) -> str:
    """Return the text of an answer with one thing wrong.

    Raises: KeyError for a fault that does not exist.
    """
    texts = {
        "malformed": '{"choices": [',
        "empty_body": "",
        "not_utf8_json": "\x00\x01",
        "deep": "[" * 200_000,
        "list": "[1, 2]",
        "error_in_200": '{"error": {"message": "engine died"}}',
        "deep_call": '{"choices": [{"message": {"content": "", "tool_calls": ' + "[" * 900 + "]" * 900 + "}}]}",
        "empty_choices": json.dumps(answer | {"choices": []}),
        "long": json.dumps(answer | {"padding": "x" * (1 << 20)}),
    }
    if name in texts:
        return texts[name]
    choice, usage = answer["choices"][0], answer.setdefault("usage", {})
    edits: dict[str, Callable[[], object]] = {
        "null_message": lambda: choice.update(message=None),
        "list_message": lambda: choice.update(message=[1]),
        "numeric_content": lambda: choice.update(message={"content": 7}),
        "null_content": lambda: choice.update(message={"content": None}),
        "surrogate": lambda: choice.update(message={"content": "a\ud800b"}),
        "bad_calls": lambda: choice.update(message={"content": "", "tool_calls": 5}),
        "content_filter": lambda: choice.update(finish_reason="content_filter"),
        "aborted": lambda: choice.update(finish_reason="abort"),
        "odd_stop": lambda: choice.update(stop_reason=[1]),
        "negative_ids": lambda: choice.update(token_ids=[-1]),
        "huge_ids": lambda: choice.update(token_ids=[1 << 80]),
        "text_ids": lambda: choice.update(token_ids=["a"]),
        "true_ids": lambda: choice.update(token_ids=[True]),
        "negative_usage": lambda: (choice.pop("token_ids", 0), usage.update(completion_tokens=-5)),
        "huge_usage": lambda: (choice.pop("token_ids", 0), usage.update(completion_tokens=1 << 90)),
        "text_usage": lambda: (choice.pop("token_ids", 0), usage.update(completion_tokens="many")),
        "nan": lambda: usage.update(prompt_tokens=float("nan")),
        # of given tokens
        "nan_values": lambda: choice.update(prompt_logprobs=[None, {"2": {"logprob": "NaN"}}]),
        "high": lambda: choice.update(prompt_logprobs=[None, {"2": {"logprob": 0.5}}]),
        "other_tokens": lambda: choice.update(prompt_logprobs=[None, {"3": {"logprob": -0.5}}]),
        "short": lambda: choice.update(prompt_logprobs=[None]),
    }
    edits[name]()
    return json.dumps(answer)
