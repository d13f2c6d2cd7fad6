"""A picture of the page in, a file of its own out: the same shapes, with every colour written into them.

A picture of the page takes its colours from the page's stylesheet by class. Here the rules of that stylesheet that are
made for pictures (`svg .class { ... }`) are read, their variables resolved to the light shade, and what they say is
written as attributes, which every viewer, office and LaTeX tool understands. Does not know what a picture shows.
"""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sfteval.report.text import one_line, shortened

SVG = "http://www.w3.org/2000/svg"
STROKES = ("stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap")
ATTRIBUTES = frozenset({"fill", "opacity", "font-size", "font-weight", *STROKES})
FONT = "Helvetica, Arial, sans-serif"
PAPER, TITLE_HEIGHT, MARGIN = "paper", 26, 12
LETTER = 7.6  # how wide a letter of the title is, about

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_VARIABLE = re.compile(r"--([\w-]+):\s*light-dark\(([^,()]+),[^()]*\)")
_RULE = re.compile(r"(?m)^((?:svg [^{},]+)(?:,\s*svg [^{},]+)*)\{([^{}]*)\}")
_USE = re.compile(r"var\(--([\w-]+)\)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What the elements of one name, or with these classes, look like."""

    tag: str  # "": any
    classes: frozenset[str]
    looks: Mapping[str, str]

    def meets(self, element: ElementTree.Element, classes: frozenset[str]) -> bool:
        """Return whether the rule speaks of this element."""
        return (not self.tag or element.tag == self.tag) and self.classes <= classes


def standalone(picture: str, title: str) -> bytes:
    """Return the bytes of an SVG file: the title, below it the picture, on the light shade's paper."""
    return placed([(picture, 0.0, 0.0)], title)


def placed(pictures: Sequence[tuple[str, float, float]], title: str) -> bytes:
    """Return the bytes of an SVG file with pictures at their places (x, y), the title above them."""
    rules, colours = _stylesheet()
    parsed = [(ElementTree.fromstring(_ILLEGAL.sub("", picture)), x, y) for picture, x, y in pictures]
    width = max(x + float(root.get("width", "0")) for root, x, _ in parsed) + 2 * MARGIN
    height = max(y + float(root.get("height", "0")) for root, _, y in parsed) + TITLE_HEIGHT + 2 * MARGIN
    spoken = "; ".join(dict.fromkeys(root.get("aria-label", "") for root, _, _ in parsed))
    out = _root(width, height, f"{title}. {spoken}", colours[PAPER])
    head = ElementTree.SubElement(out, "text", x=_n(MARGIN), y=_n(MARGIN + 14), fill=colours["ink"])
    head.attrib |= {"font-size": "14px", "font-weight": "600"}
    head.text = _legal(title, int((width - 2 * MARGIN) / LETTER))
    for root, x, y in parsed:
        moved = f"translate({_n(x + MARGIN)} {_n(y + TITLE_HEIGHT + MARGIN)})"
        group = ElementTree.SubElement(out, "g", transform=moved)
        group.extend(list(root))
        _dress(group, rules)
    content: bytes = ElementTree.tostring(out, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _root(width: float, height: float, label: str, paper: str) -> ElementTree.Element:
    sizes = {"width": _n(width), "height": _n(height), "viewBox": f"0 0 {_n(width)} {_n(height)}"}
    told = {"role": "img", "aria-label": _legal(label, 2_000), "font-family": FONT}
    root = ElementTree.Element("svg", {"xmlns": SVG, **sizes, **told})
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill=paper)
    return root


def _dress(group: ElementTree.Element, rules: Sequence[Rule]) -> None:
    """Write what the rules say into each element, and take its classes away."""
    for element in group.iter():
        classes = frozenset(element.attrib.pop("class", "").split())
        for rule in rules:
            if rule.meets(element, classes):
                element.attrib |= rule.looks


@cache
def _stylesheet() -> tuple[tuple[Rule, ...], Mapping[str, str]]:
    """Return the rules for pictures, those that say less first, and the light shade's colours."""
    style = resources.files("sfteval.report.html").joinpath("style.css").read_text(encoding="utf-8")
    style = _COMMENT.sub("", style)
    colours = {name: colour.strip() for name, colour in _VARIABLE.findall(style)}
    rules = [
        _rule(selector, _looks(body, colours))
        for selectors, body in _RULE.findall(style)
        for selector in selectors.split(",")
    ]
    return tuple(sorted(rules, key=lambda rule: (len(rule.classes), bool(rule.tag)))), colours


def _rule(selector: str, looks: Mapping[str, str]) -> Rule:
    tag, *classes = selector.strip().removeprefix("svg ").strip().split(".")
    return Rule(tag, frozenset(classes), looks)


def _looks(body: str, colours: Mapping[str, str]) -> dict[str, str]:
    pairs = (declaration.partition(":") for declaration in body.split(";"))
    return {
        name.strip(): _USE.sub(lambda found: colours.get(found[1], "#000000"), value.strip())
        for name, _, value in pairs
        if name.strip() in ATTRIBUTES
    }


def _legal(text: str, longest: int) -> str:
    """Return the text as one line that XML can hold, its end cut off where it is too long."""
    text = _ILLEGAL.sub("", one_line(shortened(text, 4 * longest)))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _n(value: float) -> str:
    return f"{round(value, 2):g}"
