"""A Comparison in, the details of `summary.md` out: what a reader wants after the scoreboard, as far as there is room.

Slices, token budgets, instructions, tool calls, judges and unfinished answers, each as one piece of Markdown; empty
where there is nothing to say. Long tables are folded. Does not know what stands around them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sfteval.report.budgets import budget_sentences
from sfteval.report.calls import flow_foot, flow_head, flow_rows, flow_sentence, rate_groups, right_rows
from sfteval.report.instructions import (
    Row,
    delta_rows,
    level_rows,
    missing_sentence,
    paper_head,
    paper_rows,
    part_rows,
    repair_rows,
    repairs_sentence,
    sensitivity_sentences,
)
from sfteval.report.judged import grade_rows, grade_sentences_of, judge_rows, judge_sentences_of
from sfteval.report.markup import MOST_ROWS, escaped, escaped_sentence, folded, table
from sfteval.report.passes import HEAD as PASSES_HEAD
from sfteval.report.passes import passes_rows
from sfteval.report.seeds import HEAD as SEEDS_HEAD
from sfteval.report.seeds import seeds_rows
from sfteval.report.spread import spread_sentences
from sfteval.report.states import deciding_metrics
from sfteval.report.text import number, typeset, typeset_signs, words
from sfteval.types import (
    CallComparison,
    Comparison,
    GradeComparison,
    InstructionComparison,
    JudgeComparison,
    Outcome,
    Slice,
)

RATE_HEAD = ("", "A", "B", "Difference [95 %]", "n")


def details(comparison: Comparison) -> Iterator[str]:
    """Yield the details in the order of the page."""
    rows = [tuple(map(escaped, row)) for row in seeds_rows(comparison)]
    yield table(SEEDS_HEAD, "lll", rows[:MOST_ROWS]) if rows else ""
    yield "\n\n".join(escaped_sentence(typeset_signs(said)) for said in sensitivity_sentences(comparison))
    yield "\n\n".join(map(escaped_sentence, spread_sentences(comparison)))
    yield _passes(comparison)
    yield from _slices(comparison)
    yield "\n\n".join(escaped_sentence(typeset_signs(said)) for said in budget_sentences(comparison))
    for task in comparison.instructions:
        yield _instructions(task) if task.parts else ""
    for failing in comparison.calls:
        yield _calls(failing) if failing.num_answers else ""
    for judged in comparison.judged:
        yield _judged(judged)
    for graded in comparison.graded:
        yield _graded(graded)
    yield _outcomes(comparison)


def _passes(comparison: Comparison) -> str:
    rows = [tuple(typeset(escaped(cell)) for cell in row) for row in passes_rows(comparison)]
    return table(PASSES_HEAD, "lrrrr", rows[:MOST_ROWS]) if rows else ""


def _judged(task: JudgeComparison) -> str:
    said = "\n\n".join(escaped_sentence(sentence) for sentence in judge_sentences_of(task))
    rows = [tuple(map(escaped, row)) for row in judge_rows(task)]
    return f"{said}\n\n{table(('B is preferred', 'Share', '95 %', 'Prompts'), 'lrrr', rows)}"


def _graded(task: GradeComparison) -> str:
    said = "\n\n".join(escaped_sentence(sentence) for sentence in grade_sentences_of(task))
    rows = [(escaped(name), a, b, typeset(difference), n) for name, a, b, difference, n in grade_rows(task)]
    return f"{said}\n\n{table(('Mean grade', 'A', 'B', 'Difference [95 %]', 'Prompts'), 'lrrrr', rows)}"


def _slices(comparison: Comparison) -> Iterator[str]:
    deciding = deciding_metrics(comparison)
    shown = [piece for piece in comparison.slices if deciding.get(piece.task, piece.metric) == piece.metric]
    for task, field in dict.fromkeys((piece.task, piece.field) for piece in shown):
        yield _slice(task, field, [piece for piece in shown if (piece.task, piece.field) == (task, field)])


def _slice(task: str, field: str, pieces: Sequence[Slice]) -> str:
    rows = [(escaped(piece.value), number(piece.baseline), number(piece.candidate), str(piece.n)) for piece in pieces]
    title = f"**{escaped(task)}** by {escaped(field)} ({escaped(pieces[0].metric)})"
    side = "r" if all(re.fullmatch(r"-?[\d.]+", piece.value) for piece in pieces) else "l"
    return f"{title}\n\n" + table((escaped(field), "A", "B", "n"), f"{side}rrr", rows[:MOST_ROWS])


def _instructions(task: InstructionComparison) -> str:
    """Return what our repairs change, and folded tables; groups and numbers of instructions are left to the page."""
    said = " ".join(filter(None, (repairs_sentence(task), missing_sentence(task))))
    parts = _cells([*level_rows(task), *part_rows(task, "id")])
    repairs = [
        (escaped(name), *map(typeset, cells), escaped_sentence(what)) for name, what, *cells in repair_rows(task)
    ]
    deltas = [(name, *map(typeset, cells)) for name, *cells in delta_rows(task)]
    papers = [(escaped(name), *cells) for name, *cells in paper_rows(task)]
    folds = [folded("By instruction", task.task, RATE_HEAD, "lrrrr", parts)]
    if repairs:
        head = ("Share", "A, ours", "published", "delta", "B, ours", "published", "delta", "n")
        folds.append(folded("What our repairs change", task.task, head, "lrrrrrrr", deltas))
        folds.append(
            folded("Verdicts that our repairs turn", task.task, ("", "A", "B", "n", "Our rule"), "lrrrl", repairs)
        )
    folds.append(folded("For papers, lm-eval's names", task.task, ("", *paper_head(task)), "lrrrr", papers))
    return "\n\n".join([f"**{escaped(task.task)}**: {escaped_sentence(typeset_signs(said))}", *folds])


def _calls(task: CallComparison) -> str:
    """Return what became of the answers, and folded tables; codes and places are left to the page."""
    head = ("A, then B", *map(escaped, flow_head(task)), "all of A")
    rows = [
        (escaped(name), *(str(cell.count or "·") for cell in cells), f"{total:,}")
        for name, cells, total in flow_rows(task)
    ]
    foot = ("all of B", *(f"{count:,}" for count in flow_foot(task)))
    flow = folded(
        "First failing layer, A in rows, B in columns", task.task, head, "l" + "r" * (len(head) - 1), [*rows, foot]
    )
    rates = [row for _, group in rate_groups(task) for row in group]
    titled = {
        "Rates of tool calls": rates,
        "By tool, expected calls that are right, where that differs": _differing(right_rows(task, "tool")),
        "By type, expected arguments that are right, where that differs": _differing(right_rows(task, "type")),
    }
    folds = [folded(title, task.task, RATE_HEAD, "lrrrr", _cells(rows)) for title, rows in titled.items() if rows]
    return "\n\n".join([f"**{escaped(task.task)}**: {escaped_sentence(flow_sentence(task))}", flow, *folds])


def _differing(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.a != row.b]


def _cells(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    return [(escaped(row.name), row.a, row.b, typeset(f"{row.difference} {row.bounds}"), row.n) for row in rows]


def _outcomes(comparison: Comparison) -> str:
    outcomes = [outcome for outcome in Outcome if outcome is not Outcome.OK]
    rows = []
    for task, sides in comparison.outcomes.items():
        counts = [
            (sides.get("baseline", {}).get(name, 0), sides.get("candidate", {}).get(name, 0)) for name in outcomes
        ]
        if any(a or b for a, b in counts):
            rows.append((escaped(task), *(f"{a} / {b}" for a, b in counts)))
    if not rows:
        return ""
    head = ("Unfinished answers, A / B", *(words(outcome) for outcome in outcomes))
    return table(head, "l" + "r" * len(outcomes), rows[:MOST_ROWS])
