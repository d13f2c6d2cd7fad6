"""A report in a real Chromium: what it asked for, what it complained about, and what stands on it."""

from pathlib import Path
from typing import Any

import pytest

try:
    from playwright.sync_api import sync_playwright
except ImportError:  # then the browser tests are skipped, and only they
    sync_playwright = None

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(sync_playwright is None, reason="playwright is not installed"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


class Opened:
    """A report in a page of its own."""

    def __init__(self, chromium: Any, path: Path, fragment: str = "", **context: Any) -> None:
        self.page = chromium.new_context(**context).new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(f"file://{path}/report.html{fragment}")
        self.page.wait_for_selector("html[data-ready]")

    def states(self) -> list[str]:
        return [str(text).split(" ", 1)[1] for text in self.page.locator("#list .state").all_inner_texts()]

    def opened(self) -> str:
        return str(self.page.locator("#list .open .where span").first.inner_text())

    def colour(self, place: str = "body", of: str = "backgroundColor") -> str:
        return str(self.page.locator(place).first.evaluate(f"node => getComputedStyle(node).{of}"))

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true })")

    def beyond(self) -> list[str]:
        """Return what lies beyond the right edge of the text and cannot be scrolled to."""
        found = self.page.evaluate(
            "const right = (node) => node.getBoundingClientRect().right;"
            "const edge = right(document.querySelector('.verdict')) + 1;"
            "[...document.querySelectorAll('main *')]"
            ".filter((node) => !node.closest('.scroll, svg, .quiet') && right(node) > edge)"
            ".map((node) => `${node.tagName}.${node.className}`)"
        )
        return list(found)


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)`."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
