"""Where answers fail in A and in B in, one picture out: bars of layers on both sides and bands between them.

A band is as thick as the answers in it are many; the thinnest still shows. What A alone passed leaves the bar `passed`
of A, what B alone passed enters that of B, and every bar has its number, so that no colour is needed to read it.
Layout arithmetic only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from sfteval.report.calls import flow_kind, layer_name, occurring
from sfteval.report.html.svg import rectangle, shortened_name, svg, text
from sfteval.report.text import one_line
from sfteval.types import CallComparison

WIDTH, LEFT, RIGHT = 480, 150, 330  # of the picture, and where the two sides' bars stand
TOP, TALL = 34, 200  # first bar, and all answers together
BAR, GAP, SLOT = 6, 8, 22  # width of a bar, between bars, and the least height that a bar's label needs
HAIR = 1.5  # the thinnest band
ORDER = ("same", "moved", "gained", "lost")  # the last is drawn on top


@dataclass(frozen=True, slots=True)
class Band:
    """The answers that went from one layer to another, between `left` and `right`, where it begins at the top."""

    row: int
    column: int
    count: int
    thickness: float
    left: float
    right: float


def flow_picture(task: CallComparison, names: tuple[str, str]) -> Markup:
    """Return the picture of what became of the answers of one task."""
    shown = occurring(task)
    thick = {(row, column): _thickness(task, row, column) for row in shown for column in shown}
    counts = [sum(row) for row in task.flow], [sum(column) for column in zip(*task.flow, strict=True)]
    heights = (
        {place: sum(thick[place, other] for other in shown) for place in shown},
        {place: sum(thick[other, place] for other in shown) for place in shown},
    )
    bars = [_bars([(place, side[place]) for place in shown if side[place]]) for side in heights]
    bands = list(_bands(task, shown, thick, bars))
    parts = [_band(band, task) for kind in ORDER for band in bands if flow_kind(band.row, band.column) == kind]
    layers = [layer_name(layer) for layer in task.layers]
    parts += _side("a", LEFT, bars[0], layers, counts[0], names[0])
    parts += _side("b", RIGHT, bars[1], layers, counts[1], names[1])
    height = max(top + tall for side in bars for top, tall, _ in side.values()) + 6
    return svg(Markup("").join(parts), WIDTH, round(height, 2), _spoken(task, bands), "flow")


def _thickness(task: CallComparison, row: int, column: int) -> float:
    count = task.flow[row][column]
    return max(HAIR, TALL * count / task.num_answers) if count else 0.0


def _bars(sizes: Iterable[tuple[int, float]]) -> dict[int, tuple[float, float, float]]:
    """Return each bar's top and height, and the middle of its label; a thin bar stands in the middle of its slot."""
    out, y = {}, float(TOP)
    for place, height in sizes:
        slot = max(height, SLOT)
        out[place] = (y + (slot - height) / 2, height, y + slot / 2)
        y += slot + GAP
    return out


def _bands(
    task: CallComparison,
    shown: list[int],
    thick: dict[tuple[int, int], float],
    bars: list[dict[int, tuple[float, float, float]]],
) -> Iterable[Band]:
    """Yield the bands from top to bottom; each begins where the one before it on its bar ended."""
    left = {place: bar[0] for place, bar in bars[0].items()}
    right = {place: bar[0] for place, bar in bars[1].items()}
    for row in shown:
        for column in shown:
            count = task.flow[row][column]
            if count:
                thickness = thick[row, column]
                yield Band(row, column, count, thickness, left[row], right[column])
                left[row] += thickness
                right[column] += thickness


def _band(band: Band, task: CallComparison) -> Markup:
    start, end, middle = LEFT + BAR, RIGHT, (LEFT + BAR + RIGHT) / 2
    a, b = round(band.left, 2), round(band.right, 2)
    c, d = round(band.left + band.thickness, 2), round(band.right + band.thickness, 2)
    path = f"M{start} {a}C{middle} {a} {middle} {b} {end} {b}V{d}C{middle} {d} {middle} {c} {start} {c}Z"
    said = f"{_move(band, task)}: {band.count:,}"
    return Markup('<path d="{}" class="stream {}"><title>{}</title></path>').format(
        path, flow_kind(band.row, band.column), said
    )


def _side(
    letter: str,
    x: float,
    bars: dict[int, tuple[float, float, float]],
    layers: list[str],
    counts: list[int],
    name: str,
) -> list[Markup]:
    """Return one side's name, its bars and their labels."""
    anchor, label = ("end", x - 8) if letter == "a" else ("start", x + BAR + 8)
    parts = [text(label, 18, f"{letter.upper()} {shortened_name(name, 12)}", f"name {letter}", anchor)]
    for place, (top, height, middle) in bars.items():
        parts.append(rectangle(x, top, BAR, height, f"bar {letter}"))
        parts.append(text(label, middle + 4.5, f"{layers[place]} {counts[place]:,}", "label", anchor))
    return parts


def _move(band: Band, task: CallComparison) -> str:
    return f"{layer_name(task.layers[band.row])} to {layer_name(task.layers[band.column])}"


def _spoken(task: CallComparison, bands: Iterable[Band]) -> str:
    """Return the picture in words."""
    moves = "; ".join(f"{_move(band, task)} {band.count:,}" for band in bands)
    return one_line(f"{task.task}, from A to B: {moves}")
