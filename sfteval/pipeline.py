"""The only room that knows the order: load, check, ask, score, compare, decide.

No stage calls back into an earlier one; re-scoring never re-generates. Everything else is in the stages.
"""

import asyncio
import platform
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sfteval.asking import AskingPolicy
from sfteval.backends import Backend, Backends, Serving, open_backends
from sfteval.backends.replay import Responses
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.compare import compare
from sfteval.contract import check_contract, drifted, fairness
from sfteval.errors import ConfigurationError
from sfteval.gate import decide
from sfteval.generate import effective_sampling, generate, requests_of
from sfteval.identity import content_hash
from sfteval.progress import Progress
from sfteval.score import score
from sfteval.store import RunFolder
from sfteval.suites import find_task, load_suite
from sfteval.tracking import redacted
from sfteval.types import Checkpoint, Comparison, Generation, Json, Run, Suite, Task

PACKAGES = ("sfteval", "torch", "transformers", "tokenizers", "numpy", "scipy", "statsmodels", "jinja2")


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
    drift = check_contracts(checkpoints, plan.run.allow_template_drift)
    async with open_backends(checkpoints, plan.run.backend, plan.run.serving) as backends:
        for checkpoint in checkpoints:
            await rehearse(checkpoint, backends, suites, plan.run)
        runs = await both(
            run(a, backends, suites, plan.run, progress),
            run(b, backends, suites, plan.run, progress),
            together=backends.together and run_key(a) != run_key(b),
        )
    with progress.stage("comparing"):
        comparison = decide(with_context(compare(*runs, seed=plan.run.seed), suites, plan, drift))
    return comparison


async def run_checkpoint(argument: str, plan: RunPlan, settings: Json, progress: Progress) -> Run:
    """Ask and score one checkpoint."""
    checkpoint = with_overrides(resolve_checkpoint(argument), dict(settings))
    suites = load_suites(plan)
    check_contracts((checkpoint,), plan.allow_template_drift)
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
        for suite in suites:
            for task in suite.tasks:
                backend.questions(requests_of(task, checkpoint, plan.seed))
        if checkpoint.kind == "endpoint":
            await backend.ready()


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
    with RunFolder(path) as folder:
        async with backends.open(checkpoint) as backend:
            tasks = [with_all_answers(task, backend) for suite in suites for task in suite.tasks]
            answers = await generate(backend, checkpoint, tasks, folder, progress, seed=plan.seed, policy=plan.policy)
            # Nothing was owed, nothing was loaded: the answers were made by what the manifest says.
            described = backend.description() or folder.manifest().get("settings", {}).get("backend", {})
            settings = run_settings(checkpoint, tasks, described, plan)
        if isinstance(backend, Responses):
            answers = {name: without_absent(given) for name, given in answers.items()}
        scored = score(tasks, answers, folder, progress, think_end_id=backend.think_end_id)
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


def check_contracts(checkpoints: Sequence[Checkpoint], allow_drift: bool) -> list[str]:
    """Stop on template drift, or return the names of those that drifted when that is allowed."""
    if not allow_drift:
        for checkpoint in checkpoints:
            check_contract(checkpoint)
    return [checkpoint.name for checkpoint in checkpoints if drifted(checkpoint)]


