"""A few numbers of both sides in, small pictures out: dumbbells, bars, curves and a table of leaks.

Layout arithmetic only. A is a circle and B a square wherever they are told apart, training data is filled and held-out
data hollow or dashed, so that no picture depends on colour. Does not know a probe.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from sfteval.report.html.svg import line, mark, polyline, rectangle, shortened_name, svg, text
from sfteval.report.text import number, typeset

WIDTH = 300
EDGE = 12  # kept free at the right, where half a number stands below the axis
LETTER = 26  # where the axis of dumbbells and bars begins
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_TICKS = 5
ROW, TITLE, FOOT = 30, 20, 20
KIND = "probe-chart"


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis between two places of a picture."""

    low: float
    high: float
    start: float
    end: float
    step: float

    def at(self, value: float) -> float:
        """Return the place of a value, held inside the axis."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    @property
    def ticks(self) -> list[float]:
        """Return the multiples of the step that lie on the axis."""
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [round(index * self.step, 9) + 0.0 for index in range(first, last + 1)]


def scale_of(values: Sequence[float], start: float, end: float) -> Scale:
    """Return an axis from round number to round number on which all values lie; zero is always on it."""
    low, high = min(0.0, *values), max(0.0, *values)
    if high - low < 1e-9:
        high = low + 1.0
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in NICE if nice * power >= rough * (1 - 1e-9))
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, start, end, step)


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """Two values of one side, filled and hollow; beside them the same two of what it came from."""

    side: str  # a or b
    filled: float
    hollow: float
    before: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of one side, with its interval where it has one."""

    side: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) of one side, by rising x."""

    side: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """What stands around curves: both axes with their names, levels across, and places along x that have a line."""

    x: Scale
    y: Scale
    x_name: str
    y_name: str
    x_labels: Sequence[tuple[float, str]] = ()  # empty: the ticks
    levels: Sequence[float] = ()  # y
    diagonal: bool = False
    lines: Sequence[float] = field(default=())  # x


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a picture that belong together."""

    title: str  # "": none stands above them
    rows: Sequence[Dumbbell | Bar]


def rows_chart(groups: Sequence[Group], unit: str, label: str, levels: Sequence[float] = ()) -> Markup:
    """Return dumbbells or bars below each other on one axis; `levels` are lines across all rows."""
    values = [value for group in groups for row in group.rows for value in _values(row)]
    scale = scale_of([*values, *levels], LETTER, WIDTH - EDGE)
    parts: list[Markup] = []
    y = 2.0
    for group in groups:
        if group.title:
            parts.append(text(0, y + 13, shortened_name(group.title, 44), "label", "start"))
            y += TITLE
        end = y + ROW * len(group.rows)
        parts += [line(scale.at(tick), y, scale.at(tick), end, "grid" if tick else "zero") for tick in scale.ticks]
        parts += [line(scale.at(level), y, scale.at(level), end, "level") for level in levels]
        for place, row in enumerate(group.rows):
            parts += _row(row, scale, y + ROW * (place + 0.5))
        y = end
    parts += [text(scale.at(tick), y + 14, typeset(f"{tick:g}"), "tick") for tick in scale.ticks]
    if unit:
        y += 16
        parts.append(text((LETTER + WIDTH - EDGE) / 2, y + 14, unit, "tick"))
    return _picture(parts, y + FOOT, label)


def curves_chart(curves: Sequence[Curve], plot: Plot, label: str) -> Markup:
    """Return curves in a frame; the solid ones carry their side's marks."""
    x, y = plot.x, plot.y
    parts = [line(x.start, y.at(tick), x.end, y.at(tick), "axis" if tick == y.low else "grid") for tick in y.ticks]
    parts += [text(x.start - 6, y.at(tick) + 4, typeset(f"{tick:g}"), "tick", "end") for tick in y.ticks]
    labels = plot.x_labels or [(tick, typeset(f"{tick:g}")) for tick in x.ticks]
    parts += [text(x.at(place), y.start + 14, name, "tick") for place, name in labels]
    parts += [line(x.at(place), y.end, x.at(place), y.start, "level") for place in plot.lines]
    if plot.diagonal:
        parts.append(line(x.start, y.start, x.end, y.end, "level"))
    parts += [line(x.start, y.at(level), x.end, y.at(level), "level") for level in plot.levels]
    for curve in curves:
        parts += _curve(curve, x, y)
    parts.append(text(x.start - 26, y.end - 8, plot.y_name, "tick", "start"))
    parts.append(text((x.start + x.end) / 2, y.start + 29, plot.x_name, "tick"))
    return _picture(parts, y.start + 36, label)


@dataclass(frozen=True, slots=True)
class Leak:
    """How often one mark shows, by side, under each flag; None where the question does not apply."""

    name: str
    rates: Mapping[str, Sequence[float | None]]  # {side: one a flag}


