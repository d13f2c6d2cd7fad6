"""Names, sentences and model text in, pieces of Markdown out that read the same and do nothing.

Escapes markup, links and mentions; model text stands in fences that it cannot close. Does not know what is reported.
"""

import html
import re
from collections.abc import Iterable, Sequence

from sfteval.report.text import ZERO_WIDTH, one_line, shortened, visible

MOST_ROWS = 40
LONGEST_EXCERPT = (600, 300)  # head, tail

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~$&]")  # & too: GitHub looks for mentions after &commat; has become a sign
_MENTION = re.compile(r"[@#]|:(?=//)|(?<=www)\.|\b(?i:gh)(?=-\d)")


def escaped(text: str) -> str:
    """Return a name as Markdown that reads the same and does nothing: no markup, link or mention."""
    text = _SPECIAL.sub(r"\\\g<0>", one_line(shortened(text, 200)))
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", text)


def escaped_sentence(text: str) -> str:
    """Return a sentence of ours, which may hold names, as harmless Markdown."""
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", _SPECIAL.sub(r"\\\g<0>", one_line(shortened(text, 1_000))))


def fenced(text: str) -> str:
    """Return model text in a code fence longer than any run of backticks within it."""
    text = visible(shortened(text, *LONGEST_EXCERPT))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def html_name(name: str) -> str:
    """Return a name inside an HTML element, where Markdown's escapes do not count."""
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", html.escape(one_line(shortened(name, 200))).replace("`", "&#96;"))


def table(head: Iterable[str], align: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table; `align` has an l or an r for each column, cells are Markdown already."""
    rule = ("---:" if side == "r" else ":---" for side in align)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def folded(
    title: str,
    task: str,
    head: Sequence[str],
    align: str,
    rows: Sequence[tuple[str, ...]],
) -> str:
    """Return a folded table; rows beyond `MOST_ROWS` are left to the page."""
    rendered = table(head, align, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        rendered += f"\n\n*{len(rows) - MOST_ROWS} more rows in report.html.*"
    return f"<details><summary>{title}: {html_name(task)}</summary>\n\n{rendered}\n\n</details>"
