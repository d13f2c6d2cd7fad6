"""A judge that runs in a thread of its own, so that a command can be called beside it."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.judge import judges


@pytest.fixture
def served() -> Iterator[ScriptedServer]:
    """Yield the server of a fair judge."""
    started, ended = threading.Event(), threading.Event()
    servers: list[ScriptedServer] = []

    async def serve() -> None:
        async with ScriptedServer(Script(say=judges.fair)) as server:
            servers.append(server)
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(10)
    yield servers[0]
    ended.set()
    thread.join()
