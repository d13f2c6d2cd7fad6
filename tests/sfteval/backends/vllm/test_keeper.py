"""No orphan after any end: whoever is killed, and whatever the server's own processes do to hide or to stay."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sfteval.backends.vllm import keeper
from tests.sfteval.backends.vllm.faking import is_alive, until

pytestmark = pytest.mark.slow  # processes that start, die and are waited for

# A stand-in for the command: it holds the keeper's lifeline and sleeps until it is killed.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(300)
"""


class Family:
    """A parent, its two keepers, and a server that ignores being asked to end and has five children."""

    def __init__(self, fake) -> None:
        fake.lives({"starts_in": 300, "stubborn": True, "children": 5})
        words = [sys.executable, "-I", "-S", keeper.__file__, "mark-of-this-test", "0.3", sys.executable, "-m",
                 "vllm.entrypoints.openai.api_server"]  # fmt: skip
        environment = {**os.environ, "VLLM_API_KEY": "k"}
        self.parent = subprocess.Popen([sys.executable, "-c", PARENT, *words], stdout=subprocess.PIPE, text=True,
                                       env=environment, stderr=subprocess.DEVNULL)  # fmt: skip
        assert self.parent.stdout is not None
        self.outer, self.server = map(int, self.parent.stdout.readline().split())
        self.inner = next(pid for pid, (parent, _) in keeper.processes() if parent == self.outer)
        self.pids = [self.outer, self.inner, *fake.wait_for(6)]
        assert self.pids[2] == self.server
        assert all(map(is_alive, self.pids))

    def kill(self, *pids: int) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def gone(self) -> bool:
        return not any(map(is_alive, self.pids))


@pytest.fixture
def family(fake):
    made = Family(fake)
    yield made
    for pid in (made.parent.pid, *made.pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    made.parent.communicate()


def test_when_the_parent_is_killed_nothing_is_left(family):
    family.kill(family.parent.pid)
    until(family.gone)


def test_when_the_parent_ends_by_ctrl_c_nothing_is_left(family):
    family.parent.send_signal(signal.SIGINT)
    until(family.gone)


@pytest.mark.parametrize("who", ["outer", "inner"])
def test_when_a_keeper_is_killed_nothing_is_left(family, who):
    family.kill(getattr(family, who))
    until(family.gone)
    assert is_alive(family.parent.pid)


@pytest.mark.parametrize("who", ["outer", "inner"])
def test_when_the_parent_and_a_keeper_are_killed_nothing_is_left(family, who):
    family.kill(family.parent.pid, getattr(family, who))
    until(family.gone)


def test_when_the_server_is_killed_nothing_is_left(family):
    family.kill(family.server)
    until(family.gone)
    assert is_alive(family.parent.pid)


def test_a_keeper_that_is_asked_to_end_ends_everything(family):
    os.kill(family.outer, signal.SIGTERM)
    until(family.gone)


def test_when_both_keepers_are_killed_the_kernel_ends_the_server(family):
    family.kill(family.outer, family.inner)
    until(lambda: not is_alive(family.server))
    # What only the mark tells is left to whoever knows it: the parent that lives, see `Server`.
    assert keeper.members("mark-of-this-test") <= set(family.pids)
    keeper.send(signal.SIGKILL, keeper.members("mark-of-this-test", family.server))
    until(lambda: not keeper.members("mark-of-this-test", family.server))


def kept(*command: str, secret: str = "k") -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", "-S", keeper.__file__, "m", "0.3", *command]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "VLLM_API_KEY": secret})  # fmt: skip
    try:
        child.wait(timeout=20)
        assert child.stdout is not None
        assert child.stderr is not None
        return subprocess.CompletedProcess(words, child.returncode, child.stdout.read(), child.stderr.read())
    finally:
        for stream in (child.stdin, child.stdout, child.stderr):
            assert stream is not None
            stream.close()


def test_the_exit_code_is_the_servers():
    done = kept("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stderr) == (7, "out\nerr\n")
    assert done.stdout.strip().isdigit()
    assert kept("sh", "-c", "kill -9 $$").returncode == 137


def test_a_command_that_does_not_exist_is_said():
    done = kept("/no/such/python", "-m", "vllm")
    assert done.returncode == 127
    assert "/no/such/python cannot be started: " in done.stderr


def test_the_key_never_reaches_the_log():
    done = kept("sh", "-c", "echo key=$VLLM_API_KEY; printf 'no newline '; printf $VLLM_API_KEY", secret="very-secret")
    assert done.stderr == "key=[redacted]\nno newline [redacted]"


def test_the_server_reads_nothing_and_hears_no_ctrl_c_of_ours():
    done = kept("sh", "-c", "cat; trap 'echo heard' INT; kill -INT $$; echo on")
    assert done.stderr == "heard\non\n"


def test_output_is_passed_on_while_it_comes(tmp_path):
    log = tmp_path / "log"
    with log.open("w") as file:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, "m", "0.3", "sh", "-c", "echo first; sleep 300"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=file,
        )  # fmt: skip
    started = time.monotonic()
    until(lambda: log.read_text() == "first\n")
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=10) == 143
    assert time.monotonic() - started < 5


def test_a_process_that_does_not_exist_carries_no_mark():
    assert not keeper.carries(2**22 + 1, "m")
    assert Path(keeper.__file__).read_text().count("import sfteval") == 0
