"""What a report's files hold of judges in, the nouns that it was written from out.

Figures come from `results.json`, words from `samples.jsonl.gz`. Does not open a file.
"""

from sfteval.report.built import Row, built
from sfteval.types import (
    Grade,
    GradeComparison,
    GradedPair,
    JudgeComparison,
    Judged,
    JudgesKappa,
    MeanGrade,
    Preference,
    Vote,
    WinRate,
)

RATES = ("length_controlled", "corrected", "prediction_powered")


def judge_comparison(row: Row) -> JudgeComparison:
    """Return one task of `judge.tasks`."""
    rates = {name: built(WinRate, row[name]) if row.get(name) else None for name in RATES}
    criteria = tuple(built(WinRate, one) for one in row["criteria"])
    return built(
        JudgeComparison, row, **rates, **_panel(row), win_rate=built(WinRate, row["win_rate"]), criteria=criteria
    )


def grade_comparison(row: Row) -> GradeComparison:
    """Return one task of `judge.grades`."""
    grades = tuple(built(MeanGrade, one) for one in row["grades"])
    return built(GradeComparison, row, **_panel(row), grades=grades)


def preference(row: Row) -> Preference:
    """Return what one judge said of one pair of answers."""
    return built(Preference, row, votes=tuple(built(Vote, vote) for vote in row["votes"]))


def graded_pair(row: Row) -> GradedPair:
    """Return one judge's grades of one pair of answers."""
    sides = {side: built(Grade, row[side]) for side in ("baseline", "candidate")}
    return built(GradedPair, row, **sides)


def _panel(row: Row) -> dict[str, tuple[object, ...]]:
    return {
        "judges": tuple(built(Judged, one, reasons=tuple(one["reasons"])) for one in row["judges"]),
        "kappas": tuple(built(JudgesKappa, one) for one in row.get("kappas", ())),
    }
