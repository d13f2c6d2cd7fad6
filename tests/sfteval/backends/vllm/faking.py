"""A fake vLLM in a child process, its faults by life, and what it saw; a small task to ask it."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sfteval.backends import Serving
from sfteval.identity import content_hash
from sfteval.types import Json, Message, Sample, Sampling, Task

PACKAGE = Path(__file__).parent.parent / "fake_vllm"


class Fake:
    """What the fake does, and what it saw."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.serving = Serving(vllm_python=sys.executable, logs=home / "logs", timeout_seconds=20.0)
        self.lives({})

    def lives(self, *lives: dict[str, object]) -> None:
        (self.home / "lives.json").write_text(json.dumps(lives))

    def rows(self, name: str) -> list[Any]:
        path = self.home / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def alive(self) -> list[int]:
        """The processes of every life that still run."""
        return [pid for pid in self.rows("pids") if is_alive(pid)]

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted((self.home / "logs").glob("vllm-*.log")))

    def wait_for(self, num_pids: int, seconds: float = 15) -> list[int]:
        until(lambda: len(self.rows("pids")) >= num_pids, seconds)
        return self.rows("pids")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:
        return False
    return state not in (b"Z", b"X")


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def task(num: int = 3, num_samples: int = 1, tools: tuple[Json, ...] = (), **sampling: Any) -> Task:
    samples = tuple(
        Sample(f"s{i}", (Message("user", f"Say {i}"),), tools=tools, content_hash=content_hash([i, len(tools)]))
        for i in range(num)
    )
    drawn = Sampling(max_tokens=64, **sampling)
    return Task("t", "answered", samples, ("answered",), sampling=drawn, num_samples=num_samples)
