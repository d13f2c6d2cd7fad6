"""What a comparison says of its sides' chat formats: what differs, and whether a side was not asked as it was trained.

Comparison in, rows, sentences and the mark of drifted numbers out. A stored report may hold anything under these keys:
what is no row is left out. Does not render, and does not judge whether a difference matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.report.text import one_line, shortened
from sfteval.types import Comparison

SIDES = {"baseline": "A", "candidate": "B"}
MARK = "\N{DAGGER}"  # on every number of a comparison in which a side drifted
UNKNOWN = "unknown"
LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One thing that both sides have, as text; `same` is None where a side is not known."""

    what: str
    baseline: str
    candidate: str
    same: bool | None


def contract_rows(comparison: Comparison) -> list[ContractRow]:
    """Return the table of the two chat formats; empty where nobody looked."""
    rows = comparison.reproduce.get("contract")
    found = rows if isinstance(rows, list | tuple) else ()
    return [_row(row) for row in found if isinstance(row, Mapping)]


def contract_sentence(comparison: Comparison) -> str:
    """Return in one sentence what differs between the chat formats; empty where nothing is known."""
    rows = contract_rows(comparison)
    different = [row.what for row in rows if row.same is False]
    if different:
        return f"The chat formats differ in: {', '.join(different)}."
    if not any(row.same for row in rows):
        return ""
    unknown = ", as far as both are known" if any(row.same is None for row in rows) else ""
    return f"Both sides have the same chat format{unknown}: template, tokenizer, stop tokens and generation config."


def differing_table(comparison: Comparison) -> list[ContractRow]:
    """Return the whole table where anything in it differs, nothing where the sentence says it all."""
    rows = contract_rows(comparison)
    return rows if any(row.same is False for row in rows) else []


def drifted_sides(comparison: Comparison) -> tuple[str, ...]:
    """Return which sides were asked with another format than their contract's: baseline, candidate."""
    named = comparison.reproduce.get("drift")
    return tuple(side for side in SIDES if isinstance(named, list | tuple) and side in named)


def drift_mark(comparison: Comparison) -> str:
    """Return what stands behind every metric's name where a side drifted, else nothing."""
    return MARK if drifted_sides(comparison) else ""


def drift_legend(comparison: Comparison) -> str:
    """Return what the mark means, or nothing where there is none."""
    sides = [SIDES[side] for side in drifted_sides(comparison)]
    were = "were" if len(sides) > 1 else "was"
    return f"{MARK} template drift: {' and '.join(sides)} {were} not asked as trained" if sides else ""


def _row(row: Mapping[str, Any]) -> ContractRow:
    same = row.get("same")
    return ContractRow(
        _cell(row.get("what")),
        _cell(row.get("baseline")),
        _cell(row.get("candidate")),
        same if isinstance(same, bool) else None,
    )


def _cell(value: Any) -> str:
    return UNKNOWN if value is None else one_line(shortened(str(value), LONGEST_CELL))
