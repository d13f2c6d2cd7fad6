"""Measured rates in, two small pictures out: what the gate says at every true loss, and a badge for a README.

SVG without script, the same bytes for the same rates. Knows no file.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from sfteval.replays.rates import Rates
from sfteval.types import Verdict

WIDTH, HEIGHT = 560, 300
LEFT, TOP, RIGHT, BOTTOM = 56, 40, 130, 44
SHOWN = ((Verdict.PASS, "pass"), (Verdict.INCONCLUSIVE, "inconclusive"), (Verdict.REGRESS, "regress"))
STYLE = """\
svg { font: 12px system-ui, sans-serif; --ground: #ffffff; --ink: #1d2530; --quiet: #5b6675; --rule: #e3e7ec;
  --pass: #0f8a6c; --inconclusive: #8a6d00; --regress: #c2410c }
@media (prefers-color-scheme: dark) { svg { --ground: #14181e; --ink: #e8ecf1; --quiet: #9aa6b4; --rule: #2b323b;
  --pass: #4fd1ad; --inconclusive: #e0b94a; --regress: #ff9b5e } }
rect { fill: var(--ground) } text { fill: var(--quiet) } .title { fill: var(--ink); font-weight: 600 }
line { stroke: var(--rule) } polyline { fill: none; stroke-width: 2 }
.pass { stroke: var(--pass) } .inconclusive { stroke: var(--inconclusive); stroke-dasharray: 6 3 }
.regress { stroke: var(--regress); stroke-dasharray: 2 3 }"""


def curve(rates: Sequence[Rates]) -> str:
    """Return the picture of each verdict's share over the true loss, which starts at 0."""
    widest = max((rate.drop for rate in rates), default=0.0) or 1.0
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(drop: float, share: float) -> tuple[float, float]:
        return LEFT + inner_width * drop / widest, TOP + inner_height * (1.0 - share)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}"/>']
    parts.append(f'<text class="title" x="{LEFT}" y="22">What the gate says, by what was truly lost</text>')
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = place(0.0, share)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x + inner_width:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for rate in rates:
        x, y = place(rate.drop, 0.0)
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{rate.drop:.3g}</text>')
    for height, (verdict, name) in zip(_apart([rates[-1].share(v) for v, _ in SHOWN]), SHOWN, strict=True):
        points = " ".join("{:.1f},{:.1f}".format(*place(rate.drop, rate.share(verdict))) for rate in rates)
        parts.append(f'<polyline class="{name}" points="{points}"/>')
        x, y = place(widest, height)
        parts.append(f'<line class="{name}" x1="{x + 8:.1f}" y1="{y:.1f}" x2="{x + 28:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{x + 34:.1f}" y="{y + 4:.1f}">{name}</text>')
    parts.append(f'<text x="{LEFT + inner_width / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">true loss</text>')
    return _svg(WIDTH, HEIGHT, "Share of each verdict by the true loss", parts)


def badge(null: Rates) -> str:
    """Return the badge: how often this gate calls a regression where there is none."""
    found = null.interval(Verdict.REGRESS)
    words = f"cries wolf {null.share(Verdict.REGRESS):.1%} [{found.low:.1%}, {found.high:.1%}]"
    left, right = 84, 8 + 7 * len(words)
    width = left + right
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{words}">',
            f'<rect width="{left}" height="20" fill="#444c56"/>',
            f'<rect x="{left}" width="{right}" height="20" fill="#0f6f57"/>',
            '<g fill="#ffffff" font-family="system-ui, sans-serif" font-size="12" text-anchor="middle">',
            f'<text x="{left / 2:.0f}" y="14">sfteval gate</text>',
            f'<text x="{left + right / 2:.0f}" y="14">{words}</text>',
            "</g>",
            "</svg>",
            "",
        ]
    )


def _apart(shares: Sequence[float], gap: float = 0.09) -> list[float]:
    """Return the heights of the labels, moved apart where two would lie on each other."""
    heights = list(shares)
    order = sorted(range(len(shares)), key=lambda place: shares[place])
    for lower, upper in pairwise(order):
        heights[upper] = max(heights[upper], heights[lower] + gap)
    return heights


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [f'{head} role="img" aria-label="{escape(label)}">', f"<style>{STYLE}</style>", *parts, "</svg>", ""]
    )
