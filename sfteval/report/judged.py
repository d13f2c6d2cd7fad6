"""What a comparison says of its judges: sentences and rows, which the page, the summary and the terminal show alike.

Comparison in, words out; every number was made by `judging`. Names come from servers and files and are made harmless
here; no word of a judge about an answer is shown. Does not render.
"""

from collections.abc import Iterator

from sfteval.report.text import number, one_line
from sfteval.types import Comparison, JudgeComparison, Judged, WinRate

Row = tuple[str, str, str, str]  # name, win rate, interval, n
STANDINGS = {
    "trusted": "trusted: its lock is valid",
    "advisory": "advisory: its lock found it wanting",
    "rejected": "rejected: no better than chance, as far as its lock shows",
    "unlocked": "without a valid lock",
}
LONGEST_ABOUT = 300  # characters of what a rubric says of itself
FIGURES = ("agreement", "sensitivity", "specificity", "swap_consistency", "repeat_consistency")


def judge_sentences(comparison: Comparison) -> list[str]:
    """Return one sentence a judged task, and one more where something does not fit together."""
    return [sentence for task in comparison.judged for sentence in judge_sentences_of(task)]


def judge_sentences_of(task: JudgeComparison) -> list[str]:
    """Return the sentences of one task."""
    return list(_sentences(task))


def judge_rows(task: JudgeComparison) -> list[Row]:
    """Return the win rates of the candidate: all, by criterion, at equal length, corrected, at worst and at best."""
    rows = [_row("preferred", task.win_rate), *(_row(rate.name, rate) for rate in task.criteria)]
    if task.length_controlled is not None:
        rows.append(_row("at equal length", task.length_controlled))
    if task.corrected is not None:
        rows.append(_row("with the judge's known errors undone", task.corrected))
    if task.worst is not None and task.best is not None:
        rows.append(("missing verdicts for A, for B", f"{number(task.worst)}, {number(task.best)}", "", ""))
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
    return facts


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
    told = ", ".join(f"{count:,} {words}" for count, words in notes if count)
    advisory = "; it advises and decides nothing" if task.advisory else ""
    yield f"{said} ({task.num_contests:,} pairs{', ' + told if told else ''}){advisory}."
    if task.about:
        yield f"{one_line(task.task)}: judged by {one_line(task.rubric)}. {one_line(task.about[:LONGEST_ABOUT])}"
    if task.length_disagrees:
        yield f"{one_line(task.task)}: at equal length the other side is preferred: the win may be one of length."
    if task.agreement is not None:
        yield f"{one_line(task.task)}: the judges agree on {number(task.agreement)} of the pairs."


def _row(name: str, rate: WinRate) -> Row:
    bounds = "" if rate.ci_low is None or rate.ci_high is None else f"[{number(rate.ci_low)}, {number(rate.ci_high)}]"
    return one_line(name), number(rate.value), bounds, f"{rate.n:,}"
