"""A comparison and a panel of judges in, the comparison with what they say out; the gate is asked afterwards.

A rubric is asked in its own form: of both answers side by side, in both orders, or of each answer by itself. Only
judges with locks of their own decide: without them the figures are shown and the metric does not gate. What a judge
wrote stands with the answers that it wrote of. Does not write anything, and does not know how a judge is opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sfteval.errors import ConfigurationError, nearest
from sfteval.judge import grade, prefer
from sfteval.judge.by_grades import exhibits_of
from sfteval.judge.rubric import Form
from sfteval.judging.contests import Match, matches, rubrics_of
from sfteval.judging.figures import Heard, filled, judge_comparison, judged_metric
from sfteval.judging.grades import Marked, grade_comparison, graded_metric, graded_pair, unended
from sfteval.judging.grades import filled as filled_grades
from sfteval.judging.labels import Labels, check_truth, truths
from sfteval.judging.seats import Panel, Seat, added_costs
from sfteval.types import (
    GRADE,
    PREFERENCE,
    RUBRIC,
    Comparison,
    Exhibit,
    Finding,
    Grade,
    MetricComparison,
    Pair,
    Preference,
    Suite,
    Task,
)

METRICS: dict[Form, str] = {"pairwise": PREFERENCE, "pointwise": GRADE}
Key = tuple[str, str]  # a row of the scoreboard: task and metric


@dataclass(frozen=True, slots=True)
class JudgedComparison:
    """A comparison with the judges' rows in it, and those rows at their worst and at their best."""

    comparison: Comparison
    worst: Mapping[Key, MetricComparison]  # every missing verdict goes to the baseline
    best: Mapping[Key, MetricComparison]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What judges come to on one task."""

    comparison: Comparison  # with all that they said
    worst: MetricComparison | None  # None: nobody has a verdict
    best: MetricComparison | None


def judged_tasks(suites: Sequence[Suite], rubrics: Mapping[str, str] | None = None) -> tuple[Task, ...]:
    """Return each task whose answers are to be judged, once a rubric; `rubrics` of some stand in place of their own.

    Raises: ConfigurationError where there is none, for a rubric of a task that is not asked, or for a truth that is no
    metric of the task.
    """
    tasks, rubrics = [task for suite in suites for task in suite.tasks], rubrics or {}
    names = [task.name for task in tasks]
    for name in rubrics:
        if name not in names:
            raise ConfigurationError(
                "--judge-rubric", expected="a task of the suites", got=f'"{name}"', next_move=nearest(name, names)
            )
    found = tuple(judged for task in tasks for judged in _by_rubric(task, rubrics))
    if not found:
        raise ConfigurationError(
            "--judge",
            expected="a task whose options name a rubric",
            got="none in these suites",
            next_move='Add --suite helpfulness, --judge-rubric TASK=NAME, or rubric = "..." to [task.options]',
        )
    return found


async def with_judges(
    comparison: Comparison,
    tasks: Sequence[Task],
    seats: Sequence[Seat],
    *,
    seed: int,
    alpha: float,
    labels: Labels | None = None,
) -> JudgedComparison:
    """Hear every judge on every judged task; `labels` are of pairs whose true winner is known.

    Raises: BackendError when a judge is gone, BudgetError when a budget is spent; what was heard is kept.
    """
    panel = Panel(tuple(seats))
    form = seats[0].judge.rubric.form
    worst: dict[Key, MetricComparison] = {}
    best: dict[Key, MetricComparison] = {}
    for task in tasks:
        found = tuple(matches(comparison, task))
        if not found:
            continue
        gating = panel.may_decide and METRICS[form] in task.gating
        if form == "pairwise":
            heard = await _heard(found, task, panel)
            known = truths(task, found, labels or {})
            spoken = _preferred(comparison, heard, panel, known, gating=gating, seed=seed, alpha=alpha)
        else:
            marked = await _marked(found, task, panel)
            spoken = _graded(comparison, marked, panel, gating=gating, seed=seed, alpha=alpha)
        comparison = spoken.comparison
        if spoken.worst is None or spoken.best is None:
            comparison = _warned(comparison, f"{task.name}: no judge has a verdict on any of {len(found):,} contests")
            continue
        worst[task.name, METRICS[form]], best[task.name, METRICS[form]] = spoken.worst, spoken.best
        if METRICS[form] in task.gating and not panel.may_decide:
            comparison = _warned(comparison, f"{task.name}: {METRICS[form]} decides nothing, {panel.why_not()}")
    return JudgedComparison(_with_costs(comparison), worst, best)


# -- in the one form and in the other ----------------------------------------------------------------------------------


def _preferred(
    comparison: Comparison,
    heard: Heard,
    panel: Panel,
    known: Sequence[float | None],
    *,
    gating: bool,
    seed: int,
    alpha: float,
) -> Spoken:
    """Return the comparison with what judges prefer, and its row if all missing verdicts went to either side."""
    each = zip(heard.matches, zip(*heard.by_judge, strict=True), strict=True)
    said = {id(match.pair): replace(match.pair, judged=(*match.pair.judged, *votes)) for match, votes in each}
    told = _with_words(comparison, said)
    worths = heard.winners()
    worst, best = (
        judged_metric(heard, values, gating=gating, seed=seed, alpha=alpha)
        for values in (filled(worths, 0.0), filled(worths, 1.0))
    )
    if all(value is None for value in worths):
        return Spoken(_owing(told, worst, best), None, None)
    row = judged_metric(heard, worths, gating=gating, seed=seed, alpha=alpha)
    figures = judge_comparison(heard, panel, known, seed=seed)
    return Spoken(replace(told, metrics=(*told.metrics, row), judged=(*told.judged, figures)), worst, best)


def _graded(comparison: Comparison, marked: Marked, panel: Panel, *, gating: bool, seed: int, alpha: float) -> Spoken:
    """Return the comparison with the grades that judges give, and its row if all missing ones were at their bounds."""
    said = {
        id(match.pair): replace(match.pair, graded=(*match.pair.graded, *graded_pair(marked, position)))
        for position, match in enumerate(marked.matches)
    }
    told = _with_words(comparison, said)
    worths = marked.worths()
    row, worst, best = (
        graded_metric(marked, values, gating=gating, seed=seed, alpha=alpha)
        for values in (worths, filled_grades(worths, candidate=False), filled_grades(worths, candidate=True))
    )
    if row is None or worst is None or best is None:
        return Spoken(told if worst is None or best is None else _owing(told, worst, best), None, None)
    figures = grade_comparison(marked, panel, seed=seed)
    return Spoken(replace(told, metrics=(*told.metrics, row), graded=(*told.graded, figures)), worst, best)


async def _heard(found: Sequence[Match], task: Task, panel: Panel) -> Heard:
    asked = [match.contest for match in found if match.by_outcome is None]
    by_judge: list[list[Preference]] = []
    for seat in panel.seats:
        said = {one.contest: one for one in await prefer(seat.judge, seat.bench, asked)}
        by_judge.append(
            [
                said[match.contest.id] if match.by_outcome is None else match.preference_by_outcome(seat.judge.name)
                for match in found
            ]
        )
    rubric = panel.seats[0].judge.rubric
    return Heard(task, rubric.name, found, by_judge, rubric.about)


async def _marked(found: Sequence[Match], task: Task, panel: Panel) -> Marked:
    by_judge: list[list[tuple[Grade, Grade]]] = []
    for seat in panel.seats:
        asked: dict[str, Exhibit] = {}
        for match in found:
            for one, known in zip(exhibits_of(match.contest), unended(match, seat.judge.name), strict=True):
                if known is None:
                    asked[one.id] = one
        said = {one.exhibit: one for one in await grade(seat.judge, seat.bench, list(asked.values()))}
        by_judge.append([_both(match, seat.judge.name, said) for match in found])
    rubric = panel.seats[0].judge.rubric
    return Marked(task, rubric.name, found, by_judge, rubric.about)


def _both(match: Match, judge: str, said: Mapping[str, Grade]) -> tuple[Grade, Grade]:
    """Return one judge's grades of both answers."""
    baseline, candidate = unended(match, judge)
    first, second = exhibits_of(match.contest)
    return baseline or said[first.id], candidate or said[second.id]


