"""A Comparison in, `results.csv` out: the scoreboard for spreadsheets, one row per metric with everything known of it.

The columns are those of `metrics` in `results.json`, in the order of `MetricComparison`, and `drift`. A cell that is
empty has no number; no text cell is a formula.
"""

from dataclasses import fields

from sfteval.report.contract import drifted_sides
from sfteval.report.plain import plain
from sfteval.report.text import one_line, shortened, utf8
from sfteval.tracking import Table
from sfteval.tracking.experiment import Scalar
from sfteval.types import Comparison, MetricComparison

COLUMNS = (*(field.name for field in fields(MetricComparison)), "drift")
LONGEST_CELL = 500


def render_results_csv(comparison: Comparison) -> bytes:
    """Return the bytes of `results.csv`."""
    drift = bool(drifted_sides(comparison))
    rows = [[*map(_cell, plain(metric).values()), _cell(drift)] for metric in comparison.metrics]
    return utf8(Table(COLUMNS, rows).as_csv())


def _cell(value: Scalar) -> Scalar:
    """Return true and false as JSON writes them, and text as one line."""
    if isinstance(value, bool):
        return str(value).lower()
    return one_line(shortened(value, LONGEST_CELL)) if isinstance(value, str) else value
