"""Rows as a model learns them, and what their dataset looks like, as one HTML file that opens offline.

It asks for nothing and runs nothing: a security policy allows its own stylesheet by hash and no script at all. Text of
the data is escaped and spelled out where it could steer the page. The same rows give the same bytes.
"""

import base64
import hashlib
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from sfteval.chat import ChatFormat
from sfteval.identity import write_atomically
from sfteval.progress import silent_progress
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.config import CanarySettings, Recipe
from sfttrain.overview import ArmOverview, bin_end, bin_names, filled_bins, overview_of
from sfttrain.prepare import Material, prepare, render_row
from sfttrain.tokens import ROLES, Role, Token, harmless, tokens_of
from sfttrain.types import Arm, Example

CLASSES: dict[Role, str] = {"system": "s", "user": "u", "assistant": "a", "thought": "t", "tool": "o", "template": "m"}
LEARNED, SAID_ONLY = "l", "e"
MOST_TOKENS = 20_000  # of one sequence that are shown
CHART = (1152, 190)  # width and height of the bars, in pixels
WIDEST_BAR = 54
DIGIT = 7  # width of a figure
MOST_LABELS = 18
BAR = 180
FIRST_ROWS = 8


@dataclass(frozen=True, slots=True)
class View:
    """One row as one arm learns it."""

    arm: Arm
    examples: tuple[Example, ...]
    messages: tuple[Message, ...] = ()  # as the arm sees them; without, no role is told apart


@dataclass(frozen=True, slots=True)
class PageRow:
    """One conversation, seen by one arm or by both."""

    id: str
    views: tuple[View, ...]


def render_page(
    rows: Sequence[PageRow], chat: ChatFormat, overview: Sequence[ArmOverview] = (), *, title: str, about: str = ""
) -> str:
    """Return the page: the overview of the dataset, where there is one, then the rows, token by token."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    body = [
        f"<h1>{_text(title)}</h1>",
        f'<p class="about">{_text(about)}</p>' if about else "",
        _legend(),
        *(_row(row, chat) for row in rows),
        _overview(overview) if overview else "",
    ]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>",
            *filter(None, body),
            "</main>\n</body>\n</html>\n",
        ]
    )


def write_page(path: Path, recipe: Recipe, row: str | None) -> None:
    """Write the page of a recipe's data: a row, or the first few, as both arms learn them, and all rows in figures."""
    recipe = replace(recipe, canaries=CanarySettings())  # they are planted, and never shown
    material = prepare(recipe, tuple(Arm), silent_progress())
    if row is None:
        rows = [_first(material, place) for place in range(min(len(material.conversations), FIRST_ROWS))]
    else:
        found = {arm: render_row(recipe, arm, row) for arm in Arm}
        views = tuple(View(arm, examples, messages) for arm, (_, examples, _, messages) in found.items())
        rows = [PageRow(found[Arm.THINK][0], views)]
    page = render_page(
        rows,
        material.chat,
        overview_of(material.examples, recipe.batch.max_tokens, recipe.seed),
        title="What is learned",
        about=", ".join(Path(source.report.path).name for source in material.sources),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page)


def _first(material: Material, place: int) -> PageRow:
    one = material.conversations[place]
    views = (View(arm, groups[place], shown_to(arm, one).messages) for arm, groups in material.examples.items())
    return PageRow(one.id, tuple(views))


@cache
def _style() -> str:
    return resources.files("sfttrain").joinpath("page.css").read_text(encoding="utf-8").replace("\r\n", "\n")


def _text(text: str) -> str:
    return html.escape(harmless(text))


def _legend() -> str:
    roles = (f'<span class="{CLASSES[role]}">{role}</span>' for role in ROLES)
    learned = f'<span class="{CLASSES["assistant"]} {LEARNED}">learned</span><span>all else is read only</span>'
    return f'<div class="legend">{"".join(roles)}{learned}</div>'


def _row(row: PageRow, chat: ChatFormat) -> str:
    views = "\n".join(_view(view, chat) for view in row.views)
    return f'<section>\n<h2>Row {_text(row.id)}</h2>\n<div class="views">\n{views}\n</div>\n</section>'


def _view(view: View, chat: ChatFormat) -> str:
    parts = []
    for number, example in enumerate(view.examples, 1):
        of = f", example {number} of {len(view.examples)}" if len(view.examples) > 1 else ""
        counted = f"{example.num_supervised:,} of {example.num_tokens:,} positions learned"
        parts.append(f"<h3>{_text(view.arm)}{of} <span>{counted}</span></h3>\n{_sequence(example, chat, view)}")
    return '<div class="view">\n' + "\n".join(parts) + "\n</div>"


def _sequence(example: Example, chat: ChatFormat, view: View) -> str:
    tokens = tokens_of(example, chat, view.messages)
    left_out = len(tokens) - MOST_TOKENS
    more = f'\n<span class="m">... {left_out:,} more tokens</span>' if left_out > 0 else ""
    return f'<div class="sequence">{"".join(map(_token, tokens[:MOST_TOKENS]))}{more}</div>'


