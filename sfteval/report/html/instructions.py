"""Tasks of constraints in, one block each for the page out: sentences, one small table, and folded ones behind it.

Decides what is open and what is folded, never a number. Does not know HTML.
"""

from typing import Any

from sfteval.report.instructions import (
    Row,
    delta_rows,
    level_rows,
    masked_reasons,
    missing_sentence,
    paper_head,
    paper_rows,
    part_rows,
    repair_rows,
    repairs_sentence,
)
from sfteval.report.text import one_line, typeset, typeset_signs
from sfteval.types import Comparison, InstructionComparison

FOLDS = (("id", "By instruction", "instruction"), ("group", "By group", "group"),
         ("number", "By number of instructions", "instructions"))  # fmt: skip


def instruction_blocks(comparison: Comparison) -> list[dict[str, Any]]:
    """Return what the page shows of each task of constraints."""
    return [_block(task, comparison) for task in comparison.instructions if task.parts]


def _block(task: InstructionComparison, comparison: Comparison) -> dict[str, Any]:
    sentences = filter(None, (repairs_sentence(task), missing_sentence(task)))
    return {
        "task": one_line(task.task),
        "sentences": [typeset_signs(sentence) for sentence in sentences],
        "levels": [row_cells(row) for row in level_rows(task)],
        "folds": [
            {"title": title, "head": head, "rows": [row_cells(row) for row in part_rows(task, kind)]}
            for kind, title, head in FOLDS
        ],
        "deltas": [[name, *map(typeset, cells)] for name, *cells in delta_rows(task)] if task.repairs else [],
        "repairs": [
            {"id": name, "sentence": sentence, "cells": list(map(typeset, cells))}
            for name, sentence, *cells in repair_rows(task)
        ],
        "paper_head": paper_head(task),
        "papers": paper_rows(task),
        "masked": masked_reasons(comparison, task.task),
    }


def row_cells(row: Row) -> dict[str, str]:
    """Return one row of a table of parts for the template."""
    return {
        "name": row.name,
        "a": row.a,
        "b": row.b,
        "difference": typeset(row.difference),
        "bounds": typeset(row.bounds),
        "n": row.n,
        "method": row.method,
    }
