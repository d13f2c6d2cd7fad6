"""Contests in, both answers' grades out, and whom the higher grade names: a judge that reads each answer by itself.

One text is graded once, on whichever side it stands. So a pointwise rubric can be measured on labelled pairs like a
pairwise one: the answer with the higher grade is preferred, equal grades tie. Does not know what grades come to.
"""

from collections.abc import Sequence
from dataclasses import replace

from sfteval.judge.asking import Bench, Judge, grade
from sfteval.types import Contest, Exhibit, Grade, Preference, Winner

SAME = 1e-9  # grades are fractions of whole points: what differs behind that is rounding


async def grade_both(judge: Judge, bench: Bench, contests: Sequence[Contest]) -> list[tuple[Grade, Grade]]:
    """Return the judge's grades of the baseline's and the candidate's answer, in the order of the contests.

    Raises: what `grade` raises.
    """
    exhibits = {one.id: one for contest in contests for one in exhibits_of(contest)}
    grades = {one.exhibit: one for one in await grade(judge, bench, list(exhibits.values()))}
    both = [exhibits_of(contest) for contest in contests]
    return [(grades[baseline.id], grades[candidate.id]) for baseline, candidate in both]


async def prefer_by_grades(judge: Judge, bench: Bench, contests: Sequence[Contest]) -> list[Preference]:
    """Return whom the higher grade names on each contest, in their order.

    Raises: what `grade` raises.
    """
    graded = await grade_both(judge, bench, contests)
    return [by_grades(contest.id, *both) for contest, both in zip(contests, graded, strict=True)]


def exhibits_of(contest: Contest) -> tuple[Exhibit, Exhibit]:
    """Return both answers of a contest, each by itself; of one text, the same exhibit twice."""
    baseline = Exhibit(f"{contest.id}/baseline", contest.messages, contest.baseline, contest.reference)
    candidate = replace(baseline, id=f"{contest.id}/candidate", answer=contest.candidate)
    return baseline, baseline if contest.is_identical else candidate


def by_grades(contest: str, baseline: Grade, candidate: Grade) -> Preference:
    """Return whom two grades prefer; none where one of them has no verdict."""
    criteria = {name: _winner(baseline.points[name], candidate.points.get(name)) for name in baseline.points}
    return Preference(contest, baseline.judge, _winner(baseline.score, candidate.score), criteria=criteria)


def _winner(baseline: float | None, candidate: float | None) -> Winner | None:
    if baseline is None or candidate is None:
        return None
    if abs(candidate - baseline) <= SAME:
        return "tie"
    return "candidate" if candidate > baseline else "baseline"
