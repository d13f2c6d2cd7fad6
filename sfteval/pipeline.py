"""The only room that knows the order: load, check, ask, score, compare, decide, probe.

No stage calls back into an earlier one; re-scoring never re-generates. Everything else is in the stages.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sfteval.asking import AskingPolicy
from sfteval.backends import Backends, Serving, open_backends
from sfteval.baseline import baseline_of, save_baseline, saved_run
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.checkpoints.content import slug
from sfteval.contract import ContractWatch, decoder, spoken_dialect
from sfteval.generate import with_all_answers, with_gaps
from sfteval.imports import log_of, write_suite
from sfteval.judging.plan import NOBODY, JudgePlan
from sfteval.preflight import check_contracts, load_suites, named_apart, refuse_changed, refuse_own_source, rehearse
from sfteval.probing.compared import with_probes
from sfteval.probing.plan import NO_PROBES, ProbePlan
from sfteval.progress import Progress
from sfteval.provenance import (
    asked_before,
    computed_anew,
    manifest,
    run_key,
    run_path,
    run_settings,
    think_end_id,
    with_context,
)
from sfteval.rollout import answer_tasks
from sfteval.rules import STANDARD, Rules, gated, with_tasks
from sfteval.score import Writing, score_aside
from sfteval.scorers.rules import ScorerMode, by_rules, scoring_settings
from sfteval.store import RunFolder
from sfteval.suites import find_task, load_suite
from sfteval.types import Checkpoint, Comparison, Json, Run, Suite


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How checkpoints are asked."""

    suites: tuple[str, ...]
    runs: Path = Path("runs")
    backend: str = "auto"
    limit: int | None = None
    samples: int | None = None  # None: what each task says
    scorer_mode: ScorerMode = "fixed"  # whose rules are shown and gate
    tasks: tuple[str, ...] | None = None  # None: all of the suites
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
    rules: Rules = STANDARD
    judging: JudgePlan = NOBODY
    probing: ProbePlan = NO_PROBES
    save_baseline: Path | None = None  # where the baseline's scores are kept for later gates


async def compare_checkpoints(plan: ComparePlan, progress: Progress) -> Comparison:
    """Ask and score both checkpoints, compare them, decide, and probe them for overfitting."""
    named = (
        with_overrides(resolve_checkpoint(plan.baseline), dict(plan.baseline_set)),
        with_overrides(resolve_checkpoint(plan.candidate), dict(plan.candidate_set)),
    )
    a, b = checkpoints = named_apart(*named)
    asked = [checkpoint for checkpoint in checkpoints if checkpoint.kind != "scores"]
    loaded = load_suites(plan.run.suites, limit=plan.run.limit, samples=plan.run.samples)
    suites = with_tasks(gated(by_rules(loaded, plan.run.scorer_mode), plan.rules, plan.judging.rubrics), plan.run.tasks)
    check_contracts(checkpoints, allow_drift=plan.run.allow_template_drift)
    from sfteval.judging.verdict import check_judges, verdict_of  # here: they bring pandas and scipy

    check_judges(plan.judging, suites)
    async with open_backends(asked, plan.run.backend, plan.run.serving) as backends:
        for checkpoint in asked:
            await rehearse(checkpoint, backends, suites, run_path(checkpoint, plan.run.runs), seed=plan.run.seed)
        runs = await both(
            run(a, backends, suites, plan.run, progress),
            run(b, backends, suites, plan.run, progress),
            together=backends.together and run_key(a) != run_key(b),
        )
    if plan.save_baseline is not None:
        save_baseline(baseline_of(replace(runs[0], checkpoint=named[0]), suites), plan.save_baseline)
    from sfteval.compare import compare  # here: it brings pandas, which asking alone should not wait for

    with progress.stage("comparing"):
        compared = compare(*runs, seed=plan.run.seed, alpha=plan.rules.alpha)
        told = with_context(compared, suites, command=plan.command, seed=plan.run.seed, limit=plan.run.limit)
    decided = await verdict_of(told, suites, plan.judging, plan.rules, progress, seed=plan.run.seed)
    return await with_probes(decided, suites, plan.probing, progress, seed=plan.run.seed, alpha=plan.rules.alpha)


