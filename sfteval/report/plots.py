"""A Comparison in, its main charts as SVG files out, by name: for slides, papers and wikis.

The pictures are those of the page, each with a title and its colours written in, so that a file stands alone. A chart
that has nothing to show is not written. Does not draw, and does not know where the files go.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup

from sfteval.report.html.budgets import budget_picture
from sfteval.report.html.flow import flow_picture
from sfteval.report.html.forest import FOREST_HEIGHT, axis_picture, forest, has_unit, shared_axis
from sfteval.report.html.probe_pictures import probe_picture
from sfteval.report.html.slices import slice_picture
from sfteval.report.html.standalone import placed, standalone
from sfteval.report.html.svg import shortened_name, svg, text
from sfteval.report.html.verdict import shown_name
from sfteval.report.probed import probed
from sfteval.report.states import deciding_metrics
from sfteval.report.text import interval, number, one_line, shortened, signed, typeset, words
from sfteval.types import Comparison, MetricComparison, Slice

MOST_ROWS, MOST_OF_A_KIND = 40, 12
KINDS = ("scoreboard", "slices", "flow", "budget", "probe")
NAME_WIDTH, NUMBERS_WIDTH = 260, 220

_NAME = re.compile(rf"(?:{'|'.join(KINDS)})(?:-[\w.-]+)?\.svg", re.ASCII)
_FOREIGN = re.compile(r"[^\w.]+", re.ASCII)


def render_plots(comparison: Comparison) -> dict[str, bytes]:
    """Return the bytes of each chart by its file's name, in the order of the page."""
    drawn: dict[str, bytes] = {}
    for stem, content in _charts(comparison):
        name, again = f"{stem}.svg", 1
        while name in drawn:
            again += 1
            name = f"{stem}-{again}.svg"
        drawn[name] = content
    return drawn


def is_plot(name: str) -> bool:
    """Return whether a file of this name is one of ours."""
    return _NAME.fullmatch(name) is not None


def _charts(comparison: Comparison) -> Iterator[tuple[str, bytes]]:
    names = shown_name(comparison.baseline), shown_name(comparison.candidate)
    sides = f"A {shortened(names[0], 30)}, B {shortened(names[1], 30)}"
    if comparison.metrics:
        yield "scoreboard", _scoreboard(comparison.metrics[:MOST_ROWS], f"B − A [95 %] ({sides})")
    for pieces in _slices(comparison)[:MOST_OF_A_KIND]:
        task, field = pieces[0].task, pieces[0].field
        title = f"{task} by {field}, {pieces[0].metric}"
        yield _stem("slices", task, field), standalone(slice_picture(pieces, names), title)
    for failing in [task for task in comparison.calls if task.num_answers][:MOST_OF_A_KIND]:
        title = f"{failing.task}: first failing layer, from A to B"
        yield _stem("flow", failing.task), standalone(flow_picture(failing, names), title)
    for curve in [curve for curve in comparison.budgets if curve.points][:MOST_OF_A_KIND]:
        title = f"{curve.task}, {curve.metric} at equal token budgets"
        yield _stem("budget", curve.task, curve.metric), standalone(budget_picture(curve, names), title)
    for one in probed(comparison):
        if not one.is_skipped and (picture := probe_picture(one, comparison)):
            yield _stem("probe", one.probe), standalone(picture[0], f"{one.name} ({sides})")


def _stem(kind: str, *names: str) -> str:
    """Return a file's name without its ending: plain letters, whatever a suite calls its tasks."""
    cleaned = (_FOREIGN.sub("-", name).strip("-.")[:40] or "x" for name in names)
    return "-".join([kind, *cleaned])


def _slices(comparison: Comparison) -> list[list[Slice]]:
    """Return the slices of each task and field by the deciding metric, where there is more than one value."""
    groups: dict[tuple[str, str], list[Slice]] = {}
    deciding = deciding_metrics(comparison)
    for piece in comparison.slices:
        if deciding.get(piece.task, piece.metric) == piece.metric:
            groups.setdefault((piece.task, piece.field), []).append(piece)
    return [pieces for pieces in groups.values() if len(pieces) > 1]


def _scoreboard(metrics: tuple[MetricComparison, ...], title: str) -> bytes:
    """Return interval marks below each other: names on their left, numbers on their right."""
    axis = shared_axis(metric for metric in metrics if has_unit(metric))
    pictures: list[tuple[str, float, float]] = [(axis_picture(axis), NAME_WIDTH, 0.0)]
    for index, metric in enumerate(metrics):
        y = 24.0 + index * FOREST_HEIGHT
        own = axis if has_unit(metric) else shared_axis([metric])
        pictures += [
            (_label(f"{metric.task} {metric.metric}", gating=metric.gating), 0.0, y),
            (forest(metric, own, _spoken(metric)), NAME_WIDTH, y),
            (_numbers(metric), NAME_WIDTH + axis.width + 12, y),
        ]
    return placed(pictures, title)


def _label(name: str, *, gating: bool) -> Markup:
    kind = "name" if gating else "label"
    shown = text(NAME_WIDTH - 8, FOREST_HEIGHT / 2 + 4.5, shortened_name(name, 36), kind, "end")
    return svg(shown, NAME_WIDTH, FOREST_HEIGHT, "", "label")


def _numbers(metric: MetricComparison) -> Markup:
    bounds = interval(metric.ci_low, metric.ci_high)
    shown = text(0, FOREST_HEIGHT / 2 + 4.5, typeset(f"{signed(metric.difference)} {bounds}".strip()), "label", "start")
    return svg(shown, NUMBERS_WIDTH, FOREST_HEIGHT, "", "label")


def _spoken(metric: MetricComparison) -> str:
    sides = f"A {number(metric.baseline)}, B {number(metric.candidate)}"
    bounds = interval(metric.ci_low, metric.ci_high)
    return one_line(
        f"{metric.task} {metric.metric}: {sides}, {signed(metric.difference)} {bounds} {words(metric.finding)}"
    )
