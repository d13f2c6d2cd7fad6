"""A comparison and a panel of judges in, the comparison with what they say out; the gate is asked afterwards.

Only a judge with a lock of its own decides: without one its figures are shown and the metric does not gate. Does not
write anything, and does not know how a judge is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sfteval.errors import ConfigurationError, nearest
from sfteval.judge import Bench, Judge, Lock, prefer
from sfteval.judge.rubric import Form
from sfteval.judging.contests import is_judged, matches
from sfteval.judging.figures import Heard, filled, judge_comparison, judged_metric
from sfteval.stats import JudgeErrors
from sfteval.types import PREFERENCE, RUBRIC, Comparison, Judged, MetricComparison, Preference, Suite, Task

FORM: Form = "pairwise"


@dataclass(frozen=True, slots=True)
class Seat:
    """One judge with what it is asked from and what it has earned."""

    judge: Judge
    bench: Bench
    lock: Lock | None = None

    def standing(self) -> Judged:
        """Return what its votes are worth; a lock of another judge is none."""
        identity = self.judge.identity(FORM)
        if self.lock is None or not self.lock.covers(identity):
            reason = "it has no lock" if self.lock is None else "its lock is for another model, rubric or sampling"
            return Judged(self.judge.name, identity, "unlocked", (reason,))
        return Judged(self.judge.name, identity, self.lock.standing, self.lock.reasons, self.lock.figures)

    def errors(self) -> JudgeErrors | None:
        """Return how often it errs each way, where its lock says so and it may vote."""
        return self.lock.errors if self.lock is not None and self.standing().standing == "trusted" else None


@dataclass(frozen=True, slots=True)
class JudgedComparison:
    """A comparison with the judges' rows in it, and those rows at their worst and at their best."""

    comparison: Comparison
    worst: Mapping[str, MetricComparison]  # by task: every contest without a verdict goes to the baseline
    best: Mapping[str, MetricComparison]


def judged_tasks(suites: Sequence[Suite], rubrics: Mapping[str, str] | None = None) -> tuple[Task, ...]:
    """Return the tasks whose answers are to be judged; `rubrics` of some, by task, stand in place of their options'.

    Raises: ConfigurationError where there is none, or for a rubric of a task that is not asked.
    """
    tasks, rubrics = [task for suite in suites for task in suite.tasks], rubrics or {}
    names = [task.name for task in tasks]
    for name in rubrics:
        if name not in names:
            raise ConfigurationError(
                "--judge-rubric", expected="a task of the suites", got=f'"{name}"', next_move=nearest(name, names)
            )
    found = tuple(task for task in (_with_rubric(task, rubrics) for task in tasks) if is_judged(task))
    if not found:
        raise ConfigurationError(
            "--judge",
            expected="a task whose options name a rubric",
            got="none in these suites",
            next_move='Add --suite helpfulness, --judge-rubric TASK=NAME, or rubric = "..." to [task.options]',
        )
    return found


async def with_judges(
    comparison: Comparison, tasks: Sequence[Task], seats: Sequence[Seat], *, seed: int, alpha: float
) -> JudgedComparison:
    """Hear every judge on every judged task.

    Raises: BackendError when a judge is gone, BudgetError when a budget is spent; what was heard is kept.
    """
    rows: list[MetricComparison] = []
    told, warnings = [], list[str]()
    worst: dict[str, MetricComparison] = {}
    best: dict[str, MetricComparison] = {}
    standings = [seat.standing() for seat in seats]
    may_decide = all(one.standing == "trusted" for one in standings)
    errors = seats[0].errors() if len(seats) == 1 else None
    for task in tasks:
        heard = await _heard(comparison, task, seats)
        if not heard.matches:
            continue
        worths = heard.winners()
        gating = may_decide and PREFERENCE in task.gating
        row = judged_metric(heard, worths, gating=gating, seed=seed, alpha=alpha) if any_verdict(worths) else None
        if row is None:
            warnings.append(f"{task.name}: no judge has a verdict on any of {len(worths):,} contests")
            continue
        rows.append(row)
        for bound, value in ((worst, 0.0), (best, 1.0)):
            bound[task.name] = judged_metric(heard, filled(worths, value), gating=gating, seed=seed, alpha=alpha)
        told.append(judge_comparison(heard, standings, errors, seed=seed))
        if PREFERENCE in task.gating and not may_decide:
            warnings.append(f"{task.name}: {PREFERENCE} decides nothing, {_why(standings)}")
    judged = replace(
        comparison,
        metrics=(*comparison.metrics, *rows),
        judged=(*comparison.judged, *told),
        warnings=(*comparison.warnings, *warnings),
    )
    return JudgedComparison(judged, worst, best)


def any_verdict(worths: Sequence[float | None]) -> bool:
    """Tell whether there is a verdict at all."""
    return any(value is not None for value in worths)


def _with_rubric(task: Task, rubrics: Mapping[str, str]) -> Task:
    named = {RUBRIC: rubrics[task.name]} if task.name in rubrics else {}
    return replace(task, options={**task.options, **named})


async def _heard(comparison: Comparison, task: Task, seats: Sequence[Seat]) -> Heard:
    found = tuple(matches(comparison, task))
    asked = [match.contest for match in found if match.by_outcome is None]
    by_judge: list[list[Preference]] = []
    for seat in seats:
        said = {one.contest: one for one in await prefer(seat.judge, seat.bench, asked)}
        by_judge.append(
            [
                said[match.contest.id] if match.by_outcome is None else match.preference_by_outcome(seat.judge.name)
                for match in found
            ]
        )
    rubric = seats[0].judge.rubric
    return Heard(task, rubric.name, found, by_judge, rubric.about)


def _why(standings: Sequence[Judged]) -> str:
    return "; ".join(
        f"{one.judge} is {one.standing} ({', '.join(one.reasons)})" for one in standings if one.standing != "trusted"
    )