def _token(token: Token) -> str:
    """Return one token as it stands, told by its hover text: id, position, and of which position it is the target."""
    words = f"token {token.token_id} at position {token.position}"
    if token.learned:
        words = f"token {token.token_id}, target of position {token.position - 1}"
    if not token.read:
        words += "; the text goes on without it"
    kinds = [CLASSES[token.role], *([LEARNED] if token.learned else []), *([SAID_ONLY] if not token.read else [])]
    shown = _text(token.text).replace("\n", '<i class="end">⏎</i>\n')
    return f'<span class="{" ".join(kinds)}" title="{words}">{shown}</span>'


def _overview(arms: Sequence[ArmOverview]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row"><i class="key {one.arm}"></i>{one.arm}</th>'
        + "".join(
            f'<td class="num">{cell}</td>'
            for cell in (
                f"{one.num_conversations:,}",
                f"{one.examples_per_conversation:.2f}",
                f"{one.num_tokens:,}",
                f"{one.supervised_share:.1%}",
                f"{one.longest_tokens:,}",
            )
        )
        + "</tr>"
        for one in arms
    )
    columns = ("conversations", "examples of each", "tokens", "learned", "longest")
    head = "".join(f'<th scope="col" class="num">{name}</th>' for name in columns)
    return (
        '<section>\n<h2>The whole dataset</h2>\n<figure><table><thead><tr><th scope="col">arm</th>'
        f"{head}</tr></thead>\n<tbody>{rows}</tbody></table></figure>\n</section>\n"
        f"<section>\n<h2>How long the examples are</h2>\n{_histogram(arms)}\n"
        '<p class="note">Examples by their number of tokens.</p>\n</section>\n'
        f"<section>\n<h2>What each way of batching computes</h2>\n{_ways(arms)}\n"
        '<p class="note">Positions that the model computes for each real token, over one epoch. Blocks waste nothing '
        "either, but cut examples: what follows the cut is learned without its prompt.</p>\n</section>"
    )


def _histogram(arms: Sequence[ArmOverview]) -> str:
    width, height = CHART
    bins, names = filled_bins(arms), bin_names(len(arms[0].bins))
    most = max((count for one in arms for count in one.bins), default=0) or 1
    step = width / max(len(bins), 1)
    bar = min(step * 0.8 / len(arms), WIDEST_BAR)
    shapes = [f'<line x1="0" y1="{height}" x2="{width}" y2="{height}" class="axis"/>']
    for place, number in enumerate(bins):
        middle = step * (place + 0.5)
        if len(bins) <= MOST_LABELS or place % 2:
            label = f"≤ {bin_end(number):,}"
            shapes.append(f'<text x="{middle:.1f}" y="{height + 18}" text-anchor="middle">{label}</text>')
        for side, one in enumerate(arms):
            left, count = middle + (side - len(arms) / 2) * bar, one.bins[number]
            words = f"{one.arm}: {count:,} of {names[number]} tokens"
            shapes.append(_bar(left, bar, count / most, f"{count:,}", words, str(one.arm)) if count else "")
    label = "Histogram of the lengths of examples"
    size = f'viewBox="0 -18 {width} {height + 42}" width="{width}" height="{height + 42}"'
    return f'<figure><svg {size} role="img" aria-label="{label}">{"".join(shapes)}</svg></figure>'


def _bar(left: float, width: float, share: float, count: str, words: str, arm: str) -> str:
    """Return one bar with its count above, where that fits, and its words to hover over."""
    height = CHART[1]
    tall = max(share * (height - 14), 1.5)
    number = f'<text x="{left + width / 2:.1f}" y="{height - tall - 5:.1f}" text-anchor="middle">{count}</text>'
    return (
        f'<rect x="{left + 1:.1f}" y="{height - tall:.1f}" width="{width - 2:.1f}" height="{tall:.1f}" rx="2" '
        f'class="{arm}"><title>{words}</title></rect>{number if len(count) * DIGIT <= width else ""}'
    )


def _ways(arms: Sequence[ArmOverview]) -> str:
    most = max((way.factor for one in arms for way in one.ways), default=1.0)
    head = "".join(f'<th scope="col" class="num">{one.arm}</th><th class="cost"></th>' for one in arms)
    rows = []
    for place, way in enumerate(arms[0].ways):
        cells = "".join(_way(one, place, most) for one in arms)
        rows.append(f'<tr{" class=best" if not place else ""}><th scope="row">{_text(way.name)}</th>{cells}</tr>')
    body = f'<thead><tr><th scope="col"></th>{head}</tr></thead>\n<tbody>{"".join(rows)}</tbody>'
    return f"<figure><table>{body}</table></figure>"


def _way(one: ArmOverview, place: int, most: float) -> str:
    way = one.ways[place]
    cut = f' <span class="cut">{way.num_cut:,} cut</span>' if way.num_cut else ""
    bars = "".join(_pieces(way.factor / most * BAR, BAR / most, str(one.arm)))
    picture = f'<svg viewBox="0 0 {BAR} 12" width="{BAR}" height="12" aria-hidden="true">{bars}</svg>'
    return f'<td class="num">{way.factor:.2f}</td><td class="cost">{picture}{cut}</td>'


def _pieces(whole: float, real: float, arm: str) -> Iterator[str]:
    """Yield the bar of the real tokens, and behind it, pale, that of what is computed beside them."""
    yield f'<rect x="0" y="1" width="{whole:.1f}" height="10" rx="2" class="{arm}" fill-opacity="0.35"/>'
    yield f'<rect x="0" y="1" width="{min(real, whole):.1f}" height="10" rx="2" class="{arm}"/>'
