"""Tasks whose failures have a layer in, one block each for the page out: a picture, its table, and folded ones.

Decides what is open and what is folded, never a number. Does not know HTML beyond the picture of its neighbour.
"""

from typing import Any

from sfteval.report.calls import (
    BY_TOOL,
    code_rows,
    flow_foot,
    flow_head,
    flow_rows,
    flow_sentence,
    place_rows,
    rate_groups,
    right_rows,
    tool_rows,
    tools_sentence,
)
from sfteval.report.html.flow import flow_picture
from sfteval.report.html.instructions import row_cells
from sfteval.report.text import one_line
from sfteval.types import CallComparison, Comparison

FOLDS = (
    ("type", "By type of argument", "arguments that are right"),
    ("turn", "By turn", "answers that are right, turn"),
)


def call_blocks(comparison: Comparison, names: tuple[str, str]) -> list[dict[str, Any]]:
    """Return what the page shows of each task whose failures have a layer."""
    return [_block(task, names) for task in comparison.calls if task.num_answers]


def _block(task: CallComparison, names: tuple[str, str]) -> dict[str, Any]:
    sentence = flow_sentence(task)
    folds = [(title, head, [row_cells(row) for row in right_rows(task, kind)]) for kind, title, head in FOLDS]
    return {
        "task": one_line(task.task),
        "sentence": sentence[:1].upper() + sentence[1:],
        "is_flawless": task.flow[0][0] == task.num_answers,  # then there is nothing to look into
        "picture": flow_picture(task, names),
        "head": flow_head(task),
        "rows": [
            {"name": name, "cells": [(f"{cell.count:,}" if cell.count else "·", cell.kind) for cell in row],
             "sum": f"{total:,}"}
            for name, row, total in flow_rows(task)
        ],
        "foot": [f"{count:,}" for count in flow_foot(task)],
        "codes": code_rows(task),
        "places": place_rows(task),
        "groups": [{"title": title, "rows": [row_cells(row) for row in rows]} for title, rows in rate_groups(task)],
        "tool_head": list(BY_TOOL.values()),
        "tools": [row_cells(row) | {"reached": reached} for row, reached in tool_rows(task)],
        "tools_sentence": tools_sentence(task),
        "folds": [{"title": title, "head": head, "rows": rows} for title, head, rows in folds if rows],
    }  # fmt: skip
