"""Answers in, lines on disk out: all that arrived while the disk was busy goes to it together, in one sync.

An answer counts when its line is on disk and not before. Does not know what was asked.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sfteval.errors import StoreError
from sfteval.store import AnswerLine, RunFolder
from sfteval.types import Generation

MOST_WAITING = 1024  # answers; a disk that is slower than the server makes the server wait


class GroupCommit:
    """The way of one run's answers to disk."""

    def __init__(
        self,
        folder: RunFolder,
        counted: Callable[[Sequence[AnswerLine]], None],
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        """`counted` hears which answers are on disk by now; `start` runs a coroutine beside those who ask."""
        self._folder, self._counted, self._start = folder, counted, start
        self._waiting: list[AnswerLine] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, answers: Sequence[Generation]) -> None:
        """Hand answers over; returns before they are on disk, unless too many wait."""
        self._waiting.extend(map(AnswerLine.of, answers))
        if self._writing is None or self._writing.done():
            self._writing = self._start(self._write())
        if len(self._waiting) > MOST_WAITING:
            await asyncio.wait({self._writing})
        else:
            await asyncio.sleep(0)  # let the writer begin, even where the next answer blocks this thread

    def rescue(self) -> None:
        """Write what still waits when asking ends before its time."""
        lines, self._waiting = self._waiting, []
        with contextlib.suppress(StoreError):  # it ended for this very reason, or for one that is said already
            self._folder.write(lines)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            lines, self._waiting = self._waiting, []
            writing = loop.run_in_executor(None, self._folder.write, lines)
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:  # who ends this run early does not take lines back that are on their way
                await asyncio.wait({writing})
                writing.exception()
                raise
            self._counted(lines)
