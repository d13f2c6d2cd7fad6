"""A Comparison in, pass^k of its agent tasks as table cells and one sentence a task out; empty where none has any.

Does not know how pass^k is estimated.
"""

from sfteval.report.text import number, one_line, signed
from sfteval.types import Comparison, PassComparison

HEAD = ("Items that k tries all pass", "A", "B", "Difference", "n")


def passes_rows(comparison: Comparison) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each task and k: its name, A, B, B - A and the number of items."""
    return [
        (
            f"{one_line(row.task)} pass^{row.k}",
            number(row.baseline),
            number(row.candidate),
            signed(row.difference),
            f"{row.n:,}",
        )
        for row in comparison.passes
    ]


def passes_sentences(comparison: Comparison) -> list[str]:
    """Return one sentence for each task: pass^k of both sides, for every k."""
    names = dict.fromkeys(row.task for row in comparison.passes)
    return [_sentence(name, [row for row in comparison.passes if row.task == name]) for name in names]


def _sentence(task: str, rows: list[PassComparison]) -> str:
    said = ", ".join(f"{number(row.baseline)} and {number(row.candidate)} for k = {row.k}" for row in rows)
    return f"{one_line(task)}, pass^k (k tries of an item all pass) of A and B: {said}; n = {rows[0].n:,}."
