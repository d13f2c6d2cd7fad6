"""Grades of single answers in, one row of the scoreboard and everything that stands beside it out.

The unit is the prompt: judges are averaged, then the samples of a prompt, and only then is anything tested. An answer
that never came to its end is worth 0, and nobody is asked; the same text on both sides is graded once. Pairs of which
an answer has no grade are left out and bounded, never counted as a bad one. Does not ask anybody.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sfteval.compare import compare_scores
from sfteval.judge.by_grades import by_grades
from sfteval.judge.preferences import agreement
from sfteval.judging.contests import Match
from sfteval.judging.seats import Panel, kappas
from sfteval.stats import FloatArray
from sfteval.types import (
    GRADE,
    Grade,
    GradeComparison,
    GradedPair,
    MeanGrade,
    MetricComparison,
    Outcome,
    Preference,
    Task,
    Usage,
)

Both = tuple[float | None, float | None]  # the worth of the baseline's answer and of the candidate's, in [0, 1]
Worth = Callable[[Grade], float | None]


@dataclass(frozen=True, slots=True)
class Marked:
    """One task's matches with every judge's grades of both answers to each."""

    task: Task
    rubric: str
    matches: Sequence[Match]
    by_judge: Sequence[Sequence[tuple[Grade, Grade]]]  # [judge][match]
    about: str = ""

    def worths(self, worth: Worth = lambda grade: grade.score) -> list[Both]:
        """Return what both answers of each match are worth, the mean of all judges with a grade; None: none has one."""
        return [
            (_mean_of(worth(a) for a, _ in each), _mean_of(worth(b) for _, b in each))
            for each in zip(*self.by_judge, strict=True)
        ]


def unended(match: Match, judge: str) -> tuple[Grade | None, Grade | None]:
    """Return the grades that follow from the outcomes alone; None: that answer came to its end and is to be graded."""
    ended = (match.pair.baseline.outcome is Outcome.OK, match.pair.candidate.outcome is Outcome.OK)
    baseline, candidate = (None if ok else Grade(match.contest.id, judge, {}, by="outcome") for ok in ended)
    return baseline, candidate


def graded_metric(
    marked: Marked, worths: Sequence[Both], *, gating: bool, seed: int, alpha: float
) -> MetricComparison | None:
    """Return the row of the scoreboard; None: no pair has a grade on both sides."""
    baseline, candidate, clusters = _by_prompt(marked.matches, worths)
    if not len(baseline):
        return None
    task = replace(marked.task, gating=(GRADE,) if gating else ())
    return compare_scores(task, GRADE, baseline, candidate, clusters, seed, alpha)


def filled(worths: Sequence[Both], *, candidate: bool) -> list[Both]:
    """Return the worths with every missing one at its best for one side and at its worst for the other."""
    other, own = (0.0, 1.0) if candidate else (1.0, 0.0)
    return [(other if a is None else a, own if b is None else b) for a, b in worths]


def grade_comparison(marked: Marked, panel: Panel, *, seed: int) -> GradeComparison:
    """Return everything that stands beside the row."""
    worths = marked.worths()
    owed = sum(None in both for both in worths)
    contests = [match.contest.id for match in marked.matches]
    preferred = [
        [_preferred(contest, *both) for contest, both in zip(contests, each, strict=True)] for each in marked.by_judge
    ]
    return GradeComparison(
        task=marked.task.name,
        rubric=marked.rubric,
        about=marked.about,
        judges=panel.with_costs(_used(each) for each in marked.by_judge),
        num_pairs=len(marked.matches),
        num_identical=sum(match.contest.is_identical and match.by_outcome is None for match in marked.matches),
        num_by_outcome=sum(grade.by == "outcome" for both in marked.by_judge[0] for grade in both),
        num_no_verdict=owed,
        grades=tuple(_means(marked, seed)),
        worst=_difference(marked.matches, filled(worths, candidate=False)) if owed else None,
        best=_difference(marked.matches, filled(worths, candidate=True)) if owed else None,
        advisory=not panel.may_decide,
        agreement=agreement(list(zip(*preferred, strict=True))) if len(panel.seats) > 1 else None,
        kappas=kappas(preferred),
    )


def graded_pair(marked: Marked, position: int) -> tuple[GradedPair, ...]:
    """Return what every judge said of one match."""
    return tuple(GradedPair(each[position][0].judge, marked.rubric, *each[position]) for each in marked.by_judge)


def _preferred(contest: str, baseline: Grade, candidate: Grade) -> Preference:
    found = by_grades(contest, baseline, candidate)
    return found if baseline.by == candidate.by == "judge" else replace(found, by="outcome")


def _means(marked: Marked, seed: int) -> Iterator[MeanGrade]:
    """Yield the mean grades: of all criteria, then of each; what nobody was asked about says nothing of a criterion."""
    yield from _mean_grade(GRADE, marked, marked.worths(), seed)
    names = {name: None for each in marked.by_judge for both in each for grade in both for name in grade.points}
    for name in names:
        yield from _mean_grade(name, marked, marked.worths(partial(_points, name=name)), seed)


def _points(grade: Grade, *, name: str) -> float | None:
    points = grade.points.get(name)
    return None if points is None else (points - 1.0) / 4.0


def _mean_grade(name: str, marked: Marked, worths: Sequence[Both], seed: int) -> Iterator[MeanGrade]:
    baseline, candidate, clusters = _by_prompt(marked.matches, worths)
    if len(baseline):
        row = compare_scores(marked.task, name, baseline, candidate, clusters, seed)
        means = float(np.mean(baseline)), float(np.mean(candidate))
        yield MeanGrade(name, *means, means[1] - means[0], row.ci_low, row.ci_high, row.n)


def _by_prompt(matches: Sequence[Match], worths: Sequence[Both]) -> tuple[FloatArray, FloatArray, list[str]]:
    """Average the samples of every prompt that have a worth on both sides."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    clusters: dict[str, str] = {}
    for match, (baseline, candidate) in zip(matches, worths, strict=True):
        if baseline is not None and candidate is not None:
            sample = match.pair.sample
            found[sample.id].append((baseline, candidate))
            clusters[sample.id] = sample.cluster or f"={sample.id}"
    means = np.array([np.mean(each, axis=0) for each in found.values()]).reshape(-1, 2)
    return means[:, 0], means[:, 1], list(clusters.values())


def _difference(matches: Sequence[Match], worths: Sequence[Both]) -> float:
    baseline, candidate, _ = _by_prompt(matches, worths)
    return float(np.mean(candidate - baseline))


def _used(graded: Sequence[tuple[Grade, Grade]]) -> Usage:
    """Add up what grades took; the same text on both sides was asked about once."""
    used = Usage()
    for baseline, candidate in graded:
        used = used + baseline.usage + (Usage() if candidate.exhibit == baseline.exhibit else candidate.usage)
    return used


def _mean_of(worths: Iterator[float | None]) -> float | None:
    known = [worth for worth in worths if worth is not None]
    return sum(known) / len(known) if known else None
