"""The lines of `metrics.jsonl` in, one SVG out: loss, learning rate, gradient norm, loss by position.

A still picture without script: four panels over one axis of steps, light or dark as the reader's system is, the same
bytes for the same lines. Long runs are thinned to what a panel can show: the faint line keeps the lowest and highest
loss of every pixel, the others its last value. No text of a run enters it: numbers only. Knows no model and no folder.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

Point = tuple[float, float]  # step, value

WIDTH, HEIGHT = 860, 620
PANEL_WIDTH, PANEL_HEIGHT = 350, 200
LEFTS, TOPS = (58, 488), (78, 368)
NUM_TICKS = 5
SMOOTH_SHARE = 0.015  # of all steps: how far the running mean looks back and ahead
MANY = 30  # evaluations or spikes; more are drawn as smaller dots
LARGEST = 1e30  # beyond it a figure is not one
HEADROOM = 1.5  # gradient norms: the axis reaches so many times the highest that is no spike
POSITIONS = {"loss_first": "first token", "loss_2_4": "2-4", "loss_5_16": "5-16", "loss_rest": "rest"}

STYLE = """\
svg { font: 11px system-ui, sans-serif; --ground: #ffffff; --ink: #1d2530; --quiet: #5b6675; --rule: #e3e7ec;
  --c0: #1f6fd0; --c1: #c2410c; --c2: #0f8a6c; --c3: #8a4fc7 }
@media (prefers-color-scheme: dark) { svg { --ground: #14181e; --ink: #e8ecf1; --quiet: #9aa6b4; --rule: #2b323b;
  --c0: #6cb0ff; --c1: #ff9b5e; --c2: #4fd1ad; --c3: #c79bff } }
text { fill: var(--quiet) } .title { fill: var(--ink); font-size: 13px; font-weight: 600 }
.head { fill: var(--ink); font-size: 13px }
.end { text-anchor: end } .mid { text-anchor: middle }
.rule { stroke: var(--rule); fill: none } .axis { stroke: var(--quiet); fill: none }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round }
.faint { stroke-width: 1; stroke-opacity: .35 } .lone { stroke-width: 6; stroke-opacity: 1 }
.k0 { stroke: var(--c0) } .k1 { stroke: var(--c1) } .k2 { stroke: var(--c2) } .k3 { stroke: var(--c3) }
.f0 { fill: var(--c0) } .f1 { fill: var(--c1) } .f2 { fill: var(--c2) } .f3 { fill: var(--c3) }
.dot { stroke: var(--ground); stroke-width: 1.2 }"""


def loss_plot(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the picture of a run as the text of an SVG file; any number of lines, evaluations among them or not."""
    steps = [line for line in lines if "held_out" not in line]
    held_out = [{"step": line["step"], **line["held_out"]} for line in lines if "held_out" in line]
    loss, evaluated = _points(steps, "loss"), _points(held_out, "loss")
    norms = _points(steps, "grad_norm")
    spikes = {step for step, _ in _points([line for line in steps if line.get("spike")], "grad_norm")}
    reach = _Axis.over([step for step, _ in (*loss, *norms, *evaluated)], whole=True)
    panels = (
        _loss_panel(reach, loss, evaluated),
        _rate_panel(reach, _points(steps, "lr")),
        _norm_panel(reach, norms, spikes),
        _position_panel(reach, {name: _points(steps, key) for key, name in POSITIONS.items()}),
    )
    places = [(left, top) for top in TOPS for left in LEFTS]
    drawn = [
        f'<g transform="translate({left} {top})">\n{panel}\n</g>'
        for (left, top), panel in zip(places, panels, strict=True)
    ]
    return "\n".join([*_opening(loss, evaluated, len(spikes)), *drawn, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Axis:
    """What an axis spans and where its round ticks stand."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float], *, whole: bool = False, from_zero: bool = False) -> "_Axis":
        """Span the values; `whole` ticks are integers and do not widen the axis, others end on a tick."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        low = min(low, 0.0) if from_zero else low
        if high - low <= 1e-9 * max(abs(low), abs(high)):  # a single step, a constant
            low, high = (low - 0.5, high + 0.5) if whole else (low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)
            low = 0.0 if from_zero else low
        pace = _round_pace((high - low) / NUM_TICKS, whole)
        first, last = (math.ceil(low / pace), math.floor(high / pace))
        if not whole:
            first, last = math.floor(low / pace + 1e-9), math.ceil(high / pace - 1e-9)
            low, high = first * pace, last * pace
        return cls(low, high, tuple(float(f"{number * pace:.12g}") for number in range(first, last + 1)))

    def share(self, value: float) -> float:
        """Return where a value stands, from 0 at the low end to 1 at the high end; beyond an end it stands there."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class _Panel:
    """Two axes; turns points into the places of a path."""

    x: _Axis
    y: _Axis

    def place(self, point: Point) -> str:
        return f"{self.x.share(point[0]) * PANEL_WIDTH:.1f} {(1 - self.y.share(point[1])) * PANEL_HEIGHT:.1f}"

    def frame(self, title: str, unit: str) -> Iterator[str]:
        """Yield title, unit, ticks and rules."""
        yield f'<text class="title" x="0" y="-26">{title}</text><text x="0" y="-10">{unit}</text>'
        for tick in self.y.ticks:
            y = (1 - self.y.share(tick)) * PANEL_HEIGHT
            yield f'<path class="rule" d="M0 {y:.1f}h{PANEL_WIDTH}"/>'
            yield f'<text class="end" x="-7" y="{y + 4:.1f}">{_number(tick)}</text>'
        yield f'<path class="axis" d="M0 {PANEL_HEIGHT}h{PANEL_WIDTH}"/>'
        for tick in self.x.ticks:
            x = self.x.share(tick) * PANEL_WIDTH
            yield f'<path class="axis" d="M{x:.1f} {PANEL_HEIGHT}v4"/>'
            yield f'<text class="mid" x="{x:.1f}" y="{PANEL_HEIGHT + 17}">{_number(tick)}</text>'
        yield f'<text class="end" x="{PANEL_WIDTH}" y="{PANEL_HEIGHT + 32}">step</text>'

    def line(self, points: Sequence[Point], look: str) -> str:
        """Return a line through the points; a single one is a dot."""
        if not points:
            return ""
        if len(points) == 1:
            return f'<path class="line {look} lone" d="M{self.place(points[0])}h0"/>'
        return f'<path class="line {look}" d="M{"L".join(map(self.place, points))}"/>'

    def dots(self, points: Sequence[Point], look: str, word: str) -> Iterator[str]:
        """Yield a dot for every point, with its figures for who points at it."""
        size = 'r="3.6"' if len(points) <= MANY else 'r="1.6" stroke-opacity="0"'
        for point in points:
            x, y = self.place(point).split()
            said = f"{word}, step {_number(point[0])}: {_number(point[1])}"
            yield f'<circle class="dot {look}" cx="{x}" cy="{y}" {size}><title>{said}</title></circle>'


def _loss_panel(reach: _Axis, loss: Sequence[Point], held_out: Sequence[Point]) -> str:
    panel = _Panel(reach, _Axis.over([value for _, value in (*loss, *held_out)]))
    shown = _thinned(held_out, reach)
    marks = [panel.line(_extremes(loss, reach), "k0 faint"), panel.line(_thinned(_smooth(loss), reach), "k0")]
    marks += [panel.line(shown, "k1 faint"), *panel.dots(shown, "f1", "held-out loss")]
    keys = [("f0", "training")] * bool(loss) + [("f1", "held-out rows")] * bool(held_out)
    return _joined(panel.frame("Loss", "nats per supervised token"), marks, _legend(keys), _absent(loss or held_out))


def _rate_panel(reach: _Axis, rates: Sequence[Point]) -> str:
    panel = _Panel(reach, _Axis.over([value for _, value in rates], from_zero=True))
    marks = [panel.line(_thinned(rates, reach), "k2")]
    return _joined(panel.frame("Learning rate", "at each step"), marks, _absent(rates))


def _norm_panel(reach: _Axis, norms: Sequence[Point], spikes: set[float]) -> str:
    """Draw the norms; the axis is that of the calm steps, so that one spike does not flatten all others."""
    calm = [point for point in norms if point[0] not in spikes] or norms
    highest = min(_highest(norms), HEADROOM * _highest(calm))
    panel = _Panel(reach, _Axis.over([0.0, highest], from_zero=True))
    shown = _thinned([point for point in norms if point[0] in spikes], reach, keep=max)
    marks = [panel.line(_extremes(norms, reach), "k3 faint"), panel.line(_thinned(_smooth(calm), reach), "k3")]
    marks += panel.dots(shown, "f1", "spike")
    beyond = ", cut off at the top" if any(value > panel.y.high for _, value in shown) else ""
    keys = [("f3", "norm"), ("f1", f"{_counted(len(spikes), 'spike')}{beyond}")] if spikes else []
    return _joined(panel.frame("Gradient norm", "before clipping"), marks, _legend(keys), _absent(norms))


def _position_panel(reach: _Axis, by_name: Mapping[str, Sequence[Point]]) -> str:
    lines = {name: _thinned(_smooth(points), reach) for name, points in by_name.items()}
    panel = _Panel(reach, _Axis.over([value for points in lines.values() for _, value in points], from_zero=True))
    marks = [panel.line(points, f"k{number}") for number, points in enumerate(lines.values())]
    keys = [(f"f{number}", name) for number, (name, points) in enumerate(lines.items()) if points]
    frame = panel.frame("Loss by position after the boundary", "nats per token")
    return _joined(frame, marks, _legend(keys), _absent([point for points in lines.values() for point in points]))


def _opening(loss: Sequence[Point], held_out: Sequence[Point], num_spikes: int) -> Iterator[str]:
    said = [_counted(len(loss), "step")]
    if loss:
        said.append(f"training loss from {_number(loss[0][1])} to {_number(_smooth(loss)[-1][1])} nats")
    if held_out:
        said.append(f"held-out loss {_number(held_out[-1][1])} nats after {_counted(len(held_out), 'evaluation')}")
    said.append(_counted(num_spikes, "gradient spike"))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" aria-labelledby="title desc">'
    )
    yield '<title id="title">Training run: loss, learning rate, gradient norm, loss after the boundary</title>'
    yield f'<desc id="desc">{"; ".join(said)}.</desc>'
    yield f"<style>\n{STYLE}\n</style>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--ground)"/>'
    yield f'<text class="head" x="{LEFTS[0]}" y="28">{"; ".join(said)}</text>'


def _legend(keys: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the names of the colours, set from the right end of the line of the unit."""
    x = float(PANEL_WIDTH)
    for look, name in reversed(keys):
        x -= 5.7 * len(name)
        yield f'<rect class="{look}" x="{x - 12:.0f}" y="-19" width="9" height="9" rx="2"/>'
        yield f'<text x="{x:.0f}" y="-10">{name}</text>'
        x -= 24


def _absent(points: Sequence[Point]) -> Iterator[str]:
    if not points:
        yield f'<text class="mid" x="{PANEL_WIDTH / 2:.0f}" y="{PANEL_HEIGHT / 2:.0f}">no figures</text>'


def _joined(*parts: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(mark for part in parts for mark in part if mark)


def _points(lines: Sequence[Mapping[str, Any]], key: str) -> list[Point]:
    """Return step and figure of every line that has one; what is not a finite number is none."""
    pairs = [(line.get("step"), line.get(key)) for line in lines]
    return [(float(step), float(value)) for step, value in pairs if _is_figure(step) and _is_figure(value)]


def _is_figure(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _smooth(points: Sequence[Point]) -> list[Point]:
    """Return the running mean; at the start it looks ahead only as far as back, where a loss falls fast."""
    sums = [0.0, *itertools.accumulate(value for _, value in points)]
    reach = math.ceil(SMOOTH_SHARE * len(points))
    smooth: list[Point] = []
    for index, (step, _) in enumerate(points):
        near = min(reach, index)
        first, last = index - near, min(index + near + 1, len(points))
        smooth.append((step, (sums[last] - sums[first]) / (last - first)))
    return smooth


def _thinned(points: Sequence[Point], reach: _Axis, keep: Any = None) -> list[Point]:
    """Return at most one point per pixel: the last of each, or the one that `keep` chooses by value."""
    return [bin_[-1] if keep is None else keep(bin_, key=lambda point: point[1]) for bin_ in _bins(points, reach)]


def _extremes(points: Sequence[Point], reach: _Axis) -> list[Point]:
    """Return at most two points per pixel: its lowest and its highest, in their order."""
    kept: list[Point] = []
    for bin_ in _bins(points, reach):
        ends = {min(bin_, key=lambda point: point[1]), max(bin_, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _bins(points: Sequence[Point], reach: _Axis) -> list[list[Point]]:
    """Return the points by the pixel of the panel on which they fall."""
    bins: dict[int, list[Point]] = {}
    for point in points:
        bins.setdefault(int(reach.share(point[0]) * PANEL_WIDTH), []).append(point)
    return list(bins.values())


def _highest(points: Sequence[Point]) -> float:
    return max((value for _, value in points), default=1.0)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}s" if number != 1 else f"1 {noun}"


def _number(value: float) -> str:
    """Return a number as a reader writes it: 12,000; 0.25; 2e-05."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:.4g}"


def _round_pace(pace: float, whole: bool) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(pace))
    rounded = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= pace * (1 - 1e-9))
    return max(rounded, 1.0) if whole else rounded
