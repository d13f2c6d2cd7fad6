"""Tasks and a backend in, stored answers out, whatever kind of task: one question each, or whole conversations.

Plain tasks go to `generate` in one list, agent tasks to `roll_out`; both keep to one budget, and what serves the
checkpoint is held to its contract once. Does not score.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sfteval.asking import AskingPolicy
from sfteval.backends import Backend
from sfteval.backends.replay import Responses
from sfteval.errors import ConfigurationError
from sfteval.generate import AGENT, REPLAYED, generate
from sfteval.progress import Progress
from sfteval.rollout.rounds import roll_out
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Generation, Task


async def answer_tasks(
    backend: Backend,
    checkpoint: Checkpoint,
    tasks: Sequence[Task],
    folder: RunFolder,
    progress: Progress,
    *,
    seed: int,
    policy: AskingPolicy,
    dialect: str | None,
    once_ready: Callable[[int], Awaitable[None]],
) -> dict[str, Sequence[Generation]]:
    """Ask what is still owed and return all answers by task, in the order of the samples.

    `dialect` is the checkpoint's own, in which the calls of agent tasks are read.
    Raises: BackendError, BudgetError, StoreError; what was answered by then is on disk. ConfigurationError for an agent
    task and answers made elsewhere.
    """
    plain = [task for task in tasks if task.scorer != AGENT]
    agents = [task for task in tasks if task.scorer == AGENT]
    if agents and isinstance(backend, Responses):
        raise ConfigurationError(
            checkpoint.argument,
            expected=f'a checkpoint that can be asked, or run:DIR, for the agent task "{agents[0].name}"',
            got="answers made elsewhere, which no tool has answered",
            next_move="Serve the model, or leave agent tasks away",
        )
    if not agents:
        return await generate(
            backend, checkpoint, plain, folder, progress, seed=seed, policy=policy, once_ready=once_ready
        )
    clock = asyncio.get_running_loop().time
    started, ready = clock(), _once(once_ready)
    answers: dict[str, Sequence[Generation]] = {}
    if plain:
        answers = await generate(
            backend, checkpoint, plain, folder, progress, seed=seed, policy=policy, once_ready=ready
        )
    if checkpoint.kind in REPLAYED:
        policy = replace(policy, max_cost=None)
    return answers | await roll_out(
        backend,
        checkpoint,
        agents,
        folder,
        progress,
        seed=seed,
        policy=policy.after(clock() - started),
        dialect=dialect,
        once_ready=ready,
        paid=tuple(answers.values()),
    )


def _once(call: Callable[[int], Awaitable[None]]) -> Callable[[int], Awaitable[None]]:
    """Return a call that does its work the first time only."""
    called = False

    async def first_only(num_stored: int) -> None:
        nonlocal called
        if not called:
            called = True
            await call(num_stored)

    return first_only
