"""One question asked of a server with something added to it, to see whether it is taken: a refusal is an answer here.

Load is waited out and asked again; what does not answer in time, or breaks, does not take it. Knows no capability.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sfteval.backends.endpoint.answers import Answer, read_answer
from sfteval.backends.endpoint.client import Client
from sfteval.errors import BackendError, TransientError
from sfteval.types import Json

SECONDS = 60.0  # for one request, or less where the session gives less
NUM_TRIES = 6
BACKOFF_SECONDS = 0.5  # doubled after every try, with jitter, where the server does not say how long

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trial:
    """The plainest question that a server answers."""

    client: Client
    body: Mapping[str, Any]
    limit_field: str
    num_prompt_tokens: int

    async def answer(self, fields: Json) -> Answer | str:
        """Return the answer to the question with these fields, or what was said instead of one.

        Raises: TransientError when the server has too much to do, again and again.
        """
        try:
            return await chat(self.client, {**self.body, **fields})
        except TransientError as error:
            if error.is_load:
                raise
            return error.got
        except BackendError as error:
            return error.got

    async def takes(self, fields: Json) -> bool:
        """Return whether the question with these fields is answered."""
        return isinstance(await self.answer(fields), Answer)

    async def taken(self, tried: Mapping[str, Json]) -> frozenset[str]:
        """Return the names of those that are answered, each tried by itself."""
        taken = await asyncio.gather(*(self.takes(fields) for fields in tried.values()))
        return frozenset(name for name, is_taken in zip(tried, taken, strict=True) if is_taken)


async def chat(client: Client, body: Json) -> Answer:
    """Ask one chat request, patiently.

    Raises: BackendError, or its RefusedError and TransientError.
    """
    return read_answer(await post(client, "/chat/completions", body), client.malformed)


async def post(client: Client, route: str, body: Json) -> dict[str, Any]:
    """Send one body, patiently.

    Raises: BackendError, or its RefusedError and TransientError.
    """
    return await patiently(lambda: client.post(route, body, timeout_seconds=SECONDS))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the server says that it has too much to do."""
    for attempt in range(NUM_TRIES - 1):
        try:
            return await ask()
        except TransientError as error:
            if not error.is_load:
                raise
            backoff = BACKOFF_SECONDS * 2**attempt * random.uniform(0.5, 1.5)
            await asyncio.sleep(error.retry_after_seconds or backoff)
    return await ask()
