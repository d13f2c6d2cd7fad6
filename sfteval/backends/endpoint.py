"""Any OpenAI-compatible server, asked over HTTP: `http://HOST:PORT/v1#MODEL`.

The hot path is aiohttp: one request, one answer, everything about sampling said explicitly. Token ids are taken where
the server gives them (`return_token_ids`, vLLM); elsewhere the raw text is put together from what the server parsed,
and what it parsed is recorded beside it. Does not retry: that is `asking`'s work.
"""

import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.identity import content_hash
from sfteval.types import Checkpoint, FinishReason, Generation, Json, Request

CONCURRENCY = 32
REQUEST_TIMEOUT_SECONDS = 600.0
REFUSED_STATUS = {400, 413, 422}  # this request, and no other
TRANSIENT_STATUS = {408, 409, 425, 429, 500, 502, 503, 504}


@asynccontextmanager
async def open_endpoint(checkpoint: Checkpoint) -> AsyncIterator["EndpointBackend"]:
    """Open a session with a server."""
    key = os.environ.get("SFTEVAL_API_KEY") or os.environ.get("OPENAI_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_SECONDS, sock_connect=10)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session:
        yield EndpointBackend(session, checkpoint)


class EndpointBackend:
    """One served model."""

    name = "endpoint"
    concurrency = CONCURRENCY
    max_concurrency = 512
    think_end_id: int | None = None

    def __init__(self, session: aiohttp.ClientSession, checkpoint: Checkpoint) -> None:
        """Wrap a session and the server's address."""
        self.session, self.checkpoint = session, checkpoint
        self.token_ids = True  # until the server refuses to be asked for them

    def description(self) -> Json:
        return {"backend": self.name, "url": self.checkpoint.url, "model": self.checkpoint.model,
                "token_ids": self.token_ids}  # fmt: skip

    async def ready(self) -> None:
        """Ask `/models` once; a server without that route is taken at its word.

        Raises: BackendError when it does not answer, refuses the key or does not know the model.
        """
        url = f"{self.checkpoint.url}/models"
        try:
            async with self.session.get(url) as response:
                body = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BackendError(
                str(self.checkpoint.url),
                expected="a server that answers",
                got=str(error) or type(error).__name__,
                next_move="Start it, or mend the address",
            ) from error
        if response.status in (401, 403):
            raise BackendError(
                url,
                expected="a key that the server takes",
                got=f"HTTP {response.status}",
                next_move="Set SFTEVAL_API_KEY",
            )
        known = _model_names(body) if response.status == 200 else []
        if known and self.checkpoint.model not in known:
            raise BackendError(
                url,
                expected=f'the model "{self.checkpoint.model}"',
                got=", ".join(known),
                next_move="Write one of these after the #",
            )

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash what is sent; without a fingerprint, answers are reused only inside the endpoint's own run folder."""
        return [content_hash([self._body(request), request.sample_index, self.checkpoint.url]) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """One request a unit."""
        return [(position,) for position in range(len(requests))]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Ask for one answer.

        Raises: TransientError for load, time-outs and malformed answers; BackendError for refusals.
        """
        (request,) = requests
        (question,) = self.questions(requests)
        started = time.monotonic()
        row = await self._post(request)
        try:
            return [_generation(request, question, row, time.monotonic() - started)]
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            raise self._transient(f"a malformed answer ({error!r})") from error

    def _body(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.checkpoint.model,
            "messages": [_wire(message.as_dict()) for message in request.sample.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": request.seed,
            "n": 1,
        }
        if sampling.top_k:
            body["top_k"] = sampling.top_k
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if request.sample.tools:
            body["tools"] = [dict(tool) for tool in request.sample.tools]
            body["tool_choice"] = "auto"
        if request.template_kwargs:
            body["chat_template_kwargs"] = dict(request.template_kwargs)
        return body

    async def _post(self, request: Request) -> dict[str, Any]:
        asked_for_ids = self.token_ids
        body = self._body(request)
        if asked_for_ids:
            body |= {"return_token_ids": True, "skip_special_tokens": False}
        status, text = await self._exchange(body)
        if status in (400, 422) and asked_for_ids:  # does it refuse the unknown fields, or the question?
            status, text = await self._exchange(self._body(request))
            self.token_ids = status != 200
        if status in TRANSIENT_STATUS:
            raise self._transient(f"HTTP {status}: {text[:120]}")
        if status in REFUSED_STATUS:
            raise RefusedError(
                str(self.checkpoint.url),
                expected="an answer",
                got=f"HTTP {status}: {' '.join(text.split())[:160]}",
                next_move="Shorten the prompt or lower max_tokens",
            )
        if status != 200:
            raise BackendError(
                f"{self.checkpoint.url}/chat/completions",
                expected="an answer",
                got=f"HTTP {status}: {' '.join(text.split())[:160]}",
                next_move="Read the server's log; the same call goes on from here",
            )
        return self._parsed(text)

    async def _exchange(self, body: dict[str, Any]) -> tuple[int, str]:
        try:
            async with self.session.post(f"{self.checkpoint.url}/chat/completions", json=body) as response:
                return response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
            raise self._transient(str(error) or type(error).__name__) from error

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            row = json.loads(text)
            choice = row["choices"][0]
            if not isinstance(choice["message"], dict):
                raise TypeError("message is not an object")
        except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
            raise self._transient(f"a malformed answer ({error!r})") from error
        return {"choice": choice, "prompt_token_ids": row.get("prompt_token_ids"), "usage": row.get("usage") or {}}

    def _transient(self, got: str) -> TransientError:
        return TransientError(
            str(self.checkpoint.url), expected="an answer", got=got, next_move="Call the same command again to go on"
        )


def _model_names(body: str) -> list[str]:
    try:
        return [str(model["id"]) for model in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError):
        return []


def _wire(message: dict[str, Any]) -> dict[str, Any]:
    """Write tool arguments as the JSON text that the wire format asks for."""
    calls = message.get("tool_calls")
    if calls:
        message["tool_calls"] = [
            {
                "id": call.get("id", f"call_{position}"),
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False),
                },
            }
            for position, call in enumerate(calls)
        ]
    return message


def _generation(request: Request, question: str, row: dict[str, Any], seconds: float) -> Generation:
    choice, usage = row["choice"], row["usage"]
    message = choice["message"]
    token_ids = tuple(int(token) for token in choice.get("token_ids") or ())
    prompt_ids = tuple(int(token) for token in row["prompt_token_ids"] or ())
    reasoning = message.get("reasoning") or message.get("reasoning_content")
    server = {
        "content": message.get("content"),
        "reasoning": reasoning,
        "tool_calls": message.get("tool_calls"),
        "finish_reason": choice.get("finish_reason"),
    }
    finish: FinishReason = "length" if choice.get("finish_reason") == "length" else "stop"
    return Generation(
        task=request.task,
        sample_id=request.sample.id,
        sample_index=request.sample_index,
        question=question,
        text=_raw_text(message, reasoning),
        finish_reason=finish,
        prompt_token_ids=prompt_ids,
        token_ids=token_ids,
        num_prompt_tokens=len(prompt_ids) or int(usage.get("prompt_tokens") or 0),
        num_tokens=len(token_ids) or int(usage.get("completion_tokens") or 0),
        latency_seconds=round(seconds, 6),
        seed=request.seed,
        content_hash=request.sample.content_hash,
        server={key: value for key, value in server.items() if value is not None},
    )


def _raw_text(message: dict[str, Any], reasoning: Any) -> str:
    """Put the raw text together again from what a server took apart."""
    parts = [f"<think>\n{reasoning}\n</think>\n\n"] if isinstance(reasoning, str) and reasoning else []
    content = message.get("content")
    parts.append(content if isinstance(content, str) else "")
    for call in message.get("tool_calls") or ():
        function = call.get("function", {}) if isinstance(call, dict) else {}
        arguments = function.get("arguments")
        body = arguments if isinstance(arguments, str) else json.dumps(arguments)
        parts.append(
            f'\n<tool_call>\n{{"name": {json.dumps(function.get("name"))}, "arguments": {body}}}\n</tool_call>'
        )
    return "".join(parts)
