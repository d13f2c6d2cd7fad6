"""Requests to a scripted server, asked of an endpoint backend without the engine: toys of the endpoint's tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sfteval.backends.endpoint import EndpointBackend, open_endpoint
from sfteval.checkpoints import resolve_checkpoint
from sfteval.identity import content_hash
from sfteval.types import Generation, Message, Request, Sample, Sampling
from tests.sfteval.backends.scripted_server import Script, ScriptedServer

SECONDS = 5.0


def request(text: str = "2 + 2?", index: int = 0, *, messages=None, tools=(), kwargs=None, **sampling) -> Request:  # type: ignore[no-untyped-def]
    said = messages or (Message("user", text),)
    sample = Sample(text, tuple(said), tools=tuple(tools), content_hash=content_hash(text))
    return Request("sums", sample, index, Sampling(**{"max_tokens": 8, **sampling}), 7, kwargs or {})


def with_server(
    script: Script,
    ask: Callable[[EndpointBackend], Awaitable[Any]],
    *,
    model: str = "toy",
    seconds: float = SECONDS,
    key: str | None = None,
) -> tuple[ScriptedServer, Any]:
    """Return the server and what came of it."""

    async def go() -> tuple[ScriptedServer, Any]:
        async with ScriptedServer(script) as server:
            checkpoint = resolve_checkpoint(f"{server.url}#{model}")
            async with open_endpoint(checkpoint, timeout_seconds=seconds, key=key) as backend:
                return server, await ask(backend)

    return asyncio.run(go())


def answered(script: Script, asked: Request | None = None, **options: Any) -> tuple[ScriptedServer, Generation]:
    """Return the server and its answer to one request."""

    async def ask(backend: EndpointBackend) -> Generation:
        await backend.ready()
        (generation,) = await backend.answer([asked or request()])
        return generation

    return with_server(script, ask, **options)


def described(script: Script, **options: Any) -> dict[str, Any]:
    """Return what the backend says that the server can."""

    async def ask(backend: EndpointBackend) -> dict[str, Any]:
        await backend.ready()
        return dict(backend.description() or {})["capabilities"]

    return with_server(script, ask, **options)[1]
