"""Slices in, one block for every task and field out: a picture with its numbers. Does not draw."""

from typing import Any

from sfteval.report.html.slices import slice_picture
from sfteval.report.states import deciding_metrics
from sfteval.report.text import number, one_line
from sfteval.types import Comparison, Slice

MOST_PICTURES = 8


def slice_blocks(comparison: Comparison, names: tuple[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the pictures to show and those to fold: the deciding metrics first."""
    groups: dict[tuple[str, str, str], list[Slice]] = {}
    for piece in comparison.slices:
        groups.setdefault((piece.task, piece.metric, piece.field), []).append(piece)
    deciding = deciding_metrics(comparison)
    shown: list[dict[str, Any]] = []
    folded: list[dict[str, Any]] = []
    for (task, metric, field), pieces in groups.items():
        picture = {
            "task": one_line(task),
            "metric": one_line(metric),
            "field": one_line(field),
            "picture": slice_picture(pieces, names),
            "rows": [(one_line(p.value), number(p.baseline), number(p.candidate), f"{p.n:,}") for p in pieces],
        }
        wanted = deciding.get(task, metric) == metric and len(pieces) > 1 and len(shown) < MOST_PICTURES
        (shown if wanted else folded).append(picture)
    return {"shown": shown, "folded": folded}
