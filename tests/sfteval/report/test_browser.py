"""The report in a real browser: it loads without a request or an error, and does what its controls say."""

from pathlib import Path
from typing import Any

import pytest

from sfteval.report import write_report
from tests.bench.screenshots import LARGEST, WIDTH, shoot
from tests.sfteval.report.browsing import MARKS, Opened, luminance
from tests.sfteval.report.example import (
    everything,
    failing,
    hostile,
    hostile_words,
    instructed,
    large,
    small,
)
from tests.sfteval.report.probe_example import with_probes

try:
    from playwright.sync_api import expect
except ImportError:  # then the tests are skipped
    expect = None

pytestmark = MARKS


def probes() -> dict[str, Any]:
    """Return what is known of overfitting, with prompts that were trained on."""
    world = with_probes()
    return {name: getattr(world, name) for name in ("probes", "probe_differences", "contaminated")}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, world in (
        ("small", small()),
        ("hostile", hostile()),
        ("instructed", instructed()),
        ("called", failing()),
        ("large", large(5_000)),
        ("whole", everything(**probes())),
        ("words", hostile_words()),
    ):
        write_report(world, folder / name, formats=("html",))
    return folder


@pytest.mark.parametrize("name", ["small", "hostile", "instructed", "called", "large", "whole", "words"])
def test_it_loads_without_a_complaint_and_asks_for_nothing(chromium: Any, reports: Path, name: str) -> None:
    opened = Opened(chromium, reports / name)
    opened.page.keyboard.press("j")
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [f"file://{reports}/{name}/report.html"]


@pytest.mark.parametrize(("name", "num_samples"), [("hostile", 8), ("words", 2)])
def test_hostile_text_runs_nothing(chromium: Any, reports: Path, name: str, num_samples: int) -> None:
    opened = Opened(chromium, reports / name)
    for _ in range(num_samples):
        opened.page.keyboard.press("j")
        opened.unfold()
    assert opened.page.locator("#list > li").count() == num_samples
    assert opened.page.evaluate("window.broken") is None
    assert opened.complaints == []
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


