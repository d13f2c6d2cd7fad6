"""The one engine that asks: requests and a backend in, stored answers out.

Owns concurrency, retry, resume and order. What a run folder already holds is not asked again; a unit of work that was
not finished is redone whole; a request that keeps failing is stored as an error, owed again next time, and costs no
other request anything. Does not know what a sample means or what an answer is worth.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfteval.backends import Backend
from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.progress import Progress, Stage
from sfteval.store import RunFolder
from sfteval.tracking import redacted_text
from sfteval.types import Generation, Request


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How stubborn the engine is."""

    concurrency: int | None = None  # None: what the backend proposes
    num_tries: int = 4
    backoff_seconds: float = 1.0  # doubled after every try, with jitter
    max_errors: int = 50  # more failed requests than this end the run: the server is gone


async def ask(
    backend: Backend,
    requests: Sequence[Request],
    folder: RunFolder,
    progress: Progress,
    name: str,
    policy: AskingPolicy,
) -> None:
    """Ask everything that `name` still owes; when this returns, every answer is on disk.

    Raises: BackendError when the backend refuses or too many requests fail; StoreError when the disk does.
    """
    owed = owed_units(backend, requests, folder)
    if owed:
        with progress.stage(f"opening {name}"):
            await backend.ready()
    with progress.stage(f"asking {name}", total=len(requests)) as stage:
        stage.advance(len(requests) - sum(len(unit) for unit in owed))
        await _ask_units(backend, requests, owed, folder, stage, policy)


async def _ask_units(
    backend: Backend,
    requests: Sequence[Request],
    owed: Sequence[tuple[int, ...]],
    folder: RunFolder,
    stage: Stage,
    policy: AskingPolicy,
) -> None:
    queue = iter(owed)
    errors: list[str] = []
    workers = [
        asyncio.create_task(_work(backend, requests, queue, folder, stage, policy, errors))
        for _ in range(min(policy.concurrency or backend.concurrency, len(owed)))
    ]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def owed_units(backend: Backend, requests: Sequence[Request], folder: RunFolder) -> list[tuple[int, ...]]:
    """Return the units of work in which at least one answer to exactly this question is missing."""
    tasks = {request.task for request in requests}
    stored = {(task, question) for task in tasks for question in folder.generations(task)}
    asked = [(request.task, question) for request, question in zip(requests, backend.questions(requests), strict=True)]
    return [unit for unit in backend.units(requests) if not all(asked[place] in stored for place in unit)]


async def _work(
    backend: Backend,
    requests: Sequence[Request],
    queue: Iterator[tuple[int, ...]],
    folder: RunFolder,
    stage: Stage,
    policy: AskingPolicy,
    errors: list[str],
) -> None:
    for unit in queue:  # one iterator, shared by all workers
        asked = [requests[position] for position in unit]
        generations = await _answer(backend, asked, policy)
        folder.append(generations)
        stage.advance(len(unit))
        failed = [generation.error or "" for generation in generations if generation.finish_reason == "error"]
        errors.extend(failed)
        if len(errors) > policy.max_errors:
            raise BackendError(
                backend.name,
                expected=f"at most {policy.max_errors} failed requests",
                got=f"{len(errors)}, the last: {errors[-1]}",
                next_move="Mend the server and call the same command again: what was answered is kept",
            )
        await asyncio.sleep(0)


async def _answer(backend: Backend, asked: Sequence[Request], policy: AskingPolicy) -> Sequence[Generation]:
    for attempt in range(policy.num_tries):
        try:
            return await backend.answer(asked)
        except RefusedError as error:
            return _errors(backend, asked, str(error))
        except TransientError as error:
            if attempt + 1 == policy.num_tries:
                return _errors(backend, asked, str(error))
            await asyncio.sleep(policy.backoff_seconds * 2**attempt * random.uniform(0.5, 1.5))
    raise AssertionError("num_tries is at least 1")


def _errors(backend: Backend, asked: Sequence[Request], message: str) -> list[Generation]:
    return [failed(*pair, message) for pair in zip(asked, backend.questions(asked), strict=True)]


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
