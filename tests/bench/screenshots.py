"""A report in, pictures of it for the README out: the head of the page and one opened sample, in light and dark.

Run: python tests/bench/screenshots.py [reports/example/report.html] [reports/example]
Each picture has a palette of 256 colours and at most `LARGEST` bytes.
"""

import io
import sys
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--font-render-hinting=none"]
LARGEST = 150_000
WIDTH, TALLEST = 1280, 1240
SCHEMES = ("light", "dark")


def shoot(browser: Any, report: Path, out: Path) -> list[Path]:
    """Write the pictures of a report into `out` and return their paths.

    Raises: ValueError for a picture that is too large.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for scheme in SCHEMES:
        page = browser.new_context(viewport={"width": WIDTH, "height": TALLEST}, color_scheme=scheme).new_page()
        page.goto(f"file://{report.resolve()}")
        page.wait_for_selector("html[data-ready]")
        for name, picture in (("report", _head(page)), ("sample", _sample(page))):
            path = out / f"{name}-{scheme}.png"
            path.write_bytes(with_palette(picture))
            if path.stat().st_size > LARGEST:
                raise ValueError(f"{path}: expected at most {LARGEST:,} bytes, got {path.stat().st_size:,}")
            written.append(path)
        page.close()
    return written


def with_palette(picture: bytes) -> bytes:
    """Return a PNG with at most 256 colours."""
    from PIL import Image

    buffer = io.BytesIO()
    colours = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    colours.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _head(page: Any) -> bytes:
    """Return the page from its top, so far as the window is tall."""
    picture: bytes = page.screenshot()
    return picture


def _sample(page: Any) -> bytes:
    """Return the first sample that changed, opened, with its surroundings."""
    page.evaluate("document.querySelector('.top').style.position = 'static'")
    page.keyboard.press("j")
    page.locator("#samples").scroll_into_view_if_needed()
    box = page.locator("#samples").bounding_box()
    top = page.evaluate("window.scrollY") + box["y"]
    clip = {"x": 0, "y": top, "width": WIDTH, "height": min(box["height"], TALLEST)}
    picture: bytes = page.screenshot(full_page=True, clip=clip)
    return picture


def main(report: str = "reports/example/report.html", out: str = "reports/example") -> None:
    """Write the pictures and say how large they are."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for path in shoot(browser, Path(report), Path(out)):
            print(f"{path}  {path.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
