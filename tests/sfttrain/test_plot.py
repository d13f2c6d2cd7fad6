"""The picture of a run: well formed, the same bytes every time, small however long the run, and honest at its edges."""

import math
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from sfttrain.plot import loss_plot

SVG = "{http://www.w3.org/2000/svg}"


def run(num_steps: int, evaluate_every: int = 0) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for step in range(num_steps):
        loss = 1 + 3 * math.exp(-4 * step / num_steps) + 0.1 * math.sin(17.0 * step)
        spike = step % 97 == 96
        lines.append(
            {"step": step, "loss": loss, "lr": 2e-5, "grad_norm": 20.0 if spike else 0.9, "spike": spike}
            | {"loss_first": 2 * loss, "loss_2_4": loss, "loss_5_16": None, "loss_rest": loss / 2}
        )
        if evaluate_every and (step + 1) % evaluate_every == 0:
            lines.append({"step": step + 1, "held_out": {"loss": loss}})
    return lines


def drawn(lines: list[dict[str, Any]]) -> ElementTree.Element:
    return ElementTree.fromstring(loss_plot(lines))


def said(root: ElementTree.Element) -> str:
    found = root.find(f"{SVG}desc")
    assert found is not None
    return found.text or ""


def titles(root: ElementTree.Element) -> list[str]:
    """Return what pointing at a dot says."""
    return [one.text or "" for dot in root.iter(f"{SVG}circle") for one in dot.iter(f"{SVG}title")]


def test_the_same_lines_give_the_same_bytes() -> None:
    assert loss_plot(run(300, 50)) == loss_plot(run(300, 50))


def test_it_says_in_words_what_it_shows() -> None:
    root = drawn(run(98, 49))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert said(root).startswith("98 steps; training loss from 4 to ")
    assert said(root).endswith(" nats after 2 evaluations; 1 gradient spike.")
    assert [title for title in titles(root) if "held-out" in title] == [
        "held-out loss, step 49: 1.35",
        "held-out loss, step 98: 1.09",
    ]
    assert [title for title in titles(root) if "spike" in title] == ["spike, step 96: 20"]


def test_a_spike_does_not_flatten_the_other_steps() -> None:
    root = drawn(run(98))
    (dot,) = [circle for circle in root.iter(f"{SVG}circle")]
    assert dot.get("cy") == "0.0"  # at the top, and the words say that it is cut off
    assert "1 spike, cut off at the top" in [text.text for text in root.iter(f"{SVG}text")]
    ticks = [text.text for text in root.findall(f"{SVG}g[3]/{SVG}text[@class='end']")]
    assert ticks == ["0", "0.5", "1", "1.5", "step"]


@pytest.mark.parametrize("num_steps", [0, 1, 2, 5])
def test_the_shortest_runs_are_drawn(num_steps: int) -> None:
    root = drawn(run(num_steps))
    assert said(root).startswith(f"{num_steps} step{'' if num_steps == 1 else 's'}; ")
    empty = [text for text in root.iter(f"{SVG}text") if text.text == "no figures"]
    assert len(empty) == (4 if num_steps == 0 else 0)
    dots = [path.get("d") for path in root.iter(f"{SVG}path") if "lone" in (path.get("class") or "")]
    assert len(dots) == (8 if num_steps == 1 else 0)  # a path through one point would be invisible
    assert all((dot or "").endswith("h0") for dot in dots)


def test_figures_that_are_none_are_left_out() -> None:
    lines = run(6)
    lines[2] |= {"loss": float("nan"), "grad_norm": None, "lr": True}
    lines[3] |= {"loss": float("inf"), "grad_norm": 1e300, "lr": "2"}
    svg = loss_plot([*lines, {"step": 6, "held_out": {"loss": None}}, {"step": 7}])
    assert "nan" not in svg
    assert "inf" not in svg
    assert said(ElementTree.fromstring(svg)).startswith("4 steps; ")


def test_a_constant_an_absent_series_and_a_zero_have_an_axis() -> None:
    for value in (0.0, 3.0, 1e-12, 1e29):
        assert "no figures" in loss_plot([{"step": step, "loss": value} for step in range(3)])


def test_a_hundred_thousand_steps_stay_small() -> None:
    short, long = loss_plot(run(1_000, 100)), loss_plot(run(20_000, 10))
    assert len(long.encode()) < 200_000
    assert len(short.encode()) < 100_000


@pytest.mark.slow
def test_the_longest_run_stays_small() -> None:
    assert len(loss_plot(run(100_000, 100)).encode()) < 200_000


def test_nothing_in_it_runs_or_is_fetched() -> None:
    svg = loss_plot(run(50, 10))
    assert svg.count("http") == svg.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert "<script" not in svg
    assert "prefers-color-scheme: dark" in svg
