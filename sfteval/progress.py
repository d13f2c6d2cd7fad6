"""Progress for people and for pipes: a bar on a terminal, one plain line per stage elsewhere.

Stages get a `Progress` and open a `Stage` for each piece of long work; they never print. Everything goes to standard
error, so that `--json` on standard output stays clean. Does not know what is being done.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

PLAIN_INTERVAL_SECONDS = 20.0  # a pipe gets a sign of life this often


class Stage(Protocol):
    """One piece of work under way."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Report `n` more units done; `note` is a short live figure such as "loss 0.41"."""


class Progress(Protocol):
    """Where stages report."""

    def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Stage]:
        """Open a stage of `total` units (None: unknown); it ends with its time."""

    def say(self, line: str) -> None:
        """Show one line that stays."""


def seconds(duration: float) -> str:
    """Return a duration for people: `0.4 s`, `12 s`, `3 min 20 s`."""
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class _Silent:
    def advance(self, n: int = 1, note: str = "") -> None:
        pass

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Stage]:
        yield self

    def say(self, line: str) -> None:
        pass


class _PlainStage:
    def __init__(self, title: str, total: int | None) -> None:
        self.title, self.total, self.done = title, total, 0
        self.last = time.monotonic()

    def advance(self, n: int = 1, note: str = "") -> None:
        self.done += n
        if time.monotonic() - self.last >= PLAIN_INTERVAL_SECONDS:
            self.last = time.monotonic()
            print(f"  {self.title}: {self._told(note)}", file=sys.stderr, flush=True)

    def _told(self, note: str) -> str:
        of = f" of {self.total:,}" if self.total is not None else ""
        count = f"{self.done:,}{of}" if self.done or self.total is not None else ""
        return ", ".join(filter(None, (count, note))) or "under way"


class _Plain:
    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Stage]:
        started = time.monotonic()
        stage = _PlainStage(title, total)
        yield stage
        count = f" ({stage.done:,})" if stage.done else ""
        print(f"{title}{count}: {seconds(time.monotonic() - started)}", file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class _RichStage:
    def __init__(self, bars: Any, task: Any) -> None:
        self.bars, self.task = bars, task

    def advance(self, n: int = 1, note: str = "") -> None:
        self.bars.update(self.task, advance=n, note=note)


class _Rich:
    """Bars on a terminal, which has room for one live display: stages that are open at the same time share it."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(stderr=True, highlight=False)
        self.bars: Any = None
        self.num_open = 0

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Stage]:
        started = time.monotonic()
        if self.num_open == 0:
            self.bars = _new_bars(self.console)
            self.bars.start()
        self.num_open += 1
        bar = self.bars.add_task(title, total=total, note="")
        try:
            yield _RichStage(self.bars, bar)
        finally:
            self.bars.remove_task(bar)
            self.num_open -= 1
            if self.num_open == 0:
                self.bars.stop()
        self.say(f"{title:<34} {seconds(time.monotonic() - started)}")

    def say(self, line: str) -> None:
        self.console.print(line, markup=False)


def _new_bars(console: Any) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<34}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}", markup=False),
    )
    return Progress(*columns, console=console, transient=True)


def terminal_progress() -> Progress:
    """Return bars when standard error is a terminal, plain lines otherwise."""
    return _Rich() if sys.stderr.isatty() else _Plain()


def silent_progress() -> Progress:
    """Return a progress that says nothing: for tests and for `--json`."""
    return _Silent()
