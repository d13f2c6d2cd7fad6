"""The probes of a Comparison in, their pieces of `summary.md` out: a table, grave sentences, dirty prompts.

Names and sentences are escaped. Does not know what stands around them, or how long a summary may be.
"""

from collections.abc import Iterator

from sfteval.report.markup import MOST_ROWS, escaped, escaped_sentence, table
from sfteval.report.probed import (
    CONTAMINATED_HEAD,
    Probed,
    contaminated_rows,
    difference_words,
    finding_words,
    grave_lines,
    probed,
    skipped_lines,
)
from sfteval.report.text import typeset, typeset_signs
from sfteval.types import Comparison

MARKS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "invalid": "⛔", "inconclusive": "❔", "skipped": "–"}
HEAD = ("Probe", "A", "B", "B − A [95 %]", "Says")


def probe_sections(comparison: Comparison) -> Iterator[str]:
    """Yield the pieces in their order; those without content are empty."""
    rows = [row for one in probed(comparison) if not one.is_skipped for row in _rows(one)]
    yield table(HEAD, "lllrl", rows[:MOST_ROWS]) if rows else ""
    yield _folded("What the probes warn of", grave_lines(comparison))
    yield _contaminated(comparison)
    yield _folded("Probes that were skipped", skipped_lines(comparison))


def _rows(one: Probed) -> Iterator[tuple[str, ...]]:
    """Yield a row for each measure that was compared; the verdicts stand in the first."""
    verdicts = [_verdict(one, letter) for letter in ("A", "B")]
    alone = _verdict(one, "")
    if not one.differences:
        yield (escaped(one.name), *verdicts, "", alone or "not compared")
    for place, difference in enumerate(one.differences):
        said = escaped_sentence(finding_words(difference))
        shown = typeset(difference_words(difference))
        yield (escaped(one.name), *verdicts, shown, said) if not place else ("", "", "", shown, said)


def _verdict(one: Probed, letter: str) -> str:
    side = one.side(letter)
    return "" if side is None else f"{MARKS[side.verdict]} {side.verdict}"


def _contaminated(comparison: Comparison) -> str:
    rows = [
        (escaped(name), *cells, typeset(difference), num)
        for name, *cells, difference, num in contaminated_rows(comparison)
    ]
    return table(CONTAMINATED_HEAD, "llrrrr", rows[:MOST_ROWS]) if rows else ""


def _folded(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    listed = "\n".join(f"- {escaped_sentence(typeset_signs(line))}" for line in lines[:MOST_ROWS])
    return f"<details><summary>{title} ({len(lines)})</summary>\n\n{listed}\n\n</details>"
