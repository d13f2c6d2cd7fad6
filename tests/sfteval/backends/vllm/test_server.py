"""One server's life against a scripted vLLM: every way not to come up, every way to end, and nothing left behind."""

import asyncio
import os
import socket
import stat
import sys

import pytest

from sfteval.backends.vllm import server as room
from sfteval.backends.vllm.server import Launch, Server
from sfteval.errors import BackendError

pytestmark = pytest.mark.slow  # processes that start, die and are waited for

FAKE = "vllm.entrypoints.openai.api_server"


async def nothing():
    pass


def made(fake, toy, name="toy"):
    def command(port):
        return [sys.executable, "-m", FAKE, "--model", str(toy), "--served-model-name", "m", "--host", "127.0.0.1",
                "--port", str(port)]  # fmt: skip

    launch = Launch(command, lambda key: {**os.environ, "VLLM_API_KEY": key}, frozenset({"m"}))
    return Server(name, lambda: launch, fake.serving.logs, 20.0, nothing)


def lived(fake, toy, *, then=None):
    """Start a server, do something with it, stop it; return it."""

    async def go():
        server = made(fake, toy)
        try:
            client = await server.ready(notes.append)
            if then is not None:
                await then(server, client)
        finally:
            await server.stop()
        return server

    notes: list[str] = []
    return asyncio.run(go()), notes


def failure(fake, toy) -> BackendError:
    with pytest.raises(BackendError) as error:
        lived(fake, toy)
    assert fake.alive == []
    return error.value


def test_a_server_comes_up_is_asked_with_its_key_and_is_gone_when_stopped(fake, toy):
    fake.lives({"starts_in": 0.7, "children": 3})

    async def then(server, client):
        assert len(fake.alive) == 4
        assert fake.rows("pids")[0] == server.pid
        assert (await client.get("/models"))["data"][0]["id"] == "m"

    _, notes = lived(fake, toy, then=then)
    assert fake.alive == []
    assert notes[0].endswith("s the key is [redacted]")


def test_the_key_is_in_no_log_and_in_no_argument(fake, toy):
    server, _ = lived(fake, toy)
    (start,) = fake.rows("starts")
    assert start["environment"]["VLLM_API_KEY"] == server.key
    assert server.key not in str(start["argv"])
    assert "the key is [redacted]" in server.log.read_text()
    assert server.key not in server.log.read_text()
    assert stat.S_IMODE(server.log.stat().st_mode) == 0o600


def test_memory_that_runs_out_at_start_is_said_with_the_next_move(fake, toy):
    noise = 'Traceback (most recent call last):\n  File "x.py", line 3, in f\n'
    fake.lives({"dies": f"{noise}torch.OutOfMemoryError: CUDA out of memory. Tried 2 GiB\n" + "shutting down\n" * 30})
    error = failure(fake, toy)
    assert str(error).startswith(
        "vLLM serving toy: expected to come up, got ended (out of memory); its log ends: "
        '"the key is [redacted] / torch.OutOfMemoryError: CUDA out of memory. Tried 2 GiB / shutting down". Free memory'
    )
    assert error.exit_code == 13
    assert len(fake.rows("starts")) == 1


def test_a_server_that_never_comes_up_is_ended_and_said_so(fake, toy, monkeypatch):
    fake.lives({"starts_in": 300, "stubborn": True, "children": 1})
    monkeypatch.setenv(room.STARTUP_KEY, "1")
    error = failure(fake, toy)
    assert "expected to come up in 1 s, got still starting" in str(error)


def test_a_port_that_somebody_takes_in_between_costs_another_try(fake, toy, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], room.free_port()])
        monkeypatch.setattr(room, "free_port", lambda: next(ports))
        server, _ = lived(fake, toy)
    assert len(fake.rows("starts")) == 2
    assert "address already in use" in server.log.read_text()


def test_a_port_that_is_always_taken_ends_it(fake, toy):
    fake.lives({"dies": "OSError: [Errno 98] error while attempting to bind: address already in use"})
    assert "got ended (its port was taken)" in str(failure(fake, toy))
    assert len(fake.rows("starts")) == room.PORT_TRIES


def test_a_server_that_died_is_started_again_once_and_then_no_more(fake, toy):
    async def then(server, client):
        os.kill(server.pid, 9)
        await server.process.wait()
        await server.mend(1, lambda note: None)
        again = await server.ready(lambda note: None)
        assert server.starts == 2
        assert (await again.get("/models"))["data"][0]["id"] == "m"
        os.kill(server.pid, 9)
        await server.process.wait()
        with pytest.raises(BackendError, match=r"expected to keep running, got died again \(out of memory\)"):
            await server.mend(2, lambda note: None)

    lived(fake, toy, then=then)
    assert len(fake.rows("starts")) == 2
    assert fake.alive == []


def test_many_lost_requests_start_it_again_only_once(fake, toy):
    async def then(server, client):
        os.kill(server.pid, 9)
        await server.process.wait()
        await asyncio.gather(*(server.mend(1, lambda note: None) for _ in range(20)))
        assert server.starts == 2

    lived(fake, toy, then=then)
    assert len(fake.rows("starts")) == 2


def test_a_server_that_lives_is_not_started_again(fake, toy):
    async def then(server, client):
        await server.mend(1, lambda note: None)
        assert server.starts == 1

    lived(fake, toy, then=then)
    assert len(fake.rows("starts")) == 1


def test_a_server_that_ignores_the_request_to_end_is_ended(fake, toy):
    fake.lives({"stubborn": True, "children": 3})
    lived(fake, toy)
    assert fake.alive == []


def test_a_keeper_that_is_killed_takes_everything_with_it(fake, toy):
    fake.lives({"stubborn": True, "children": 3})

    async def then(server, client):
        os.kill(server.process.pid, 9)
        await server.process.wait()
        await server.mend(1, lambda note: None)
        assert server.starts == 2

    lived(fake, toy, then=then)
    assert fake.alive == []
