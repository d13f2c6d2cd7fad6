"""A Comparison of two recipes in, the figures of every seed of training as table cells out; empty for any other.

Does not know how the seeds came into the interval: the headline says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.report.text import number, one_line
from sfteval.types import Comparison

HEAD = ("Means by seed of training", "A", "B")


def seeds_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the names of the seeds, then a row for each metric: its means, in the order of the names."""
    record = comparison.reproduce.get("seeds")
    if not isinstance(record, Mapping):
        return []
    sides = [[str(seed.get("name", "")) for seed in _mappings(record.get(side))] for side in ("baseline", "candidate")]
    rows = [("", *(", ".join(map(one_line, names)) for names in sides))]
    for row in _mappings(record.get("metrics")):
        name = one_line(f"{row.get('task', '')} {row.get('metric', '')}")
        rows.append((name, _means(row.get("baseline")), _means(row.get("candidate"))))
    return [(name, a, b) for name, a, b in rows]


def seeds_table(comparison: Comparison) -> list[str]:
    """Return the same as lines for the terminal, each column as wide as it must be."""
    rows = seeds_rows(comparison)
    if not rows:
        return []
    cells = [HEAD, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _means(values: Any) -> str:
    known = [value for value in values if isinstance(value, int | float)] if isinstance(values, Sequence) else []
    return ", ".join(number(float(value)) for value in known)


def _mappings(values: Any) -> list[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, Sequence) else []
