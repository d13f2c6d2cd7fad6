"""What a comparison says of its judges: sentences and rows, which the page, the summary and the terminal show alike.

Comparison in, words out; every number was made by `judging`. Names come from servers and files and are made harmless
here; what a judge wrote about an answer is in `judge_words` alone, for whoever shows that very pair. Does not render.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sfteval.report.text import number, one_line, signed
from sfteval.types import (
    Comparison,
    Grade,
    GradeComparison,
    Json,
    JudgeComparison,
    Judged,
    JudgesKappa,
    MeanGrade,
    Pair,
    Preference,
    Vote,
    Winner,
    WinRate,
)

Row = tuple[str, str, str, str]  # name, win rate, interval, n
GradeRow = tuple[str, str, str, str, str]  # name, A, B, difference with its interval, n
STANDINGS = {
    "trusted": "trusted: its lock is valid",
    "advisory": "advisory: its lock found it wanting",
    "rejected": "rejected: no better than chance, as far as its lock shows",
    "unlocked": "without a valid lock",
}
LONGEST_ABOUT = 300  # characters of what a rubric says of itself
FIGURES = ("agreement", "sensitivity", "specificity", "swap_consistency", "repeat_consistency")
WINNERS: dict[Winner | None, str] = {"baseline": "A", "candidate": "B", "tie": "tie", None: "no verdict"}
WITHOUT_CALL = {"identical": "the same text", "outcome": "an answer that never ended"}


# -- of one pair -------------------------------------------------------------------------------------------------------


class JudgeWord(NamedTuple):
    """One thing that a judge said of one pair of answers; all four are one line each and hold no control characters."""

    judge: str
    about: str  # "A first", "B first", "A by itself", "B by itself", or why nobody was asked
    said: str  # "A", "B", "tie", "no verdict (json)", or the points
    reason: str  # the judge's own words: hostile like all model text


def judge_words(pair: Pair) -> list[JudgeWord]:
    """Return everything that judges said of one pair: each judge's two orders, then its grades of each answer."""
    words = [word for one in pair.judged for word in _preferred(one)]
    for one in pair.graded:
        words += [_graded("A", one.judge, one.baseline), _graded("B", one.judge, one.candidate)]
    return words


def judges_disagree(pair: Pair) -> bool:
    """Tell whether a judge named another winner in the other order, or two judges different ones."""
    winners = {one.winner for one in pair.judged if one.winner is not None}
    return len(winners) > 1 or any(one.is_flip for one in pair.judged)


def _preferred(one: Preference) -> Iterator[JudgeWord]:
    if one.by != "judge":
        yield JudgeWord(one_line(one.judge), WITHOUT_CALL[one.by], WINNERS[one.winner], "")
    for vote in one.votes:
        about = "B first" if vote.candidate_first else "A first"
        yield JudgeWord(one_line(one.judge), about, _said(vote, WINNERS[vote.winner]), one_line(vote.reason))


def _graded(side: str, judge: str, grade: Grade) -> JudgeWord:
    points = ", ".join(f"{name} {value}" for name, value in grade.points.items())
    said = WITHOUT_CALL["outcome"] if grade.by == "outcome" else _said(grade, points)
    return JudgeWord(one_line(judge), f"{side} by itself", said, one_line(grade.reason))


def _said(one: Vote | Grade, verdict: str) -> str:
    return one_line(f"no verdict ({one.failure})" if one.failure else verdict)


# -- of a task ---------------------------------------------------------------------------------------------------------


def judge_sentences(comparison: Comparison) -> list[str]:
    """Return one sentence a judged task, and one more where something does not fit together."""
    preferred = [sentence for task in comparison.judged for sentence in judge_sentences_of(task)]
    return preferred + [sentence for task in comparison.graded for sentence in grade_sentences_of(task)]


def judge_sentences_of(task: JudgeComparison) -> list[str]:
    """Return the sentences of one task whose answers were compared."""
    return list(_sentences(task))


def grade_sentences_of(task: GradeComparison) -> list[str]:
    """Return the sentences of one task whose answers were graded."""
    return list(_grade_sentences(task))


def judge_rows(task: JudgeComparison) -> list[Row]:
    """Return the win rates of the candidate: all, by criterion, at equal length, corrected, at worst and at best."""
    rows = [_row("preferred", task.win_rate), *(_row(rate.name, rate) for rate in task.criteria)]
    others = {
        "at equal length": task.length_controlled,
        "with the judge's known errors undone": task.corrected,
        f"with {task.num_labelled:,} labelled prompts (prediction-powered)": task.prediction_powered,
    }
    rows += [_row(name, rate) for name, rate in others.items() if rate is not None]
    if task.worst is not None and task.best is not None:
        rows.append(("missing verdicts for A, for B", f"{number(task.worst)}, {number(task.best)}", "", ""))
    return rows


def grade_rows(task: GradeComparison) -> list[GradeRow]:
    """Return the mean grades of both sides in [0, 1]: of all criteria, of each, and at worst and at best."""
    rows = [_grade_row(grade) for grade in task.grades]
    if task.worst is not None and task.best is not None:
        rows.append(("missing grades against B, for B", "", "", f"{signed(task.worst)}, {signed(task.best)}", ""))
    return rows


