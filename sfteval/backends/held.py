"""Backends in, the same backends out, each opened once for a whole block: rounds of questions start no server anew.

Where not all may be open at the same time (two models that share a machine's memory) each is opened when it is asked,
as ever. Does not know what is asked.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sfteval.backends.protocol import Backend, Backends
from sfteval.types import Checkpoint


@asynccontextmanager
async def held_open(backends: Backends, checkpoints: Sequence[Checkpoint]) -> AsyncIterator[Backends]:
    """Yield backends whose `open` returns at once what is open already."""
    if not backends.together:
        yield backends
        return
    async with AsyncExitStack() as stack:
        held = [(checkpoint, await stack.enter_async_context(backends.open(checkpoint))) for checkpoint in checkpoints]
        yield _Held(tuple(held))


@dataclass(frozen=True, slots=True)
class _Held:
    backends: tuple[tuple[Checkpoint, Backend], ...]
    together: bool = True

    @asynccontextmanager
    async def open(self, checkpoint: Checkpoint) -> AsyncIterator[Backend]:
        """Yield the backend of one of the checkpoints, and leave it open."""
        yield next(backend for held, backend in self.backends if held == checkpoint)
