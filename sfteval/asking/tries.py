"""One unit of work in, its answers out, after as many tries as it takes; what keeps failing becomes stored errors.

Errors of transport are tried again with a pause that doubles. A server that says it has too much to do is left alone
for as long as it asks, which is no try, as long as it answers anything at all now and then. Time is what the loop's
clock says, which never jumps. Does not know who else is being asked.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from sfteval.asking.concurrency import Concurrency
from sfteval.asking.policy import AskingPolicy
from sfteval.backends import Backend
from sfteval.backends.protocol import REFUSED
from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.tracking import redacted_text
from sfteval.types import Generation, Request

LONGEST_PAUSE_SECONDS = 60.0


class Tries:
    """How one backend is asked again."""

    def __init__(
        self, backend: Backend, policy: AskingPolicy, concurrency: Concurrency, clock: Callable[[], float], seed: int
    ) -> None:
        """Share one patience over all requests: `stop` ends every pause and every further try."""
        self._backend, self._policy, self._concurrency, self._clock = backend, policy, concurrency, clock
        self._jitter = random.Random(seed)
        self._refused_since: float | None = None  # for load, with no answer to anybody since
        self.stop = asyncio.Event()

    async def answer(self, asked: Sequence[Request], questions: Sequence[str]) -> Sequence[Generation]:
        """Return the unit's answers, or an error for each of its requests.

        Raises: BackendError when the server is gone for all requests.
        """
        tries = waits = 0
        while True:
            started = self._clock()
            try:
                answers = await self._backend.answer(asked)
                self._refused_since = None
                return answers
            except RefusedError as error:
                return self._failed(asked, questions, error)
            except TransientError as error:
                self._tell_load(error, started)
                waits, tries = (waits + 1, tries) if error.is_load else (waits, tries + 1)
                if tries == self._policy.num_tries or self.stop.is_set():
                    return self._failed(asked, questions, error)
                await self._pause(tries + waits, error)
                if self.stop.is_set():
                    return self._failed(asked, questions, error)

    def _tell_load(self, error: TransientError, started: float) -> None:
        if error.is_load or isinstance(error.__cause__, TimeoutError):
            self._concurrency.overloaded(started)
        if not error.is_load:
            return
        now = self._clock()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if now - self._refused_since >= self._policy.load_patience_seconds:
            raise BackendError(
                self._backend.name,
                expected=f"one answer in {self._policy.load_patience_seconds:g} s",
                got=error.got,
                next_move="Wait until the server has less to do and call the same command again",
            ) from error

    async def _pause(self, number: int, error: TransientError) -> None:
        seconds = min(self._policy.backoff_seconds * 2 ** min(number - 1, 30), LONGEST_PAUSE_SECONDS)
        seconds = max(seconds * self._jitter.uniform(0.5, 1.5), (error.retry_after_seconds or 0.0))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)

    def _failed(self, asked: Sequence[Request], questions: Sequence[str], error: BackendError) -> Sequence[Generation]:
        said = REFUSED if isinstance(error, RefusedError) else None
        answers = (failed(*pair, str(error)) for pair in zip(asked, questions, strict=True))
        return [replace(answer, stop_reason=said) for answer in answers]


def failed(request: Request, question: str, message: str) -> Generation:
    """Return what is kept of a request without an answer: missing data, owed again."""
    return Generation(
        task=request.task,
        sample_id=request.sample.id,
        sample_index=request.sample_index,
        question=question,
        text="",
        finish_reason="error",
        seed=request.seed,
        content_hash=request.sample.content_hash,
        error=redacted_text(message),
    )
