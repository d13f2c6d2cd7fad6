"""The only room that knows the order: load, check, ask, score, compare, decide.

No stage calls back into an earlier one; re-scoring never re-generates. Everything else is in the stages.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sfteval.asking import AskingPolicy
from sfteval.backends import Backend, Backends, Serving, open_backends
from sfteval.backends.replay import Responses
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.contract import ContractWatch, check_contract
from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.generate import generate, requests_of
from sfteval.progress import Progress
from sfteval.provenance import manifest, run_key, run_path, run_settings, with_context
from sfteval.score import score
from sfteval.store import RunFolder
from sfteval.suites import find_task, load_suite
from sfteval.types import Checkpoint, Comparison, Generation, Json, Run, Suite, Task


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How checkpoints are asked."""

    suites: tuple[str, ...]
    runs: Path = Path("runs")
    backend: str = "auto"
    limit: int | None = None
    samples: int | None = None  # None: what each task says
    seed: int = 0
    allow_template_drift: bool = False
    policy: AskingPolicy = field(default_factory=AskingPolicy)
    serving: Serving = field(default_factory=Serving)


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """Two checkpoints and how both are asked."""

    baseline: str
    candidate: str
    run: RunPlan
    baseline_set: Json = field(default_factory=dict)
    candidate_set: Json = field(default_factory=dict)
    command: str = ""


async def compare_checkpoints(plan: ComparePlan, progress: Progress) -> Comparison:
    """Ask and score both checkpoints, then compare them and decide."""
    a, b = checkpoints = named_apart(
        with_overrides(resolve_checkpoint(plan.baseline), dict(plan.baseline_set)),
        with_overrides(resolve_checkpoint(plan.candidate), dict(plan.candidate_set)),
    )
    suites = load_suites(plan.run)
    check_contracts(checkpoints, plan.run)
    async with open_backends(checkpoints, plan.run.backend, plan.run.serving) as backends:
        for checkpoint in checkpoints:
            await rehearse(checkpoint, backends, suites, plan.run)
        runs = await both(
            run(a, backends, suites, plan.run, progress),
            run(b, backends, suites, plan.run, progress),
            together=backends.together and run_key(a) != run_key(b),
        )
    from sfteval.compare import compare  # here: they bring pandas and scipy, which asking alone should not wait for
    from sfteval.gate import decide

    with progress.stage("comparing"):
        compared = compare(*runs, seed=plan.run.seed)
        told = with_context(compared, suites, command=plan.command, seed=plan.run.seed, limit=plan.run.limit)
        return decide(told)


async def run_checkpoint(argument: str, plan: RunPlan, settings: Json, progress: Progress) -> Run:
    """Ask and score one checkpoint."""
    checkpoint = with_overrides(resolve_checkpoint(argument), dict(settings))
    suites = load_suites(plan)
    check_contracts((checkpoint,), plan)
    async with open_backends((checkpoint,), plan.backend, plan.serving) as backends:
        return await run(checkpoint, backends, suites, plan, progress)


async def both(a: Coroutine[Any, Any, Run], b: Coroutine[Any, Any, Run], *, together: bool) -> tuple[Run, Run]:
    """Return two runs, made at the same time or one after the other; what fails ends the other too."""
    if not together:
        try:
            return (await a, await b)
        finally:
            b.close()
    tasks = [asyncio.create_task(a), asyncio.create_task(b)]
    try:
        first, second = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return first, second


async def rehearse(checkpoint: Checkpoint, backends: Backends, suites: Sequence[Suite], plan: RunPlan) -> None:
    """Render every question once: what the second checkpoint would refuse is said before the first is asked."""
    async with backends.open(checkpoint) as backend:
        questions = [
            question
            for suite in suites
            for task in suite.tasks
            for question in backend.questions(requests_of(task, checkpoint, plan.seed))
        ]
        if checkpoint.kind == "endpoint" and not all_stored(questions, RunFolder(run_path(checkpoint, plan.runs))):
            await backend.ready()


def all_stored(questions: Sequence[str], folder: RunFolder) -> bool:
    """Tell whether a folder answers every question, in whichever task's file."""
    owed = set(questions)
    for task in folder.tasks():
        owed.difference_update(folder.generations(task))
    return not owed


async def run(
    checkpoint: Checkpoint, backends: Backends, suites: Sequence[Suite], plan: RunPlan, progress: Progress
) -> Run:
    """Ask one checkpoint every task of every suite, score the answers, keep both in its run folder."""
    return await run_in(run_path(checkpoint, plan.runs), checkpoint, backends, suites, plan, progress)


