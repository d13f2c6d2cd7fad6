"""`report.html` as text: one file, nothing from outside, only its own script, and pictures that say what they show."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from sfteval.report.html import render_html
from sfteval.report.html.browser import LARGEST_PLAIN_BYTES, browser_data
from sfteval.report.stored import settled
from sfteval.types import Comparison, Finding, Outcome, ProbeResult, Verdict
from tests.sfteval.report.example import (
    comparison,
    constraint_pair,
    hostile,
    instructed,
    large,
    metric,
    pair,
    small,
    toolcall_pair,
)

EMPTY_TAGS = {"wbr", "meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """Reads a page: its tags with attributes, its text by tag, and whether every tag was closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def text(self, *, without: tuple[str, ...] = ("script", "style")) -> str:
        return "\n".join(text for tag, text in self.texts if tag not in without)


def page(world: Comparison) -> Page:
    return Page(render_html(settled(world)).decode())


def data(html: str) -> Any:
    found = re.search(
        r'<script type="application/json" id="data" data-encoding="(\w+)">(.*?)</script>', html, re.DOTALL
    )
    assert found is not None
    content = found[2] if found[1] == "json" else gzip.decompress(base64.b64decode(found[2]))
    return json.loads(content)


@pytest.mark.parametrize("world", [small, hostile, comparison, instructed])
def test_every_tag_is_closed_and_none_is_added(world: Any) -> None:
    read = page(world())
    assert read.open == []
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"img", "iframe", "object", "embed", "a", "base", "video", "audio"}
    assert [tag for tag, _ in read.tags].count("script") == (2 if world().pairs else 1)


@pytest.mark.parametrize("world", [small, hostile])
def test_no_element_has_an_event_handler_an_inline_style_or_an_address(world: Any) -> None:
    for tag, attributes in page(world()).tags:
        assert not any(name.startswith("on") or name in ("style", "srcset", "action") for name in attributes)
        if "src" in attributes or "href" in attributes:
            assert tag == "link"
            assert str(attributes["href"]).startswith("data:image/svg+xml,")


def test_the_policy_allows_exactly_our_style_and_our_script() -> None:
    html = render_html(small()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert policy is not None
    assert style is not None
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (scripts[0], style[1])]
    assert len(scripts) == 1
    assert policy[1] == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_script_never_makes_markup_from_text_and_asks_for_nothing() -> None:
    html = render_html(small()).decode()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
        "import(",
    ):
        assert word not in html
    assert set(re.findall(r"https?://[^'\"\s]+", html)) == {"http://www.w3.org/2000/svg"}


def test_the_data_block_cannot_end_its_element() -> None:
    html = render_html(settled(hostile())).decode()
    block = html[html.index('id="data"') : html.index("</script>", html.index('id="data"'))]
    assert "<" not in block
    assert "</script><script>window.broken" in data(html)["rows"][0]["messages"][0][1]


def test_a_large_block_is_gzipped_and_reads_the_same() -> None:
    world = settled(large(1_000))
    assert len(json.dumps(browser_data(world))) > LARGEST_PLAIN_BYTES
    assert data(render_html(world).decode()) == json.loads(json.dumps(browser_data(world)))


def test_five_hundred_samples_stay_under_a_megabyte_and_a_half() -> None:
    assert len(render_html(settled(large(500)))) < 1_500_000


def test_the_page_without_samples_stays_under_120_kilobytes() -> None:
    assert len(render_html(settled(comparison()))) < 120_000


def test_a_two_megabyte_answer_loses_its_middle_in_the_page_only() -> None:
    row = browser_data(comparison([pair("short", "x" * 2_000_000, "y")]))["rows"][0]
    texts = [text for kind, text in row["diff"] if kind == -1]
    assert len(texts[0]) < 3_100
    assert "[... 1,997,000 characters ...]" in texts[0]


def test_the_verdict_stands_first_in_one_sentence() -> None:
    texts = [text for tag, text in page(small()).texts if tag == "h1"]
    assert texts == [
        "think is better than no-think: +0.550 on reasoning (0.410 to 0.960, 95 % interval +0.491 to +0.604, n = 300)."
    ]
    assert ("title", "think against no-think: pass") in page(small()).texts


def test_warnings_skipped_probes_and_unmatched_sampling_are_said() -> None:
    world = comparison(
        matched=False,
        warnings=("Two answers are missing.",),
        probes=(ProbeResult("canary", "skipped", "No canaries were planted."), ProbeResult("loss_gap", "warn", "Low.")),
    )
    text = page(world).text()
    for sentence in (
        "The two sides were asked with different sampling.",
        "Two answers are missing.",
        "canary: No canaries were planted.",
        "Low.",
    ):
        assert sentence in text