async def run_checkpoint(argument: str, plan: RunPlan, settings: Json, progress: Progress) -> Run:
    """Ask and score one checkpoint."""
    checkpoint = with_overrides(resolve_checkpoint(argument), dict(settings))
    suites = by_rules(load_suites(plan.suites, limit=plan.limit, samples=plan.samples), plan.scorer_mode)
    check_contracts((checkpoint,), allow_drift=plan.allow_template_drift)
    async with open_backends((checkpoint,), plan.backend, plan.serving) as backends:
        return await run(checkpoint, backends, suites, plan, progress)


async def score_responses(task_name: str, responses: Path, out: Path, suites: Sequence[str], progress: Progress) -> Run:
    """Score answers made elsewhere into a run folder of the given name."""
    task, suite = find_task(task_name, suites)
    checkpoint = resolve_checkpoint(f"responses:{responses}")
    plan = RunPlan(suites=(suite.name,))
    async with open_backends((checkpoint,)) as backends:
        return await run_in(out, checkpoint, backends, [replace(suite, tasks=(task,))], plan, progress)


async def import_log(log: Path, out: Path, progress: Progress) -> Run:
    """Keep another harness's answers and scores in a run folder of the given name, its suite in `suite` beside them."""
    checkpoint = resolve_checkpoint(f"responses:{log}")
    imported = log_of(log)
    suite = load_suite(str(write_suite(imported, out / "suite")))
    named = replace(checkpoint, name=slug(imported.name)) if imported.name else checkpoint
    async with open_backends((named,)) as backends:
        return await run_in(out, named, backends, [suite], RunPlan(suites=(suite.name,)), progress)


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


async def run(
    checkpoint: Checkpoint,
    backends: Backends,
    suites: Sequence[Suite],
    plan: RunPlan,
    progress: Progress,
    *,
    num_own: int = 0,  # stored answers for which this very command asked, in an earlier round
) -> Run:
    """Ask one checkpoint all tasks of all suites, score the answers, keep both in its run folder; read saved scores."""
    if checkpoint.kind == "scores":
        return saved_run(checkpoint, suites, whole=plan.limit is None, allow_drift=plan.allow_template_drift)
    return await run_in(run_path(checkpoint, plan.runs), checkpoint, backends, suites, plan, progress, num_own)


async def run_in(
    path: Path,
    checkpoint: Checkpoint,
    backends: Backends,
    suites: Sequence[Suite],
    plan: RunPlan,
    progress: Progress,
    num_own: int = 0,
) -> Run:
    """Do what `run` does, in a folder of the given name."""
    refuse_own_source(path, checkpoint)
    with RunFolder(path) as folder:
        earlier = asked_before(checkpoint, folder).get("settings", {})
        async with backends.open(checkpoint) as backend:
            tasks = [with_all_answers(task, backend) for suite in suites for task in suite.tasks]
            watch = ContractWatch(checkpoint, backend, allow_drift=plan.allow_template_drift, num_own=num_own)

            async def once_ready(num_stored: int) -> None:
                refuse_changed(checkpoint)
                await watch.check(num_stored)
                if said := computed_anew(earlier.get("backend", {}), backend.description()):
                    progress.say(f"{path}: {said}")

            dialect = spoken_dialect(checkpoint) or earlier.get("dialect")
            answers = await answer_tasks(
                backend,
                checkpoint,
                tasks,
                folder,
                progress,
                seed=plan.seed,
                policy=plan.policy,
                dialect=dialect,
                once_ready=once_ready,
            )
            # Nothing was owed, nothing was loaded: the answers were made by what the manifest says.
            computed_by = backend.description() or earlier.get("backend", {})
        watch.refuse_stored_drift(earlier.get("contract", {}))
        writing = Writing(think_end_id(backend, computed_by), dialect, decoder(checkpoint))
        scored = await score_aside(tasks, answers, folder, progress, writing=writing, heed=watch.heed)
        refuse_changed(checkpoint)
        settings = run_settings(checkpoint, tasks, seed=plan.seed, limit=plan.limit) | {
            "backend": computed_by,
            "contract": watch.record(earlier.get("contract", {})),
            "dialect": dialect,
            **scoring_settings(tasks),
        }
        folder.write_manifest(manifest(checkpoint, suites, settings))
    return Run(checkpoint, settings, with_gaps(scored, backend, whole=plan.limit is None), path)