def leaks_chart(leaks: Sequence[Leak], flags: Sequence[str], label: str) -> Markup:
    """Return a table of rates in percent with a short bar below each; columns are flags, A left and B right in each."""
    left, wide = 120.0, (WIDTH - 120.0) / max(len(flags), 1)
    parts = [text(left + (place + 0.5) * wide, 12, name, "tick") for place, name in enumerate(flags)]
    for place in range(len(flags)):
        for offset, side in enumerate(leaks[0].rates):
            middle = left + (place + (offset + 0.5) / len(leaks[0].rates)) * wide
            parts.append(text(middle, 28, side.upper(), f"label letter {side}"))
    y = 36.0
    for leak in leaks:
        parts.append(line(0, y, WIDTH, y, "grid"))
        parts.append(text(0, y + 16, shortened_name(leak.name, 24), "label", "start"))
        for place in range(len(flags)):
            for offset, (side, rates) in enumerate(leak.rates.items()):
                middle = left + (place + (offset + 0.5) / len(leak.rates)) * wide
                parts += _rate(rates[place], side, middle, y)
        y += 27
    return _picture(parts, y + 2, label)


def _rate(rate: float | None, side: str, x: float, y: float) -> list[Markup]:
    if rate is None:
        return [text(x, y + 15, "·", "tick")]
    shown = f"{100 * rate:.0f}" if rate == 0 or rate >= 0.005 else "<1"
    bar = [rectangle(x - 11, y + 19, width, 3.5, kind) for width, kind in ((22, "track"), (22 * rate, f"fill {side}"))]
    return [text(x, y + 15, shown, "label" if rate > 0 else "tick"), *(bar if rate > 0 else [])]


def _values(row: Dumbbell | Bar) -> list[float]:
    if isinstance(row, Dumbbell):
        return [row.filled, row.hollow, *(row.before or ())]
    return [value for value in (row.value, row.low, row.high) if value is not None]


def _row(row: Dumbbell | Bar, scale: Scale, y: float) -> list[Markup]:
    letter = text(0, y + 4.5, row.side.upper(), f"label letter {row.side}", "start")
    return [letter, *(_dumbbell(row, scale, y) if isinstance(row, Dumbbell) else _bar(row, scale, y))]


def _dumbbell(row: Dumbbell, scale: Scale, y: float) -> list[Markup]:
    parts: list[Markup] = []
    if row.before is not None:
        first, second = (scale.at(value) for value in row.before)
        parts.append(line(first, y + 7, second, y + 7, "before"))
        parts += [_dot(first, y + 7, "before"), _dot(second, y + 7, "before hollow")]
        y -= 3
    filled, hollow = scale.at(row.filled), scale.at(row.hollow)
    parts.append(line(filled, y, hollow, y, f"bond {row.side}"))
    parts.append(_hollow(hollow, y, row.side, number(row.hollow)))
    parts.append(mark(filled, y, row.side, number(row.filled)))
    return parts


def _dot(x: float, y: float, kind: str) -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="3" class="{}"/>').format(x, y, kind)


def _hollow(x: float, y: float, side: str, title: str) -> Markup:
    """Return a side's mark without a filling."""
    hover = Markup("<title>{}</title>").format(title)
    if side == "a":
        return Markup('<circle cx="{}" cy="{}" r="4" class="hollow a">{}</circle>').format(x, y, hover)
    return Markup('<rect x="{}" y="{}" width="7.4" height="7.4" class="hollow b">{}</rect>').format(
        round(x - 3.7, 2), round(y - 3.7, 2), hover
    )


def _bar(row: Bar, scale: Scale, y: float) -> list[Markup]:
    zero, end = scale.at(0.0), scale.at(row.value)
    parts = [rectangle(min(zero, end), y - 6, abs(end - zero), 12, f"fill {row.side}")]
    if row.low is not None and row.high is not None:
        low, high = scale.at(row.low), scale.at(row.high)
        parts.append(line(low, y, high, y, "interval"))
        parts += [line(x, y - 3, x, y + 3, "interval") for x in (low, high)]
    return parts


def _curve(curve: Curve, x: Scale, y: Scale) -> list[Markup]:
    places = [(x.at(first), y.at(second)) for first, second in curve.points]
    drawn = [polyline(places, f"curve {curve.side}{' dashed' if curve.dashed else ''}")]
    if curve.dashed:
        return drawn
    shown = places if len(places) <= 6 else _spread(places, x, 0.2 if curve.side == "a" else 0.4)
    return [*drawn, *(mark(*place, curve.side, size=4) for place in shown)]


def _spread(places: Sequence[tuple[float, float]], x: Scale, first: float) -> list[tuple[float, float]]:
    """Return two points of a curve, the first so far along the axis; A's and B's stand apart."""
    wanted = [x.start + share * (x.end - x.start) for share in (first, first + 0.4)]
    return [min(places, key=lambda place: abs(place[0] - goal)) for goal in wanted]


def _picture(parts: Sequence[Markup], height: float, label: str) -> Markup:
    return svg(Markup("").join(parts), WIDTH, round(height, 1), label, KIND)
