"""A comparison and who shall judge it in, the comparison with its verdict out; without judges it is the gate's alone.

Judges are opened when both checkpoints have answered, one rubric after the other. Does not write anything.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from sfteval.errors import ConfigurationError
from sfteval.gate import decide
from sfteval.judge import Lock, read_lock, read_rubric
from sfteval.judge.gold import read_gold
from sfteval.judge.opening import judge_named, open_bench
from sfteval.judging.bounds import decide_with_judges
from sfteval.judging.family import family_warnings
from sfteval.judging.labels import Labels, labels_of
from sfteval.judging.panel import JudgedComparison, judged_tasks, with_judges
from sfteval.judging.plan import JudgePlan
from sfteval.judging.seats import Seat
from sfteval.progress import Progress
from sfteval.rules import Rules
from sfteval.types import GRADE, PREFERENCE, RUBRIC, Checkpoint, Comparison, Suite, Task

METRICS = (PREFERENCE, GRADE)  # that come with a judge


def check_judges(plan: JudgePlan, suites: Sequence[Suite]) -> None:
    """Refuse, before anybody is asked, judges that cannot be heard and a gate that waits for a judge in vain.

    Raises: ConfigurationError, CheckpointError, DataError.
    """
    if plan.judges:
        tasks = judged_tasks(suites, plan.rubrics)
        _check_forms(tasks)
        named = [judge_of(argument, str(tasks[0].options[RUBRIC])) for argument in plan.judges]
        argument, times = Counter((one.url, one.model, one.fingerprint) for one in named).most_common(1)[0]
        if times > 1:
            name = next(one.name for one in named if (one.url, one.model, one.fingerprint) == argument)
            raise ConfigurationError(
                "--judge", expected="each judge once", got=f"{name} {times} times", next_move="Name another one"
            )
        _locks(plan)
        _labels(plan)
        return
    waiting = [
        (task.name, metric) for suite in suites for task in suite.tasks for metric in task.gating if metric in METRICS
    ]
    if waiting:
        name, metric = waiting[0]
        raise ConfigurationError(
            f"task {name}",
            expected=f"a judge, for {metric} gates",
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
    tasks, labels = judged_tasks(suites, plan.rubrics), _labels(plan)
    judges = [judge_of(argument, str(tasks[0].options[RUBRIC])) for argument in plan.judges]
    kin = family_warnings(judges, (comparison.baseline, comparison.candidate))
    judged = JudgedComparison(replace(comparison, warnings=(*comparison.warnings, *kin)), {}, {})
    for rubric, together in _by_rubric(tasks).items():
        async with AsyncExitStack() as stack:
            seats = [await _seat(stack, argument, rubric, plan, progress, seed) for argument in plan.judges]
            heard = await with_judges(judged.comparison, together, seats, seed=seed, alpha=rules.alpha, labels=labels)
            judged = JudgedComparison(heard.comparison, {**judged.worst, **heard.worst}, {**judged.best, **heard.best})
    if labels and not any(task.num_labelled for task in judged.comparison.judged):
        said = "no label of --judge-gold is of two answers of this comparison: labels are found by the texts themselves"
        warned = replace(judged.comparison, warnings=(*judged.comparison.warnings, said))
        judged = replace(judged, comparison=warned)
    return decide_with_judges(judged, rules)


def judge_of(argument: str, rubric: str) -> Checkpoint:
    """Return what a judge is asked through.

    Raises: CheckpointError for what cannot be asked, ConfigurationError for answers that exist already.
    """
    return judge_named(argument, read_rubric(rubric))[1]


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
    identity = judge.identity(judge.rubric.form)
    lock = next((lock for lock in _locks(plan) if lock.covers(identity)), None)
    return Seat(judge, bench, lock or next(iter(_locks(plan)), None))


def _check_forms(tasks: Sequence[Task]) -> None:
    """Refuse two rubrics that would fill one and the same row of the scoreboard.

    Raises: ConfigurationError, also for a rubric that is none.
    """
    forms = Counter((task.name, read_rubric(str(task.options[RUBRIC])).form) for task in tasks)
    (name, form), times = forms.most_common(1)[0]
    if times > 1:
        raise ConfigurationError(
            f"task {name}, {RUBRIC}",
            expected="at most one rubric of each form",
            got=f"{times} {form} ones",
            next_move="Leave one of them away",
        )


def _locks(plan: JudgePlan) -> list[Lock]:
    return [read_lock(path) for path in plan.locks]


def _labels(plan: JudgePlan) -> Labels:
    return labels_of(pair for path in plan.gold for pair in read_gold(path))


def _by_rubric(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(str(task.options[RUBRIC]), []).append(task)
    return found
