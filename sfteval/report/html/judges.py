"""What judges made of each task in, one block a task out: sentences, a table, and every judge with its lock.

Decides what is open and what is folded, never a number. Does not know what a judge wrote about an answer.
"""

from collections.abc import Sequence
from typing import Any

from sfteval.report.html.facts import fact_rows
from sfteval.report.judged import (
    STANDINGS,
    grade_rows,
    grade_sentences_of,
    judge_facts,
    judge_rows,
    judge_sentences_of,
)
from sfteval.report.text import one_line, typeset
from sfteval.types import Comparison, Judged

PREFERRED = ("How often B is preferred, ties as a half", "share", "95 %", "prompts")
GRADED = ("Mean grade, 0 to 1", "A", "B", "B − A [95 %]", "prompts")
MARKS = {"trusted": "✓", "advisory": "!", "rejected": "✗", "unlocked": "○"}


def judge_blocks(comparison: Comparison) -> list[dict[str, Any]]:
    """Return what the page shows of each task that judges were heard on."""
    return [
        *(_block(task.task, judge_sentences_of(task), PREFERRED, judge_rows(task), task.judges)
          for task in comparison.judged),
        *(_block(task.task, grade_sentences_of(task), GRADED, grade_rows(task), task.judges)
          for task in comparison.graded),
    ]  # fmt: skip


def _block(
    task: str, sentences: list[str], head: Sequence[str], rows: Sequence[Sequence[str]], judges: Sequence[Judged]
) -> dict[str, Any]:
    return {
        "task": one_line(task),
        "sentences": sentences,
        "head": head,
        "rows": [(name, *map(typeset, cells)) for name, *cells in rows],
        "judges": [_judge(judge) for judge in judges],
    }


def _judge(judge: Judged) -> dict[str, Any]:
    """Return the judge, how it stands by its lock, and the figures behind that."""
    facts = {name: fact for name, fact in judge_facts(judge).items() if name not in ("judge", "standing")}
    return {
        "name": one_line(judge.judge),
        "kind": judge.standing,
        "mark": MARKS[judge.standing],
        "standing": STANDINGS[judge.standing],
        "facts": fact_rows(facts),
    }