async def run_in(
    path: Path,
    checkpoint: Checkpoint,
    backends: Backends,
    suites: Sequence[Suite],
    plan: RunPlan,
    progress: Progress,
) -> Run:
    """Do what `run` does, in a folder of the given name."""
    refuse_own_source(path, checkpoint)
    with RunFolder(path) as folder:
        async with backends.open(checkpoint) as backend:
            tasks = [with_all_answers(task, backend) for suite in suites for task in suite.tasks]
            contract = ContractWatch(checkpoint, backend, allow_drift=plan.allow_template_drift)

            async def once_ready() -> None:
                refuse_changed(checkpoint)
                await contract.check()

            answers = await generate(
                backend,
                checkpoint,
                tasks,
                folder,
                progress,
                seed=plan.seed,
                policy=plan.policy,
                once_ready=once_ready,
            )
            # Nothing was owed, nothing was loaded: the answers were made by what the manifest says.
            earlier = asked_before(checkpoint, folder).get("settings", {})
            settings = run_settings(checkpoint, tasks, seed=plan.seed, limit=plan.limit) | {
                "backend": backend.description() or earlier.get("backend", {}),
                "contract": contract.record(earlier.get("contract", {})),
            }
        if isinstance(backend, Responses):
            answers = {name: without_absent(given) for name, given in answers.items()}
        scored = score(tasks, answers, folder, progress, think_end_id=backend.think_end_id)
        refuse_changed(checkpoint)
        folder.write_manifest(manifest(checkpoint, suites, settings))
    return Run(checkpoint, settings, scored, path)


async def score_responses(task_name: str, responses: Path, out: Path, suites: Sequence[str], progress: Progress) -> Run:
    """Score answers made elsewhere into a run folder of the given name."""
    task, suite = find_task(task_name, suites)
    checkpoint = resolve_checkpoint(f"responses:{responses}")
    plan = RunPlan(suites=(suite.name,))
    async with open_backends((checkpoint,)) as backends:
        return await run_in(out, checkpoint, backends, [replace(suite, tasks=(task,))], plan, progress)


def with_all_answers(task: Task, backend: Backend) -> Task:
    """Return the task with as many samples per prompt as a responses file holds; other backends keep the task's."""
    return replace(task, num_samples=backend.most_samples(task.samples)) if isinstance(backend, Responses) else task


def without_absent(answers: Sequence[Generation]) -> tuple[Generation, ...]:
    """Drop the second and later samples that a responses file does not hold; a first one that is absent is missing."""
    return tuple(answer for answer in answers if answer.sample_index == 0 or answer.error is None)


def asked_before(checkpoint: Checkpoint, folder: RunFolder) -> dict[str, Any]:
    """Return the manifest under which stored answers were asked; of a stored run, its own."""
    source = RunFolder(checkpoint.path) if checkpoint.kind == "run" and checkpoint.path is not None else folder
    return source.manifest()


def refuse_own_source(path: Path, checkpoint: Checkpoint) -> None:
    """Refuse to write the answers of a stored run into the folder that they come from.

    Raises: ConfigurationError.
    """
    if checkpoint.kind == "run" and checkpoint.path is not None and path.resolve() == checkpoint.path.resolve():
        raise ConfigurationError(
            checkpoint.argument,
            expected="another folder to write to",
            got="the stored run itself",
            next_move="Give another --runs folder",
        )


def refuse_changed(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint whose files are others than when it was named: its answers would stand for the old ones.

    Raises: CheckpointError.
    """
    if checkpoint.kind not in ("directory", "adapter", "hub") or checkpoint.path is None:
        return
    if resolve_checkpoint(str(checkpoint.path)).fingerprint != checkpoint.fingerprint:
        raise CheckpointError(
            checkpoint.argument,
            expected="the files that were there when the command began",
            got="others: it was written to meanwhile",
            next_move="Wait until it is whole and call the same command again",
        )


# -- what goes in ------------------------------------------------------------------------------------------------------


def load_suites(plan: RunPlan) -> tuple[Suite, ...]:
    """Load every suite; task names must be unique over all of them."""
    suites = tuple(load_suite(name, limit=plan.limit) for name in plan.suites)
    if plan.samples is not None:
        suites = tuple(
            replace(suite, tasks=tuple(replace(task, num_samples=plan.samples) for task in suite.tasks))
            for suite in suites
        )
    names = [task.name for suite in suites for task in suite.tasks]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(
                "--suite", expected="task names used once", got=f'"{name}" in two suites', next_move="Run them apart"
            )
    return suites


def check_contracts(checkpoints: Sequence[Checkpoint], plan: RunPlan) -> None:
    """Stop on template drift, unless it is allowed, before anything is opened.

    Raises: NotComparableError.
    """
    for checkpoint in () if plan.allow_template_drift else checkpoints:
        check_contract(checkpoint)


def named_apart(a: Checkpoint, b: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Give two checkpoints of one name different names, so that no table reads "think against think"."""
    if a.name != b.name:
        return (a, b)
    return (replace(a, name=f"{a.name}-A"), replace(b, name=f"{b.name}-B"))
