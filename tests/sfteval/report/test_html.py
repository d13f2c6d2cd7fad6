"""`report.html` as text: one file, nothing from outside, only its own script, and pictures that say what they show."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sfteval.report.html import render_html
from sfteval.report.html.browser import LARGEST_PLAIN_BYTES, browser_data
from sfteval.report.stored import settled
from sfteval.types import Comparison
from tests.sfteval.report.example import (
    comparison,
    everything,
    hostile,
    hostile_words,
    instructed,
    large,
    pair,
    small,
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

    def strangers(self) -> list[str]:
        """Return the tags that no page of ours has: pictures from elsewhere, frames, links that leave the page."""
        forbidden = {"img", "iframe", "object", "embed", "base", "video", "audio"}
        leaving = [tag for tag, found in self.tags if tag == "a" and not str(found.get("href")).startswith("#")]
        return [tag for tag, _ in self.tags if tag in forbidden] + leaving

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


@pytest.mark.parametrize("world", [small, hostile, comparison, instructed, everything, hostile_words])
def test_every_tag_is_closed_and_none_is_added(world: Any) -> None:
    read = page(world())
    assert read.open == []
    assert read.strangers() == []
    assert [tag for tag, _ in read.tags].count("script") == (2 if world().pairs else 1)


@pytest.mark.parametrize("world", [small, hostile, everything, hostile_words])
def test_no_element_has_an_event_handler_an_inline_style_or_an_address(world: Any) -> None:
    for tag, attributes in page(world()).tags:
        assert not any(name.startswith("on") or name in ("style", "srcset", "action") for name in attributes)
        if "src" in attributes or "href" in attributes:
            start = {"link": "data:image/svg+xml,", "a": "#"}[tag]
            assert str(attributes["href"]).startswith(start)


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
    world = settled(large(300))
    assert len(json.dumps(browser_data(world))) > LARGEST_PLAIN_BYTES
    assert data(render_html(world).decode()) == json.loads(json.dumps(browser_data(world)))


def test_five_hundred_samples_stay_under_a_megabyte_and_a_half() -> None:
    assert len(render_html(settled(large(500)))) < 1_500_000


def test_five_hundred_real_answers_of_1200_characters_stay_under_a_megabyte_and_a_half(data_folder: Path) -> None:
    with gzip.open(data_folder / "ifeval" / "responses_gpt4_2023-11.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    said, num = [row["response"] for row in rows], len(rows)
    world = comparison(
        [
            pair(row["prompt"], said[at], said[(at + 7) % num], id=str(at), think=said[(at + 100) % num])
            for at, row in enumerate(rows[:500])
        ]
    )
    assert len(render_html(settled(world))) < 1_500_000


def test_the_page_without_samples_stays_under_120_kilobytes() -> None:
    assert len(render_html(settled(comparison()))) < 120_000
