"""A Comparison in, `report.html` out: one file that opens offline, asks for nothing and runs only its own script.

The page is templates (one a section), a stylesheet and a script (package data), pictures as SVG made here, and the
samples as one JSON block that the script shows as text nodes. The security policy allows the script and the style by
their hash. The bytes depend on the comparison only.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

from sfteval.report.html.browser import embedded
from sfteval.report.html.sections import page
from sfteval.report.text import utf8
from sfteval.types import Comparison


def render_html(comparison: Comparison) -> bytes:
    """Return the bytes of `report.html`."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_section),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(_shipped("page.html.jinja"))
    style, script = _shipped("style.css"), _shipped("script.js")
    samples = embedded(comparison)
    html = template.render(
        page=page(comparison),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=Markup(samples.data),
        encoding=samples.encoding,
    )
    return utf8(html + "\n")


def _section(name: str) -> str:
    return _shipped(f"templates/{name}")


@cache
def _shipped(name: str) -> str:
    return resources.files("sfteval.report.html").joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(content: str) -> str:
    """Return the content's hash as a security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
