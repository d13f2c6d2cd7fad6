"""What one tracked experiment holds, before any tracker sees it.

A frozen record in plain values. Numbers that are missing or not finite are dropped here, and counted in `others`, so
that no tracker stores the word NaN; secrets are hidden here, whoever made the record. Does not know Comet.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.tracking.redaction import redacted

Scalar = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under stable column names."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Scalar]]

    def as_csv(self) -> str:
        """Return the table as CSV in which no cell can be a formula."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([formula_safe(cell) for cell in row] for row in self.rows)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: numbers, settings, labels, tables and files."""

    name: str
    tags: tuple[str, ...] = ()
    project: str = "sfteval"
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    series: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)  # (step, value), e.g. a loss curve
    parameters: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Scalar] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)  # file name -> table
    assets: tuple[Path, ...] = ()
    html: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what a tracker may store: finite numbers, no secrets."""
        metrics = {name: value for name, value in self.metrics.items() if _finite(value)}
        skipped = sorted(set(self.metrics) - set(metrics))
        lost = [path.name for path in self.assets if not path.is_file()]
        notes = {"metrics_without_a_value": ", ".join(skipped), "assets_not_found": ", ".join(lost)}
        others = dict(self.others) | {name: note for name, note in notes.items() if note}
        return {
            "name": redacted(self.name),
            "tags": [redacted(tag) for tag in self.tags],
            "project": self.project,
            "metrics": metrics,
            "series": {name: [point for point in points if _finite(point[1])] for name, points in self.series.items()},
            "parameters": redacted(self.parameters),
            "others": redacted({name: value for name, value in others.items() if value is not None}),
            "tables": {name: table.as_csv() for name, table in self.tables.items()},
            "assets": [str(path.resolve()) for path in self.assets if path.is_file()],
            "html": self.html,
        }


def formula_safe(cell: Scalar) -> Scalar:
    """Return the cell with a leading apostrophe where a spreadsheet would run its text as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
