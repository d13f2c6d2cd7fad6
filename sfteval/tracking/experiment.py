"""What one tracked experiment holds, before any tracker sees it.

A frozen record in plain values. Numbers that are missing or not finite are dropped here, and named in `others`, so
that no tracker stores the word NaN; secrets are hidden here, whoever made the record. Does not know Comet.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.tracking.redaction import redacted, without_keys

Scalar = str | float | int | bool | None
LARGEST_ASSET_BYTES = 200 * 2**20  # what Comet takes as delivered; its server may allow less


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under stable column names."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Scalar]]

    def as_csv(self) -> str:
        """Return the table as CSV in which no cell is a formula, a key or the word NaN."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_cell(cell) for cell in row] for row in self.rows)
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
    assets: Mapping[str, Path] = field(default_factory=dict)  # name in the experiment -> file
    html: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what a tracker may store: finite numbers, no secrets."""
        metrics = {name: value for name, value in self.metrics.items() if _is_finite(value)}
        assets = {name: path.resolve() for name, path in self.assets.items() if path.is_file()}
        large = sorted(name for name, path in assets.items() if path.stat().st_size > LARGEST_ASSET_BYTES)
        notes = {
            "metrics_without_a_value": ", ".join(sorted(set(self.metrics) - set(metrics))),
            "assets_not_found": ", ".join(sorted(set(self.assets) - set(assets))),
            "assets_too_large": ", ".join(large),
        }
        others = dict(self.others) | {name: note for name, note in notes.items() if note}
        return {
            "name": redacted(self.name),
            "tags": [redacted(tag) for tag in self.tags],
            "project": self.project,
            "metrics": metrics,
            "series": {
                name: [point for point in points if _is_finite(point[1])] for name, points in self.series.items()
            },
            "parameters": _finite(redacted(self.parameters)),
            "others": redacted({name: value for name, value in _finite(others).items() if value is not None}),
            "tables": {name: table.as_csv() for name, table in self.tables.items()},
            "assets": {name: str(path) for name, path in assets.items() if name not in large},
            "html": without_keys(self.html),
        }


def formula_safe(cell: Scalar) -> Scalar:
    """Return the cell with a leading apostrophe where a spreadsheet would run its text as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _cell(cell: Scalar) -> Scalar:
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return formula_safe(redacted(cell))


def _is_finite(value: object) -> bool:
    """Return whether a tracker may store this as a number; words and mappings are none, whatever Comet takes."""
    return isinstance(value, int | float) and -math.inf < value < math.inf


def _finite(value: Any) -> Any:
    """Return JSON in which a number that is none is null."""
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
