"""The crew that asks: workers take units from one queue, as many workers as the concurrency allows at this moment.

The order of the queue is fixed; who takes what is not. Whatever ends the asking, what was answered by then is on disk.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from sfteval.asking.budget import Budget
from sfteval.asking.commit import GroupCommit
from sfteval.asking.concurrency import Concurrency
from sfteval.asking.likelihood import with_likelihoods
from sfteval.asking.policy import AskingPolicy
from sfteval.asking.tries import Tries
from sfteval.asking.work import Work, answer_to, answers_to_copy, owed_work, stored_answers
from sfteval.backends import Backend
from sfteval.progress import Progress, Stage
from sfteval.store import AnswerLine, RunFolder
from sfteval.types import Generation, Request

COPIED_AT_ONCE = 1000


async def ask(
    backend: Backend,
    requests: Sequence[Request],
    folder: RunFolder,
    progress: Progress,
    name: str,
    policy: AskingPolicy,
    *,
    seed: int = 0,
    once_ready: Callable[[int], Awaitable[None]] | None = None,
    paid: Iterable[Generation] = (),
) -> list[str]:
    """Ask everything that `name` still owes and return each request's question; then every answer is on disk.

    `once_ready` is awaited between the backend's being ready and the first question, with the number of requests that
    were answered before; what it raises ends the asking. `paid` are other answers whose cost counts too.
    Raises: BackendError when the backend refuses or too many requests fail; BudgetError when a budget is spent;
    StoreError when the disk refuses.
    """
    backend = with_likelihoods(backend, requests)
    questions = backend.questions(requests)
    copies = answers_to_copy(requests, questions, folder)
    while some := list(itertools.islice(copies, COPIED_AT_ONCE)):
        folder.append(some)
    work = owed_work(backend, requests, questions, folder, seed)
    clock = asyncio.get_running_loop().time  # monotonic: a clock that is set changes nothing
    stored = itertools.chain(paid, stored_answers(requests, questions, folder))
    budget = Budget(policy, backend.name, clock, stored)
    if work.units:
        if (reason := budget.spent(work.num_owed)) is not None:
            raise reason
        with progress.stage(f"opening {name}") as opening:
            await backend.ready(lambda text: opening.advance(0, text))
            if once_ready is not None:
                await once_ready(len(requests) - work.num_owed)
    with progress.stage(f"asking {name}", total=len(requests)) as stage:
        stage.advance(len(requests) - work.num_owed)
        if work.units:
            await _Crew(backend, requests, questions, work, stage, policy, budget, seed).ask(folder)
    return questions


class _Crew:
    """Everything that the workers of one run share."""

    def __init__(
        self,
        backend: Backend,
        requests: Sequence[Request],
        questions: Sequence[str],
        work: Work,
        stage: Stage,
        policy: AskingPolicy,
        budget: Budget,
        seed: int,
    ) -> None:
        clock = asyncio.get_running_loop().time
        fixed = policy.concurrency
        self._concurrency = Concurrency(
            fixed or backend.concurrency, clock, lowest=fixed or 1, highest=fixed or backend.max_concurrency
        )
        self._tries = Tries(backend, policy, self._concurrency, clock, seed)
        self._budget, self._budget_seconds = budget, policy.budget_seconds
        self._requests, self._questions, self._sharing = requests, questions, work.sharing
        self._queue: Iterator[tuple[int, ...]] = iter(work.units)
        self._stage, self._num_owed = stage, work.num_owed
        self._num_workers = 0

    async def ask(self, folder: RunFolder) -> None:
        """Work until the queue is empty or a budget is spent; what is under way then is awaited and kept."""
        loop = asyncio.get_running_loop()
        self._budget.start()
        alarm = loop.call_later(self._budget_seconds, self._check) if self._budget_seconds is not None else None
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._commit = GroupCommit(folder, self._counted, group.create_task)
                self._hire()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            self._commit.rescue()
            if alarm is not None:
                alarm.cancel()
        reason = self._budget.spent(self._num_owed) if self._num_owed else None
        if self._tries.stop.is_set() and reason is not None:
            raise reason

    def _hire(self) -> None:
        while self._num_workers < self._concurrency.limit and (unit := self._next()) is not None:
            self._num_workers += 1
            self._group.create_task(self._work(unit))

    async def _work(self, unit: tuple[int, ...] | None) -> None:
        while unit is not None:
            answers = await self._tries.answer(
                [self._requests[position] for position in unit], [self._questions[position] for position in unit]
            )
            self._budget.charge(answers)
            self._check()
            finished = [answer for answer in answers if answer.finish_reason != "error"]
            if finished:
                self._concurrency.answered(sum(max(1, answer.num_tokens) for answer in finished))
            await self._commit.add([given for answer in answers for given in self._given(answer)])
            self._hire()
            unit = self._next() if self._num_workers <= self._concurrency.limit else None
        self._num_workers -= 1

    def _next(self) -> tuple[int, ...] | None:
        """Take the next unit from the queue; None: there is none, or nothing more is to be asked."""
        return None if self._tries.stop.is_set() else next(self._queue, None)

    def _given(self, answer: Generation) -> list[Generation]:
        """Return an answer once for every request that asks its question."""
        sharing = self._sharing.get(answer.question)
        return [answer_to(self._requests[position], answer) for position in sharing] if sharing else [answer]

    def _counted(self, lines: Sequence[AnswerLine]) -> None:
        self._num_owed -= sum(not line.failed for line in lines)
        self._stage.advance(len(lines), f"{self._concurrency.limit} at once")

    def _check(self) -> None:
        if self._budget.spent(self._num_owed) is not None:
            self._tries.stop.set()