def named_apart(a: Checkpoint, b: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Give two checkpoints of one name different names, so that no table reads "think against think"."""
    if a.name != b.name:
        return (a, b)
    return (replace(a, name=f"{a.name}-A"), replace(b, name=f"{b.name}-B"))


# -- where it is kept ------------------------------------------------------------------------------------------------


def run_key(checkpoint: Checkpoint) -> str:
    """Return by what a run is found again: the fingerprint, and the settings that are not the checkpoint's own."""
    key = (checkpoint.fingerprint or content_hash([checkpoint.url, checkpoint.model]))[:8]
    defaults = checkpoint.training.get("template_kwargs", {})
    if checkpoint.sampling_overrides or dict(checkpoint.template_kwargs) != dict(defaults):
        # One checkpoint under two settings is two runs.
        key = content_hash([key, dict(checkpoint.template_kwargs), dict(checkpoint.sampling_overrides)])[:8]
    return key


def run_path(checkpoint: Checkpoint, runs: Path) -> Path:
    """Return `runs/<name>-<fingerprint8>`, found again by its fingerprint whatever the checkpoint is called now."""
    key = run_key(checkpoint)
    known = sorted(path for path in runs.glob(f"*-{key}") if path.is_dir())
    return known[0] if known else runs / f"{checkpoint.name}-{key}"


def run_settings(checkpoint: Checkpoint, tasks: Sequence[Task], backend: Json, plan: RunPlan) -> dict[str, Any]:
    """Return how a checkpoint was asked; of a stored run, how it was asked then."""
    settings: dict[str, Any] = {
        "backend": dict(backend),
        "sampling": {task.name: asdict(effective_sampling(task, checkpoint)) for task in tasks},
        "samples": {task.name: task.num_samples for task in tasks},
        "template_kwargs": dict(checkpoint.template_kwargs),
        "seed": plan.seed,
        "limit": plan.limit,
    }
    if checkpoint.kind == "run" and checkpoint.path is not None:
        then = RunFolder(checkpoint.path).manifest().get("settings", {})
        sampling = {name: then.get("sampling", {}).get(name, now) for name, now in settings["sampling"].items()}
        settings |= {"sampling": sampling, "seed": then.get("seed", plan.seed)}
    return settings


def manifest(checkpoint: Checkpoint, suites: Sequence[Suite], settings: Json) -> dict[str, Any]:
    """Return `run.json`: identity, versions, settings."""
    found: dict[str, Any] = redacted(_manifest(checkpoint, suites, settings))
    return found


def _manifest(checkpoint: Checkpoint, suites: Sequence[Suite], settings: Json) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "checkpoint": {
            "argument": checkpoint.argument,
            "kind": checkpoint.kind,
            "name": checkpoint.name,
            "fingerprint": checkpoint.fingerprint,
            "verified": checkpoint.fingerprint is not None,
            "template_sha256": checkpoint.template_sha256,
            "template_kwargs": dict(checkpoint.template_kwargs),
            "training": dict(checkpoint.training),
        },
        "suites": suite_identities(suites),
        "settings": dict(settings),
        "versions": versions(),
    }


def suite_identities(suites: Sequence[Suite]) -> dict[str, Any]:
    """Return what was asked: each suite's version and its data's hashes."""
    return {
        suite.name: {"version": suite.version, "data": {task.name: task.data_sha256 for task in suite.tasks}}
        for suite in suites
    }


def versions() -> dict[str, str]:
    """Return the versions of what decides the numbers."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def with_context(comparison: Comparison, suites: Sequence[Suite], plan: ComparePlan, drift: list[str]) -> Comparison:
    """Add what the gate and the report need to know about how the comparison came about."""
    warnings = [f"{name}: asked with another chat template than it was trained with" for name in drift]
    if not comparison.matched:
        warnings.append("the two sides were asked with different sampling (matched: false)")
    for checkpoint in (comparison.baseline, comparison.candidate):
        if checkpoint.fingerprint is None:
            warnings.append(f"{checkpoint.name}: an endpoint has no fingerprint, its answers are unverified")
    tasks = [task for suite in suites for task in suite.tasks]
    reproduce = {
        "command": plan.command,
        "seed": plan.run.seed,
        "limit": plan.run.limit,
        "suites": suite_identities(suites),
        "versions": versions(),
        "fairness": fairness(comparison.baseline, comparison.candidate),
        "sanity": {task.name: dict(task.sanity) for task in tasks if task.sanity},
        "scope": "These two checkpoints are compared, not their recipes: training seeds move scores too.",
    }
    return replace(comparison, warnings=(*comparison.warnings, *warnings), reproduce=reproduce)
