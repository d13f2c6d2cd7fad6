"""`plots/*.svg`: the page's charts as files that need no page."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.report import write_report
from sfteval.report.html.standalone import standalone
from sfteval.report.plots import is_plot, render_plots
from sfteval.types import Slice
from tests.sfteval.report.example import comparison, everything, hostile, metric, small

SHAPES = {"line", "rect", "circle", "path", "polyline", "text"}


def root(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)


def tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def test_there_is_a_chart_for_everything_that_the_page_draws() -> None:
    names = list(render_plots(everything()))
    assert names[:3] == ["scoreboard.svg", "slices-reasoning-steps.svg", "slices-reasoning-family.svg"]
    assert {name.split("-")[0].removesuffix(".svg") for name in names} >= {"scoreboard", "slices", "flow", "budget"}
    assert all(is_plot(name) for name in names)


@pytest.mark.parametrize("world", [small, everything, hostile])
def test_a_chart_stands_alone(world: object) -> None:
    for name, content in render_plots(world()).items():  # type: ignore[operator]
        drawn = root(content)
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg", name
        assert float(drawn.get("width", "0")) > 100
        text = content.decode()
        assert "var(" not in text
        assert "class=" not in text
        assert not re.search(r"href|<script|<style|<image|url\(|<foreignObject|\son\w+=", text)
        shapes = [element for element in drawn.iter() if tag(element) in SHAPES]
        assert len(shapes) > 5
        assert all(element.get("fill") or element.get("stroke") for element in shapes), name


def test_colours_are_those_of_the_light_page() -> None:
    style = (Path(__file__).parents[3] / "sfteval/report/html/style.css").read_text(encoding="utf-8")
    a, b = (re.search(rf"--{side}: light-dark\((#\w+)", style)[1] for side in "ab")  # type: ignore[index]
    text = render_plots(small())["slices-reasoning-steps.svg"].decode()
    assert f'stroke="{a}"' in text
    assert f'fill="{b}"' in text


def test_the_more_special_rule_counts() -> None:
    picture = '<svg width="200" height="10" aria-label="x"><text class="name b">t</text><text>u</text></svg>'
    first, second = [element for element in root(standalone(picture, "T")).iter() if tag(element) == "text"][1:]
    assert (first.get("font-weight"), first.get("font-size")) == ("600", "13.5px")
    assert (second.get("font-weight"), second.get("font-size")) == (None, "12.5px")
    assert first.get("fill") != second.get("fill")


def test_the_same_comparison_gives_the_same_bytes() -> None:
    assert render_plots(everything()) == render_plots(everything())


def test_the_scoreboard_has_a_mark_for_every_metric() -> None:
    drawn = root(render_plots(comparison(metrics=tuple(metric("t", f"m{i}") for i in range(50))))["scoreboard.svg"])
    assert len([element for element in drawn.iter() if tag(element) == "circle"]) == 40


def test_names_of_files_are_plain_whatever_a_task_is_called() -> None:
    def sliced(task: str) -> tuple[Slice, ...]:
        return tuple(Slice(task, "exact", "../f", value, 5, 0.1, 0.2) for value in "12")

    tasks = ("../../etc", "..-..-etc", "\x1b[31m", "x" * 300)
    world = comparison(metrics=tuple(metric(task) for task in tasks), slices=tuple(s for t in tasks for s in sliced(t)))
    assert list(render_plots(world)) == [
        "scoreboard.svg",
        "slices-etc-f.svg",
        "slices-etc-f-2.svg",
        "slices-31m-f.svg",
        f"slices-{'x' * 40}-f.svg",
    ]


def test_no_name_breaks_the_xml_or_leaves_the_picture() -> None:
    name = "\uffff\ufffe\ud800\x00<&\"'>" + "w" * 300
    slices = tuple(Slice(name, name, name, value, 5, 0.1, 0.2) for value in (name, "2"))
    drawn = render_plots(comparison(metrics=(metric(name, name),), slices=slices))
    for content in drawn.values():
        title = next(element for element in root(content).iter() if tag(element) == "text")
        assert title.text is not None
        assert len(title.text) * 7 < float(root(content).get("width", "0"))
    assert len(drawn) == 2


def test_nothing_is_drawn_where_there_is_nothing_to_show() -> None:
    assert render_plots(comparison(metrics=())) == {}


def test_plots_lie_in_a_folder_with_the_latex_table_and_old_ones_go(tmp_path: Path) -> None:
    written = {str(path.relative_to(tmp_path)) for path in write_report(small(), tmp_path, formats=("md",), plots=True)}
    assert written == {
        "plots/scoreboard.svg", "plots/slices-reasoning-steps.svg", "plots/slices-reasoning-family.svg",
        "results.tex", "summary.md",
    }  # fmt: skip
    (tmp_path / "plots" / "mine.svg").write_text("kept")
    write_report(replace(small(), slices=()), tmp_path, formats=("md",), plots=True)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["mine.svg", "scoreboard.svg"]
