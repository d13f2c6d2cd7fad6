"""`sfteval` as it is, with a progress that notes how long each stage took.

`python -m tests.bench.serve_ours FIGURES run URL ...`
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sfteval import progress


class Timed:
    """Keeps the seconds of every stage by the first word of its title."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator["Timed"]:
        started = time.perf_counter()
        yield self
        self.seconds[title.split()[0]] = time.perf_counter() - started

    def advance(self, n: int = 1, note: str = "") -> None:
        pass

    def say(self, line: str) -> None:
        print(line, file=sys.stderr)


if __name__ == "__main__":
    timed = Timed()
    progress.terminal_progress = lambda: timed
    from sfteval.cli import cli

    try:
        cli(sys.argv[2:])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(timed.seconds))
