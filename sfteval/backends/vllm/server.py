"""One server's life: how to start it in, an address that answers with our key out; watched, mended once, stopped.

Its log is kept, readable by its owner alone. A port that somebody else takes in between costs another try; a death
costs one new start, the next one ends the run with the end of the log. Does not know what is asked, nor what vLLM's
options mean.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from sfteval.backends.endpoint.client import Client, open_client
from sfteval.backends.protocol import Note
from sfteval.backends.vllm import deaths, keeper
from sfteval.errors import BackendError

STARTUP_SECONDS = 900.0
STARTUP_KEY = "SFTEVAL_VLLM_STARTUP_SECONDS"
LOOK_SECONDS = 0.3
KNOCK_SECONDS = 2.0  # for one question whether it is up
HEALTH_SECONDS = 10.0
DYING_SECONDS = 5.0  # in which a server that answers no more may turn out to have ended
PORT_TRIES = 4
STARTS = 2  # the first, and one after a death


@dataclass(frozen=True, slots=True)
class Launch:
    """How one server is started."""

    command: Callable[[int], Sequence[str]]  # of its port
    environment: Callable[[str], Mapping[str, str]]  # of its key
    names: frozenset[str]  # under which it answers when it is up


class Server:
    """A vLLM process and what it takes to talk to it."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], Launch],
        logs: Path,
        timeout_seconds: float,
        make_room: Callable[[], Awaitable[None]],
    ) -> None:
        """Take how to start it: `make_room`, then `launch` are called once a start, for what is free then."""
        self.name, self.launch, self.make_room = name, launch, make_room
        self.logs, self.timeout_seconds = logs, timeout_seconds
        self.key, self.mark = secrets.token_hex(24), secrets.token_hex(16)
        self.starts = 0
        self.pid: int | None = None  # of the server itself; its keeper is another
        self.log: Path | None = None
        self.client: Client | None = None
        self.process: Process | None = None
        self._launched_at = 0  # bytes of the log that belong to earlier launches
        self._clients = contextlib.AsyncExitStack()
        self._lock = asyncio.Lock()

    # -- for those who ask ---------------------------------------------------------------------------------------------

    async def ready(self, note: Note) -> Client:
        """Start it unless it runs, and return a session with it.

        Raises: BackendError when it does not come up.
        """
        async with self._lock:
            if self.client is None:
                await self._start(note)
            assert self.client is not None
            return self.client

    async def mend(self, seen: int, note: Note) -> None:
        """See after a lost request whether the server lives; start it again if it died, once in its life.

        `seen` is the value of `starts` when the request was sent. Raises: BackendError when it died again.
        """
        async with self._lock:
            if self.starts != seen or self.client is None or await self._lives():
                return
            if self.starts >= STARTS:
                raise self._death("to keep running", "died again")
            await self._end()
            await self._start(note)

    async def stop(self) -> None:
        """End it and everything that it started; when this returns they are gone."""
        async with self._lock:
            self.client = None
            await self._clients.aclose()
            await self._end()
            self.starts = 0

    # -- its life ------------------------------------------------------------------------------------------------------

    async def _start(self, note: Note) -> None:
        self.starts += 1
        await self.make_room()
        launch = self.launch()
        for tries_left in reversed(range(PORT_TRIES)):
            port = free_port()
            await self._open(launch, port)
            try:
                client = await self._clients.enter_async_context(
                    open_client(f"http://127.0.0.1:{port}/v1", key=self.key, timeout_seconds=self.timeout_seconds)
                )
                if await self._comes_up(client, launch.names, note):
                    self.client = client
                    return
                if self._cause() is not deaths.PORT or not tries_left:
                    raise self._death("to come up", "ended")
            except BaseException:
                await self._end()
                raise
            await self._end()

    async def _open(self, launch: Launch, port: int) -> None:
        log = self._open_log()
        words = [sys.executable, "-I", "-S", keeper.__file__, self.mark, str(keeper.GRACE_SECONDS)]
        try:
            self.process = await asyncio.create_subprocess_exec(
                *words, *launch.command(port),
                stdin=PIPE, stdout=PIPE, stderr=log, env=launch.environment(self.key), start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(log)
        assert self.process.stdout is not None
        told = await self.process.stdout.readline()
        self.pid = int(told) if told.strip().isdigit() else None

    def _open_log(self) -> int:
        if self.log is None:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.log = self.logs / f"vllm-{self.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{self.mark[:4]}.log"
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._launched_at = os.fstat(log).st_size
        return log

    async def _comes_up(self, client: Client, expected: frozenset[str], note: Note) -> bool:
        """Wait until it answers with our key and knows our models; False: it ended before."""
        limit, started = startup_seconds(), time.monotonic()
        while not await self._ended(LOOK_SECONDS):
            with contextlib.suppress(BackendError):  # not yet, or somebody else's server on a port that was taken
                rows = (await client.get("/models", timeout_seconds=KNOCK_SECONDS)).get("data")
                names = {row.get("id") for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
                if names >= expected:
                    return True
            waited = time.monotonic() - started
            if waited > limit:
                raise self._death(f"to come up in {limit:.0f} s", "still starting")
            note(f"{waited:.0f} s {deaths.last_line(self._told())}".rstrip())
        return False

    async def _lives(self) -> bool:
        if await self._ended(0):
            return False
        if await self._health() == 200:
            return True
        return not await self._ended(DYING_SECONDS) and await self._health() == 200  # silent twice: it hangs

    async def _health(self) -> int | None:
        assert self.client is not None
        address = self.client.url.removesuffix("/v1") + "/health"
        limit = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
        try:
            async with self.client.session.get(address, timeout=limit) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def _ended(self, seconds: float) -> bool:
        """Wait at most so long for the process to end; return whether it has."""
        if self.process is None:
            return True
        if self.process.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), seconds or 0.01)
        return self.process.returncode is not None

    async def _end(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), keeper.GRACE_SECONDS + 2 * keeper.KILLING_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        if process.returncode is not None and process.returncode < 0:  # the keeper itself was killed
            while keeper.send(signal.SIGKILL, keeper.members(self.mark, self.pid)):
                await asyncio.sleep(0.05)

    # -- what it said --------------------------------------------------------------------------------------------------

    def _told(self) -> str:
        return deaths.read_log(self.log, self._launched_at) if self.log else ""

    def _cause(self) -> deaths.Death:
        return deaths.explain(self._told(), self.process.returncode if self.process else None)

    def _death(self, expected: str, got: str) -> BackendError:
        death, end = self._cause(), deaths.tail(self._told())
        cause = f"{got} ({death.cause})" if death is not deaths.UNEXPLAINED else got
        return BackendError(
            f"vLLM serving {self.name}",
            expected=expected,
            got=f'{cause}; its log ends: "{end}"' if end else f"{cause}; its log is empty",
            next_move=f"{death.next_move} ({self.log})",
        )


def startup_seconds() -> float:
    """Return how long a server may take to come up: minutes, for large weights on a slow disk."""
    try:
        return float(os.environ.get(STARTUP_KEY, STARTUP_SECONDS))
    except ValueError:
        return STARTUP_SECONDS


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