def test_answers_are_chosen_by_how_they_ended(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small")
    choices = opened.page.locator("#outcome option").all_inner_texts()
    assert choices == ["any", "complete on both sides", "cut while thinking"]
    opened.page.select_option("#outcome", label="cut while thinking")
    assert opened.states() == ["Both wrong"]
    opened.page.select_option("#outcome", label="complete on both sides")
    assert opened.page.inner_text("#count") == "1 to 5 of 5"


def test_samples_on_which_judges_disagree_and_prompts_that_were_trained_on_are_found(
    chromium: Any, reports: Path
) -> None:
    opened = Opened(chromium, reports / "whole")
    opened.page.click("[data-state=disagree]")
    assert opened.states() == ["B preferred"]
    opened.page.click("[data-state=contaminated]")
    assert opened.states() == ["Regressed", "Both right"]
    opened.page.keyboard.press("j")
    assert opened.opened() == "reasoning/r2"


def test_a_judges_words_in_both_orders_stand_below_the_answers(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole", "#letters%2Fl1")
    said = [" ".join(text.split()) for text in opened.page.locator(".vote").all_inner_texts()]
    assert said == [
        "A A first small-judge The first letter names a date, the second does not.",
        "B B first small-judge Both are clear; the first is warmer.",
        "clarity 3 A by itself small-judge Worth 3 points.",
        "clarity 5 B by itself small-judge Worth 5 points.",
    ]


def test_an_agents_conversation_shows_what_its_calls_brought(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole", "#errands%2Fe1")
    acts = [" ".join(text.split()) for text in opened.page.locator(".act").all_inner_texts()]
    assert acts == ['find_boat gave {"leaves": "noon"}', "find_boat gave an error no such boat"]
    assert opened.page.locator(".answer.b .act.failed").count() == 1


def test_a_lost_golden_sample_is_one_click_away(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole")
    opened.page.click("text=see it")
    expect(opened.page.locator("#list .open .where span").first).to_have_text("reasoning/r2")


def test_every_section_is_one_click_away(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole")
    for link in opened.page.locator(".contents a").all():
        link.click()
        place = opened.page.evaluate("document.querySelector(location.hash).getBoundingClientRect().top")
        assert place < 700
    assert opened.complaints == []


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


@pytest.mark.parametrize("name", ["hostile", "instructed", "called", "whole", "words"])
def test_no_window_scrolls_sideways_or_clips(chromium: Any, reports: Path, name: str) -> None:
    opened = Opened(chromium, reports / name)
    opened.page.keyboard.press("j")
    opened.unfold()
    for width in (320, 700, 1280):
        opened.page.set_viewport_size({"width": width, "height": 700})
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width
        assert (width, opened.beyond()) == (width, [])


def test_numbers_stay_below_their_heads_on_a_narrow_window(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole", viewport={"width": 320, "height": 700})
    columns = "[...row.cells].filter((cell) => cell.offsetParent).reduce((sum, cell) => sum + cell.colSpan, 0)"
    rows = opened.page.locator(".outcomes tr")
    assert set(rows.evaluate_all(f"rows => rows.map((row) => {columns})")) == {7}


def test_every_metric_takes_the_same_room_on_a_narrow_window(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "whole", viewport={"width": 320, "height": 700})
    cells = opened.page.locator(".scoreboard tr:not(.task) td:not(.picture)")
    assert set(cells.evaluate_all("cells => cells.map((cell) => getComputedStyle(cell).paddingBottom)")) == {"0px"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(chromium: Any, reports: Path, scheme: str) -> None:
    opened = Opened(chromium, reports / "whole", color_scheme=scheme)
    ground = luminance(opened.colour())
    for place in ("h1", ".note", ".finding.better", ".finding.worse", ".contents a", "thead th"):
        text = luminance(opened.colour(place, "color"))
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5, place  # WCAG 2.2, 1.4.3


def test_paper_shows_the_numbers_and_the_opened_sample_only(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "small", "#reasoning%2Fr2")
    opened.page.emulate_media(media="print")
    visible = opened.page.eval_on_selector_all(
        "#list > li, .controls, #shade", "nodes => nodes.filter((node) => node.offsetParent !== null).length"
    )
    assert visible == 1
    assert opened.page.locator(".flips .count").first.evaluate("node => getComputedStyle(node).display") != "none"


def test_five_thousand_samples_paint_within_a_second(chromium: Any, reports: Path) -> None:
    def first_paint() -> float:
        opened = Opened(chromium, reports / "large")
        assert opened.page.inner_text("#count") == "1 to 50 of 5,000"
        paint = opened.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        opened.page.close()
        return float(paint)

    assert any(first_paint() < 1_000 for _ in range(3))  # the machine may be busy with something else


def test_a_constraint_shows_its_mark_and_its_reason(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "instructed", "#constraints%2Fc1")
    checks = opened.page.locator(".answer.b .checks li").all_inner_texts()
    assert [" ".join(text.split()) for text in checks] == [
        "✓ punctuation:no_comma found no comma",
        "✗ length_constraints:number_words needed at least 8 words, found 5",
    ]


def test_the_surroundings_of_a_failure_are_shown_with_the_failing_character_marked(
    chromium: Any, reports: Path
) -> None:
    opened = Opened(chromium, reports / "called", "#reasoning%2Fbroken")
    near = opened.page.locator(".answer.b .fault .near")
    assert near.locator("mark").all_inner_texts() == ["?"]
    assert near.inner_text().startswith("\N{GRINNING FACE}" * 10 + "<img src=x onerror=1?</script>")
    assert opened.page.evaluate("window.broken") is None


def test_where_calls_break_is_drawn_within_a_narrow_window(chromium: Any, reports: Path) -> None:
    opened = Opened(chromium, reports / "called", viewport={"width": 320, "height": 700})
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


def test_the_pictures_of_the_readme_are_small_and_have_a_palette(chromium: Any, reports: Path, tmp_path: Path) -> None:
    from PIL import Image

    written = shoot(chromium, reports / "whole" / "report.html", tmp_path)
    assert [path.name for path in written] == [
        "report-light.png",
        "sample-light.png",
        "report-dark.png",
        "sample-dark.png",
    ]
    for path in written:
        with Image.open(path) as picture:
            assert (picture.mode, picture.width) == ("P", WIDTH)
        assert 10_000 < path.stat().st_size <= LARGEST
