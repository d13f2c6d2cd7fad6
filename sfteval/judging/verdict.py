"""A comparison and who shall judge it in, the comparison with its verdict out; without judges it is the gate's alone.

Judges are opened when both checkpoints have answered, one rubric after the other. Does not write anything.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from sfteval.errors import ConfigurationError
from sfteval.gate import decide
from sfteval.judge import Lock, read_lock, read_rubric
from sfteval.judge.opening import judge_named, open_bench
from sfteval.judging.bounds import decide_with_judges
from sfteval.judging.panel import JudgedComparison, Seat, judged_tasks, with_judges
from sfteval.judging.plan import JudgePlan
from sfteval.progress import Progress
from sfteval.rules import Rules
from sfteval.types import PREFERENCE, RUBRIC, Comparison, Suite, Task


def check_judges(plan: JudgePlan, suites: Sequence[Suite]) -> None:
    """Refuse, before anybody is asked, judges that cannot be heard and a gate that waits for a judge in vain.

    Raises: ConfigurationError, CheckpointError.
    """
    if plan.judges:
        rubrics = {str(task.options[RUBRIC]) for task in judged_tasks(suites, plan.rubrics)}
        for argument in plan.judges:
            for rubric in sorted(rubrics):
                judge_named(argument, read_rubric(rubric))
        _locks(plan)
        return
    waiting = [task.name for suite in suites for task in suite.tasks if PREFERENCE in task.gating]
    if waiting:
        raise ConfigurationError(
            f"task {waiting[0]}",
            expected=f"a judge, for {PREFERENCE} gates",
            got="none",
            next_move="Add --judge and --judge-lock, or take it out of gating",
        )


async def verdict_of(
    comparison: Comparison, suites: Sequence[Suite], plan: JudgePlan, rules: Rules, progress: Progress, *, seed: int
) -> Comparison:
    """Hear the judges, where there are any, and decide.

    Raises: BackendError when a judge is gone, BudgetError when a budget is spent; what was heard is kept.
    """
    if not plan.judges:
        return decide(comparison, rules)
    judged = JudgedComparison(comparison, {}, {})
    for rubric, tasks in _by_rubric(judged_tasks(suites, plan.rubrics)).items():
        async with AsyncExitStack() as stack:
            seats = [await _seat(stack, argument, rubric, plan, progress, seed) for argument in plan.judges]
            heard = await with_judges(judged.comparison, tasks, seats, seed=seed, alpha=rules.alpha)
            judged = JudgedComparison(heard.comparison, {**judged.worst, **heard.worst}, {**judged.best, **heard.best})
    return decide_with_judges(judged, rules)


async def _seat(
    stack: AsyncExitStack, argument: str, rubric: str, plan: JudgePlan, progress: Progress, seed: int
) -> Seat:
    judge, checkpoint = judge_named(argument, read_rubric(rubric))
    bench = await stack.enter_async_context(
        open_bench(
            judge, checkpoint, plan.runs, progress, policy=plan.policy, serving=plan.serving, backend=plan.backend,
            seed=seed,
        )
    )  # fmt: skip
    identity = judge.identity("pairwise")
    lock = next((lock for lock in _locks(plan) if lock.covers(identity)), None)
    return Seat(judge, bench, lock or next(iter(_locks(plan)), None))


def _locks(plan: JudgePlan) -> list[Lock]:
    return [read_lock(path) for path in plan.locks]


def _by_rubric(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(str(task.options[RUBRIC]), []).append(task)
    return found
