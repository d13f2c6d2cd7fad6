"""A Comparison in, `flips.csv` out: one row per sample and metric whose value changed, for spreadsheets.

Text cells cannot be formulas, hold one line and at most `LONGEST_CELL` characters; the full text is in
`samples.jsonl.gz`.
"""

from collections.abc import Iterator

from sfteval.report.text import one_line, shortened, utf8
from sfteval.tracking import Table
from sfteval.types import Comparison, Pair

COLUMNS = (
    "task",
    "sample_id",
    "sample_index",
    "metric",
    "change",
    "baseline",
    "candidate",
    "baseline_outcome",
    "candidate_outcome",
    "prompt",
    "baseline_answer",
    "candidate_answer",
)
LONGEST_CELL = 500


def flips(comparison: Comparison) -> Table:
    """Return every change of a metric on a sample."""
    return Table(COLUMNS, [row for pair in comparison.pairs for row in _rows(pair)])


def render_flips(comparison: Comparison) -> bytes:
    """Return the bytes of `flips.csv`."""
    return utf8(flips(comparison).as_csv())


def _rows(pair: Pair) -> Iterator[tuple[str | int | float, ...]]:
    for metric in sorted(pair.baseline.metrics):
        before, after = pair.baseline.metrics[metric], pair.candidate.metrics.get(metric)
        if before is None or after is None or before == after:
            continue
        yield (
            _cell(pair.task),
            _cell(pair.sample.id),
            pair.sample_index,
            _cell(metric),
            "improved" if after > before else "regressed",
            before,
            after,
            pair.baseline.outcome.value,
            pair.candidate.outcome.value,
            _cell(pair.sample.prompt),
            _cell(pair.baseline_reading.answer),
            _cell(pair.candidate_reading.answer),
        )


def _cell(text: str) -> str:
    return one_line(shortened(text, LONGEST_CELL))