# -- what is told ------------------------------------------------------------------------------------------------------


def _by_rubric(task: Task, rubrics: Mapping[str, str]) -> Iterator[Task]:
    """Yield the task once a rubric, each with that rubric's name alone among its options."""
    named = replace(task, options={**task.options, RUBRIC: rubrics[task.name]}) if task.name in rubrics else task
    for rubric in dict.fromkeys(rubrics_of(named)):
        check_truth(task)
        yield replace(task, options={**task.options, RUBRIC: rubric})


def _with_words(comparison: Comparison, said: Mapping[int, Pair]) -> Comparison:
    return replace(comparison, pairs=tuple(said.get(id(pair), pair) for pair in comparison.pairs))


def _owing(comparison: Comparison, worst: MetricComparison, best: MetricComparison) -> Comparison:
    """Return the comparison with a row that is owed: a gate that waits for judges does not pass for their silence."""
    if not worst.gating:
        return comparison
    owed = replace(
        worst,
        baseline=None,
        candidate=None,
        difference=None,
        ci_low=None,
        ci_high=None,
        p_value=None,
        finding=Finding.NOT_SHOWN,
        b_only=0,
        a_only=0,
        method="none: no judge has a verdict",
        gate_ci_low=worst.gate_ci_low,
        gate_ci_high=best.gate_ci_high,
        p_regress=1.0,
        n_needed=None,
    )
    return replace(comparison, metrics=(*comparison.metrics, owed))


def _warned(comparison: Comparison, warning: str) -> Comparison:
    return replace(comparison, warnings=(*comparison.warnings, warning))


def _with_costs(comparison: Comparison) -> Comparison:
    """Return the comparison with what all judges took, beside what both sides did."""
    judges = [judge for task in comparison.judged for judge in task.judges]
    judges += [judge for task in comparison.graded for judge in task.judges]
    costs = [judge.cost for judge in judges]
    return replace(comparison, costs={**comparison.costs, "judges": added_costs(costs)}) if costs else comparison
