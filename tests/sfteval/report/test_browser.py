"""The report in a real browser: it loads without a request or an error, and does what its controls say."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfteval.report import write_report
from sfteval.types import Comparison
from tests.sfteval.report.example import CALLS, HOSTILE, called, hostile, instructed, large, pair, small

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:  # then the browser tests are skipped, and only they
    expect = sync_playwright = None

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sync_playwright is None, reason="playwright is not installed"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


def failing() -> Comparison:
    """Return the comparison of tool calls with one answer whose failure has a place, and hostile surroundings."""
    fault = {"failure_code": "json_invalid", "layer": "json", "reason": HOSTILE, "position": 30}
    around = "\N{GRINNING FACE}" * 10 + "<img src=x onerror=1>"[:20] + "?" + HOSTILE[:29]
    details: tuple[dict[str, Any], dict[str, Any]] = ({}, fault | {"excerpt": around})
    rates = tuple(replace(rate, value=HOSTILE) if rate.kind == "tool" else rate for rate in CALLS.rates)
    return called(pairs=(pair(id="broken", details=details),), calls=(replace(CALLS, rates=rates),))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, world in (
        ("small", small()),
        ("hostile", hostile()),
        ("instructed", instructed()),
        ("called", failing()),
        ("large", large(5_000)),
    ):
        write_report(world, folder / name, formats=("html",))
    return folder


class Opened:
    """A report in a page of its own, with what it asked for and what it complained about."""

    def __init__(self, chromium: Any, path: Path, fragment: str = "", **context: Any) -> None:
        self.page = chromium.new_context(**context).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"file://{path}/report.html{fragment}")
        self.page.wait_for_selector("html[data-ready]")

    def states(self) -> list[str]:
        return [str(text).split(" ", 1)[1] for text in self.page.locator("#list .state").all_inner_texts()]

    def opened(self) -> str:
        return str(self.page.locator("#list .open .where span").first.inner_text())

    def colour(self) -> str:
        return str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("name", ["small", "hostile", "instructed", "called", "large"])
def test_it_loads_without_a_complaint_and_asks_for_nothing(chromium: Any, reports: Path, name: str) -> None:
    opened = Opened(chromium, reports / name)
    opened.page.keyboard.press("j")
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [f"file://{reports}/{name}/report.html"]


def test_hostile_text_runs_nothing(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "hostile")
    for _ in hostile().pairs:
        opened.page.keyboard.press("j")
        opened.page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true })")
    assert opened.page.evaluate("window.broken") is None
    assert opened.page.locator("img, iframe").count() == 0
    links = opened.page.eval_on_selector_all("a", "nodes => nodes.map((node) => node.getAttribute('href'))")
    assert all(link.startswith("#") for link in links)


def test_filters_count_and_choose(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small")
    assert opened.states() == ["Regressed", "Regressed", "Regressed", "Both wrong", "Improved", "Both right"]
    opened.page.click("[data-state=improved]")
    assert opened.states() == ["Improved"]
    opened.page.click("[data-state=truncated]")
    assert opened.states() == ["Both wrong"]
    opened.page.click("[data-state=all]")
    opened.page.select_option("#task", label="toolcalls")
    assert opened.page.inner_text("#count") == "1 to 1 of 1"


def test_search_looks_into_prompts_answers_and_reasons(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small")
    for words, found in (("needed words", "constraints"), ("json_invalid", "toolcalls"), ("BOOK four", "toolcalls")):
        opened.page.fill("#find", words)
        expect(opened.page.locator("#count")).to_have_text("1 to 1 of 1")
        expect(opened.page.locator("#list .what i")).to_have_text(found)
    opened.page.fill("#find", "nobody said this")
    expect(opened.page.locator("#count")).to_have_text("No sample matches.")


def test_the_order_can_be_turned(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small")
    opened.page.select_option("#order", "gain")
    assert opened.states()[0] == "Improved"
    opened.page.select_option("#order", "suite")
    assert opened.states()[:2] == ["Improved", "Regressed"]


def test_keys_walk_through_the_samples_and_the_address_follows(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small")
    opened.page.keyboard.press("j")
    assert opened.opened() == "reasoning/r2"
    opened.page.keyboard.press("j")
    assert opened.opened() == "constraints/c1"
    assert opened.page.url.endswith("#constraints%2Fc1")
    opened.page.keyboard.press("k")
    assert opened.opened() == "reasoning/r2"
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#list .open").count() == 0
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("jk")
    assert opened.page.input_value("#find") == "jk"


def test_a_permalink_opens_its_sample_wherever_it_lies(chromium: Any, reports: Path) -> None:
    assert Opened(chromium, reports / "small", "#toolcalls%2Ft1").opened() == "toolcalls/t1"
    far = Opened(chromium, reports / "large", "#reasoning%2Fs4321")
    assert far.opened() == "reasoning/s4321"
    assert far.page.locator("#list > li").count() == 50


def test_the_word_that_differs_is_marked_on_its_side(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small", "#reasoning%2Fr2")
    assert opened.page.locator(".answer.a del").all_inner_texts() == ["west"]
    assert opened.page.locator(".answer.b ins").all_inner_texts() == ["north"]


def test_thinking_is_folded_and_the_place_of_a_failure_marked(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small", "#toolcalls%2Ft1")
    assert opened.page.locator(".think[open]").count() == 0
    assert opened.page.inner_text(".think summary") == "Thinking, 21 tokens"
    assert opened.page.locator(".answer.b .call mark").all_inner_texts() == ["⏎\n"]
    assert opened.page.inner_text(".answer.b .fault").startswith("json_invalid (json) expected a closing bracket")


def test_dark_and_light_follow_the_system_and_the_button(chromium: Any, reports: Path) -> None:
    light = Opened(chromium, reports / "small", color_scheme="light")
    dark = Opened(chromium, reports / "small", color_scheme="dark")
    assert (light.colour(), dark.colour()) == ("rgb(253, 253, 251)", "rgb(21, 23, 26)")
    light.page.click("#shade")
    assert light.colour() == dark.colour()


@pytest.mark.parametrize("name", ["small", "hostile", "instructed", "called"])
def test_a_narrow_window_never_scrolls_sideways(chromium: Any, reports: Path, name: str) -> None:
    opened = Opened(chromium, reports / name, viewport={"width": 320, "height": 700})
    opened.page.keyboard.press("j")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 320


def test_paper_shows_the_numbers_and_the_opened_sample_only(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small", "#reasoning%2Fr2")
    opened.page.emulate_media(media="print")
    visible = opened.page.eval_on_selector_all(
        "#list > li, .controls, #shade", "nodes => nodes.filter((node) => node.offsetParent !== null).length"
    )
    assert visible == 1


def test_five_thousand_samples_paint_within_a_second(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "large")
    paint = opened.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint < 1_000
    assert opened.page.inner_text("#count") == "1 to 50 of 5,000"


def test_a_constraint_shows_its_mark_and_its_reason(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "instructed", "#constraints%2Fc1")
    checks = opened.page.locator(".answer.b .checks li").all_inner_texts()
    assert [" ".join(text.split()) for text in checks] == [
        "✓punctuation:no_comma found no comma",
        "✗length_constraints:number_words needed at least 8 words, found 5",
    ]


def test_the_parts_of_constraints_open_on_a_narrow_window_without_scrolling_it(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "instructed", viewport={"width": 320, "height": 700})
    opened.page.evaluate("document.querySelectorAll('.instructions details').forEach((node) => { node.open = true })")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_surroundings_of_a_failure_are_shown_with_the_failing_character_marked(
    chromium: Any, reports: Path
) -> None:
    opened = Opened(chromium, reports / "called", "#reasoning%2Fbroken")
    near = opened.page.locator(".answer.b .fault .near")
    assert near.locator("mark").all_inner_texts() == ["?"]
    assert near.inner_text().startswith("\N{GRINNING FACE}" * 10 + "<img src=x onerror=1?</script>")
    assert opened.page.evaluate("window.broken") is None


def test_where_calls_break_opens_on_a_narrow_window_without_scrolling_it(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "called", viewport={"width": 320, "height": 700})
    opened.page.evaluate("document.querySelectorAll('#calls details').forEach((node) => { node.open = true })")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 320
    picture = opened.page.locator("#calls svg.flow").bounding_box()
    assert picture["width"] <= 320
    assert opened.page.locator("#calls svg.flow .stream.lost").count() == 3


def test_bands_of_both_sides_are_told_apart_in_light_and_dark(chromium: Any, reports: Path) -> None:
    for scheme in ("light", "dark"):
        opened = Opened(chromium, reports / "called", color_scheme=scheme)
        colours = {
            kind: opened.page.locator(f".stream.{kind}").first.evaluate("node => getComputedStyle(node).fill")
            for kind in ("lost", "gained", "moved", "same")
        }
        assert len(set(colours.values())) == 4
