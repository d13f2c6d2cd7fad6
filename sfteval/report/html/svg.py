"""The few shapes that the pictures are made of: lines, rectangles, texts and the marks of the two sides.

Colours are classes of the stylesheet (`a` is the baseline, blue; `b` the candidate, orange), and A is a circle where B
is a square, so that no picture depends on colour. Text is escaped by Markup. Knows no numbers but places.
"""

from collections.abc import Iterable

from markupsafe import Markup

from sfteval.report.text import one_line


def svg(body: Markup | str, width: float, height: float, label: str, kind: str) -> Markup:
    """Return a picture that scales down with the page and reads as one sentence aloud."""
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(kind, width, height, width, height, label, body)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a line of the given class."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(x1, y1, x2, y2, kind)


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """Return a rectangle of the given class."""
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>').format(
        round(x, 2), round(y, 2), round(max(width, 0), 2), round(height, 2), kind
    )


def text(x: float, y: float, content: str, kind: str, anchor: str = "middle") -> Markup:
    """Return a piece of text of the given class."""
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>').format(
        round(x, 2), round(y, 2), kind, anchor, content
    )


def mark(x: float, y: float, side: str, title: str = "", size: float = 4.5) -> Markup:
    """Return a side's mark: a circle for A, a square for B."""
    hover = Markup("<title>{}</title>").format(title) if title else Markup("")
    if side == "a":
        return Markup('<circle cx="{}" cy="{}" r="{}" class="mark a">{}</circle>').format(x, y, size, hover)
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="mark b">{}</rect>').format(
        round(x - size + 0.3, 2), round(y - size + 0.3, 2), 2 * size - 0.6, 2 * size - 0.6, hover
    )


def shortened_name(name: str, longest: int = 13) -> str:
    """Return a name that fits beside a mark."""
    name = one_line(name)
    return name if len(name) <= longest else name[: longest - 1] + "…"


def polyline(points: Iterable[tuple[float, float]], kind: str) -> Markup:
    """Return a line through the points."""
    places = " ".join(f"{x},{y}" for x, y in points)
    return Markup('<polyline points="{}" class="{}"/>').format(places, kind)


def apart(first: float, second: float, least: float = 17) -> tuple[float, float]:
    """Return two heights moved apart until their labels do not touch."""
    missing = least - abs(first - second)
    if missing <= 0:
        return first, second
    up, down = (-missing / 2, missing / 2) if first < second else (missing / 2, -missing / 2)
    return first + up, second + down