def test_the_scoreboard_shows_numbers_intervals_and_findings() -> None:
    cells = [text for tag, text in page(small()).texts if tag in ("td", "b", "span", "small")]
    for shown in ("0.410", "0.960", "+0.550", "[+0.491, +0.604]", "< .001", "300", "decides", "−0.167"):
        assert shown in cells
    text = page(small()).text()
    assert "depends on the token budget" in text
    assert "among prompts that both sides completed: −0.031" in text


def test_an_interval_mark_reads_aloud() -> None:
    labels = [attributes.get("aria-label") for tag, attributes in page(small()).tags if tag == "svg"]
    assert "difference +0.550 [+0.491, +0.604], better" in labels
    assert "only A right: 3, only B right: 168" in labels


def test_a_metric_without_numbers_has_no_mark() -> None:
    nothing = metric(
        baseline=None, candidate=None, difference=None, ci_low=None, ci_high=None, n=0,
        finding=Finding.NOT_SHOWN, verdict=Verdict.NOT_COMPARABLE,
    )  # fmt: skip
    world = comparison(metrics=(nothing,), verdict=Verdict.NOT_COMPARABLE)
    assert "estimate" not in [attributes.get("class") for _, attributes in page(world).tags]
    assert "not comparable" in page(world).text()


def test_a_metric_of_another_unit_does_not_squeeze_the_shares() -> None:
    long = metric(name="num_words", gating=False, verdict=None, baseline=90.0, candidate=240.0, difference=150.0,
                  ci_low=120.0, ci_high=180.0)  # fmt: skip
    alone = {a["aria-label"]: a for tag, a in page(comparison()).tags if tag == "svg"}
    both = {a["aria-label"]: a for tag, a in page(comparison(metrics=(metric(), long))).tags if tag == "svg"}
    assert alone.keys() <= both.keys()


def test_accuracy_by_steps_is_drawn_as_two_lines_and_by_family_as_dots() -> None:
    read = page(small())
    classes = [attributes.get("class") for tag, attributes in read.tags]
    assert classes.count("curve a") == classes.count("curve b") == 1
    assert classes.count("joint") == 3
    labels = [str(attributes.get("aria-label")) for tag, attributes in read.tags if tag == "svg"]
    assert any(label.startswith("exact by steps. 1: A 0.920, B 1.000; 2: A 0.610") for label in labels)


def test_steps_are_drawn_in_the_order_of_numbers() -> None:
    world = replace(small(), slices=small().slices[:6][::-1])
    points = [a["points"] for tag, a in page(world).tags if tag == "polyline"]
    assert points == [a["points"] for tag, a in page(small()).tags if tag == "polyline"]


def test_unfinished_answers_and_the_price_are_counted() -> None:
    text = page(small()).text()
    assert "generated tokens" in text
    assert "13,418" in text
    assert "297" in text


def test_how_it_was_made_holds_the_command_and_both_fingerprints() -> None:
    text = page(small()).text()
    assert "sfteval compare checkpoints/quickstart/no-think checkpoints/quickstart/think" in text
    assert "8f3c21aa90b1d7e4" in text
    assert "c07be2115d4402f9" in text


def test_a_sample_tells_what_changed_and_why() -> None:
    world = comparison([pair(), constraint_pair("c1"), toolcall_pair("t1")])
    rows = browser_data(world)["rows"]
    assert [(row["key"], row["state"]) for row in rows] == [
        ("reasoning/r1", "improved"),
        ("constraints/c1", "regressed"),
        ("toolcalls/t1", "regressed"),
    ]
    assert rows[0]["b"]["thinkTokens"] == 21
    assert rows[1]["b"]["checks"][1] == [False, "length_constraints:number_words", "needed at least 8 words, found 5"]
    call = rows[2]["b"]["calls"][0]
    assert call["raw"][: call["at"]].endswith('"seats": 4}')
    assert call["fault"][:2] == ["json_invalid", "json"]


def test_a_truncated_sample_is_marked_and_one_without_numbers_is_missing() -> None:
    outcomes = (Outcome.OK, Outcome.TRUNCATED_THINK)
    rows = browser_data(comparison([pair(outcomes=outcomes), pair(id="m", scores=(None, 1.0))]))["rows"]
    assert rows[0]["truncated"] is True
    assert rows[1]["state"] == "missing"


def test_tools_that_many_samples_share_are_stored_once() -> None:
    world = comparison([toolcall_pair(f"t{index}") for index in range(5)])
    assert len(browser_data(world)["tools"]) == 1
    assert [row["tools"] for row in browser_data(world)["rows"]] == [0] * 5


def test_control_characters_are_shown_as_pictures() -> None:
    row = browser_data(comparison([pair("\x1b[31mred\x00\u202e", "a", "b")]))["rows"][0]
    assert row["messages"][0][1] == "␛[31mred␀[U+202E]"