def judge_facts(judge: Judged) -> dict[str, str]:
    """Return what a page says of one judge."""
    facts = {"judge": one_line(judge.judge), "standing": STANDINGS[judge.standing]}
    if judge.reasons:
        facts["because"] = "; ".join(map(one_line, judge.reasons))
    if kappa := judge.figures.get("kappa"):
        facts["kappa"] = f"{number(kappa['value'], 2)} [{number(kappa['low'], 2)}, {number(kappa['high'], 2)}]"
    for name in FIGURES:
        share = judge.figures.get(name) or {}
        if share.get("num"):
            bounds = f"[{number(share['low'])}, {number(share['high'])}]"
            facts[name.replace("_", " ")] = f"{number(share['value'])} {bounds}, n {share['num']}"
    return facts | ({"cost": _cost(judge.cost)} if judge.cost else {})


def _cost(cost: Json) -> str:
    said = f"{cost['num_calls']:,} calls, {cost['num_prompt_tokens']:,} prompt and {cost['num_tokens']:,} answer tokens"
    said += f", {cost['seconds']:,.1f} s of waiting"
    return said if cost.get("money") is None else f"{said}, {cost['money']:,.4f} of money"


def _sentences(task: JudgeComparison) -> Iterator[str]:
    names = ", ".join(one_line(judge.judge) for judge in task.judges)
    rate = task.win_rate
    bounds = "" if rate.ci_low is None else f" [{number(rate.ci_low)}, {number(rate.ci_high)}]"
    said = f"{one_line(task.task)}: B is preferred in {number(rate.value)}{bounds} of {rate.n:,} prompts by {names}"
    notes = [
        (task.num_flips, "named another winner in the other order"),
        (task.num_identical, "identical"),
        (task.num_by_outcome, "decided by an answer that never ended"),
        (task.num_no_verdict, "without a verdict"),
    ]
    yield f"{said} ({task.num_contests:,} pairs{_told(notes)}){_advises(task.advisory)}."
    yield from _about(task.task, task.rubric, task.about)
    if task.length_disagrees:
        yield f"{one_line(task.task)}: at equal length the other side is preferred: the win may be one of length."
    yield from _agree(task.task, task.agreement, task.kappas)
    if task.num_labelled:
        use = "too few for a figure of their own" if task.prediction_powered is None else "taken as drawn at random"
        yield f"{one_line(task.task)}: the true winner of {task.num_labelled:,} prompts is known, {use}."


def _grade_sentences(task: GradeComparison) -> Iterator[str]:
    names = ", ".join(one_line(judge.judge) for judge in task.judges)
    whole = task.grades[0]
    said = f"{one_line(task.task)}: graded by {names}, B has {number(whole.candidate)} and A {number(whole.baseline)}"
    bounds = "" if whole.ci_low is None else f" [{signed(whole.ci_low)}, {signed(whole.ci_high)}]"
    notes = [
        (task.num_identical, "identical"),
        (task.num_by_outcome, "answers that never ended"),
        (task.num_no_verdict, "without a grade"),
    ]
    difference = f"{signed(whole.difference)}{bounds} on {whole.n:,} prompts"
    yield f"{said}: {difference} ({task.num_pairs:,} pairs{_told(notes)}){_advises(task.advisory)}."
    yield from _about(task.task, task.rubric, task.about)
    yield from _agree(task.task, task.agreement, task.kappas)


def _told(notes: list[tuple[int, str]]) -> str:
    return "".join(f", {count:,} {words}" for count, words in notes if count)


def _advises(advisory: bool) -> str:
    return "; it advises and decides nothing" if advisory else ""


def _about(task: str, rubric: str, about: str) -> Iterator[str]:
    if about:
        yield f"{one_line(task)}: judged by {one_line(rubric)}. {one_line(about[:LONGEST_ABOUT])}"


def _agree(task: str, agreement: float | None, kappas: tuple[JudgesKappa, ...]) -> Iterator[str]:
    if agreement is None:
        return
    each = "; ".join(
        f"{one_line(two.one)} and {one_line(two.other)} {number(two.value, 2)} "
        f"[{number(two.ci_low, 2)}, {number(two.ci_high, 2)}]"
        for two in kappas
    )
    kappa = f" (kappa: {each})" if each else ""
    yield f"{one_line(task)}: the judges agree on {number(agreement)} of the pairs{kappa}."


def _row(name: str, rate: WinRate) -> Row:
    bounds = "" if rate.ci_low is None or rate.ci_high is None else f"[{number(rate.ci_low)}, {number(rate.ci_high)}]"
    return one_line(name), number(rate.value), bounds, f"{rate.n:,}"


def _grade_row(grade: MeanGrade) -> GradeRow:
    bounds = "" if grade.ci_low is None else f" [{signed(grade.ci_low)}, {signed(grade.ci_high)}]"
    return (
        one_line(grade.name),
        number(grade.baseline),
        number(grade.candidate),
        f"{signed(grade.difference)}{bounds}",
        f"{grade.n:,}",
    )
