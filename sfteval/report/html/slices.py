"""Accuracy of both sides over the values of a field in, one picture out: THE picture of think against no-think.

Two lines where the values are numbers (steps, lengths), else two marks a value. Layout arithmetic only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sfteval.report.html.svg import apart, line, mark, polyline, shortened_name, svg, text
from sfteval.report.text import number, one_line
from sfteval.types import Slice

TICKS = (0, 0.25, 0.5, 0.75, 1)
WIDTH = 560
MOST_LABELS = 12


def slice_picture(pieces: Sequence[Slice], names: tuple[str, str]) -> Markup:
    """Return accuracy over a field's values: two lines where the values are numbers, else two dots a value."""
    spoken = "; ".join(
        f"{shortened_name(piece.value, 40)}: A {number(piece.baseline)}, B {number(piece.candidate)}"
        for piece in pieces
    )
    label = one_line(f"{pieces[0].metric} by {pieces[0].field}. {spoken}")
    return _lines(pieces, names, label) if are_numbers(pieces) else _dots(pieces, label)


def are_numbers(pieces: Sequence[Slice]) -> bool:
    """Return whether every value of the field is a number, so that its order means something."""
    try:
        return all(math.isfinite(float(piece.value)) for piece in pieces)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where two lines are drawn: one place along x for each value, and y upwards from zero."""

    pieces: Sequence[Slice]
    left: float = 40
    right: float = 454
    top: float = 22
    bottom: float = 254

    @property
    def highest(self) -> float:
        return _highest(self.pieces)

    def x(self, index: int) -> float:
        between = (self.right - self.left - 28) / max(len(self.pieces) - 1, 1)
        return round(self.left + 14 + index * between, 2)

    def y(self, value: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * value / self.highest, 2)


def _lines(pieces: Sequence[Slice], names: tuple[str, str], label: str) -> Markup:
    frame = _Frame(sorted(pieces, key=lambda piece: float(piece.value)))
    parts = [*_line_axes(frame), _curve(frame, "a"), _curve(frame, "b")]
    for index, piece in enumerate(frame.pieces):
        parts += _point(frame, index, piece)
    last = frame.pieces[-1]
    ends = apart(frame.y(last.baseline), frame.y(last.candidate))
    for side, name, y in zip(("a", "b"), names, ends, strict=True):
        parts.append(text(frame.right + 8, y + 4, shortened_name(name), f"name {side}", "start"))
    return svg(Markup("").join(parts), WIDTH, frame.bottom + 46, label, "slices")


def _line_axes(frame: _Frame) -> list[Markup]:
    parts = []
    for tick in TICKS:
        y = frame.y(tick * frame.highest)
        parts.append(line(frame.left, y, frame.right, y, "grid" if tick else "axis"))
        parts.append(text(frame.left - 8, y + 4, f"{tick * frame.highest:g}", "tick", "end"))
    every = math.ceil(len(frame.pieces) / MOST_LABELS)
    for index, piece in list(enumerate(frame.pieces))[::every]:
        parts.append(text(frame.x(index), frame.bottom + 19, shortened_name(piece.value), "label"))
        parts.append(text(frame.x(index), frame.bottom + 35, f"n {piece.n}", "tick count"))
    return parts


def _curve(frame: _Frame, side: str) -> Markup:
    values = [piece.baseline if side == "a" else piece.candidate for piece in frame.pieces]
    return polyline([(frame.x(index), frame.y(value)) for index, value in enumerate(values)], f"curve {side}")


def _point(frame: _Frame, index: int, piece: Slice) -> list[Markup]:
    """Return both marks of one value; the upper one's number stands above it, the lower one's where there is room."""
    x, parts = frame.x(index), []
    numbered = len(frame.pieces) <= MOST_LABELS
    for side, value, other in (("a", piece.baseline, piece.candidate), ("b", piece.candidate, piece.baseline)):
        y, is_upper = frame.y(value), value > other or (value == other and side == "b")
        above = is_upper or y > frame.bottom - 16
        has_room = is_upper or not above or abs(y - frame.y(other)) >= 30
        if numbered and has_room:
            parts.append(text(x, y - 10 if above else y + 19, f"{value:.2f}", f"point {side}"))
        parts.append(mark(x, y, side, f"{one_line(piece.field)} {one_line(piece.value)}: {number(value)}"))
    return parts


def _dots(pieces: Sequence[Slice], label: str) -> Markup:
    left, right, row = 170, WIDTH - 60, 30
    height, highest = row * len(pieces) + 34, _highest(pieces)

    def x(value: float) -> float:
        return round(left + (right - left) * value / highest, 2)

    parts = []
    for tick in TICKS:
        place = x(tick * highest)
        parts.append(line(place, 8, place, height - 24, "grid" if tick else "axis"))
        parts.append(text(place, height - 8, f"{tick * highest:g}", "tick"))
    for index, piece in enumerate(pieces):
        middle = row * index + 24
        parts.append(text(left - 14, middle + 4, shortened_name(piece.value, 22), "label", "end"))
        parts.append(line(x(piece.baseline), middle, x(piece.candidate), middle, "joint"))
        for side, value in (("a", piece.baseline), ("b", piece.candidate)):
            parts.append(mark(x(value), middle, side, f"{shortened_name(piece.value, 40)}: {number(value)}"))
        parts.append(text(right + 18, middle + 4, f"n {piece.n}", "tick count", "start"))
    return svg(Markup("").join(parts), WIDTH, height, label, "slices")


def _highest(pieces: Sequence[Slice]) -> float:
    """Return the top of the axis: 1 for shares, else the largest value."""
    return max(1.0, *(value for piece in pieces for value in (piece.baseline, piece.candidate)))
