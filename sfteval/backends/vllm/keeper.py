"""A child process that starts a server and leaves no orphan: `keeper.py MARK SECONDS COMMAND...`, stdlib only.

What comes in: the command, its environment, and standard input as a lifeline that closes when whoever called ends in
any way. What goes out: the server's process id as one line on standard output, the server's own output (secrets
redacted) on standard error, and its exit code. The keeper is two processes in sessions of their own, each of which ends
everything when the other is killed; the server asks the kernel to be killed with the inner one.
A process of the server is known by its session, by descent (orphans come back to a subreaper) or by the mark in its
environment, whichever it has left. Does not know vLLM.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

GRACE_SECONDS = 8.0  # between asking a server to end and ending it; a command's, given as SECONDS
KILLING_SECONDS = 10.0
LOOK_SECONDS = 0.25
MARK = "SFTEVAL_SERVER_MARK"
SECRETS = ("VLLM_API_KEY",)
REDACTED = b"[redacted]"
LONGEST_LINE = 1 << 20
SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36  # of prctl(2)


def main(mark: str, grace_seconds: float, command: list[str]) -> int:
    """Keep a server until it ends or the lifeline closes; return its exit code."""
    caller = os.getppid()
    prctl(SET_CHILD_SUBREAPER, 1)
    asked = stop_signals()
    far_end, lifeline = os.pipe()
    inner = os.fork()
    if inner == 0:
        os.close(lifeline)
        os.setsid()
        os._exit(keep(mark, grace_seconds, command, far_end, asked))
    os.close(far_end)
    reaped: dict[int, int] = {}
    while inner not in reap(reaped) and os.getppid() == caller and not asked and not closed(0):
        pass
    os.close(lifeline)
    wait_while(lambda: inner not in reap(reaped), grace_seconds + KILLING_SECONDS)
    end_all(mark, reaped)
    return exit_code(reaped, inner)


def keep(mark: str, grace_seconds: float, command: list[str], lifeline: int, asked: list[int]) -> int:
    """Start the server; when either it or the lifeline ends, end what is left of it."""
    prctl(SET_CHILD_SUBREAPER, 1)
    output, far_end = os.pipe()
    server = start(command, {**os.environ, MARK: mark}, far_end)
    os.close(far_end)
    pump = threading.Thread(target=pass_on, args=(output,), daemon=True)
    pump.start()
    os.write(1, f"{server}\n".encode())
    reaped: dict[int, int] = {}
    while server not in reap(reaped) and not asked and not closed(lifeline):
        pass
    send(signal.SIGTERM, {server} - reap(reaped).keys())
    wait_while(lambda: server not in reap(reaped), grace_seconds)
    end_all(mark, reaped, server)
    pump.join(2.0)
    return exit_code(reaped, server)


# -- one process -------------------------------------------------------------------------------------------------------


def start(command: list[str], environment: dict[str, str], output: int) -> int:
    """Start a process in a session of its own, with nothing to read and its output in one pipe; return its id."""
    keeper = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        for signum in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        prctl(SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == keeper:  # it may have died before the line above
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.execvpe(command[0], command, environment)
    except OSError as error:
        os.write(output, f"{command[0]} cannot be started: {error}\n".encode())
    finally:
        os._exit(127)


def pass_on(output: int) -> None:
    """Copy what a server writes to standard error, line by line, without the secrets in our environment."""
    secrets = [value.encode() for name in SECRETS if (value := os.environ.get(name))]
    with os.fdopen(output, "rb") as lines:
        while line := lines.readline(LONGEST_LINE):
            for secret in secrets:
                line = line.replace(secret, REDACTED)
            with contextlib.suppress(OSError):  # a full disk costs the log, not the server
                os.write(2, line)


def exit_code(reaped: dict[int, int], pid: int) -> int:
    """Return how a process ended as a shell would say it; one that had to be left alone counts as killed."""
    code = os.waitstatus_to_exitcode(reaped.get(pid, int(signal.SIGKILL)))
    return 128 - code if code < 0 else code


# -- all of them -------------------------------------------------------------------------------------------------------


def end_all(mark: str, reaped: dict[int, int], server: int | None = None) -> None:
    """Kill every process of a server until none is found: without the server itself they are of no use."""

    def left() -> set[int]:
        reap(reaped)
        return members(mark, server, os.getpid())

    wait_while(lambda: send(signal.SIGKILL, left()), KILLING_SECONDS)


def send(signum: int, pids: set[int]) -> bool:
    """Send a signal to processes that may be gone by now; return whether there were any."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)
    return bool(pids)


def members(mark: str, session: int | None = None, keeper: int | None = None) -> set[int]:
    """Return the living processes of a server: of its session, marked as its own, or descended from its keeper."""
    table = dict(processes())
    found = {pid for pid, (_, its_session) in table.items() if its_session == session or carries(pid, mark)}
    family = {keeper} if keeper else set()
    while grown := {pid for pid, (parent, _) in table.items() if parent in family} - family:
        family |= grown
    return (found | family) - {keeper}


def processes() -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the id, the parent's id and the session of every living process that the kernel shows."""
    with contextlib.suppress(FileNotFoundError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent, _, session = file.read().rpartition(b") ")[2].split()[:4]
                if state not in (b"Z", b"X"):
                    yield int(name), (int(parent), int(session))


def carries(pid: int, mark: str) -> bool:
    """Return whether a process was started with the mark in its environment."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return f"{MARK}={mark}".encode() in file.read().split(b"\0")
    except OSError:
        return False


def reap(reaped: dict[int, int]) -> dict[int, int]:
    """Collect children that have ended, orphans that came to us among them, into `reaped` (their status by id)."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            reaped[found[0]] = found[1]
    return reaped


# -- the world ---------------------------------------------------------------------------------------------------------


def closed(lifeline: int) -> bool:
    """Look a moment whether the other end of a pipe is closed; whatever comes through it is ignored."""
    ready, _, _ = select.select([lifeline], [], [], LOOK_SECONDS)
    return bool(ready) and not os.read(lifeline, 4096)


def wait_while(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition is over, at most so long."""
    deadline = time.monotonic() + seconds
    while condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def stop_signals() -> list[int]:
    """Outlive a terminal's Ctrl-C and hang-up; return a list that SIGTERM puts something into."""
    asked: list[int] = []
    for signum in (signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda signum, frame: asked.append(signum))
    return asked


def prctl(option: int, value: int) -> None:
    """Ask the Linux kernel for something; other systems go without."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), sys.argv[3:]))
