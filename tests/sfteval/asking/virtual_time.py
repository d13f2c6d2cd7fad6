"""An event loop whose clock jumps to the next timer when there is nothing else to do: hours pass in milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None and timeout > 0:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.virtual = _Selector()
        super().__init__(self.virtual)

    def time(self) -> float:
        return self.virtual.now

    def run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> Any:
        """Do the work of other threads at once: the clock must not run on while they are busy."""
        done = self.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done


def run_virtually(work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """Return what a coroutine returns and how many virtual seconds it took."""

    async def timed() -> tuple[T, float]:
        started = asyncio.get_running_loop().time()
        return await work, asyncio.get_running_loop().time() - started

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(timed())
