"""The scores of one task on disk: written as they come, read one at a time. Replaced whole or not at all."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sfteval.store.records import read_records, write_records
from sfteval.store.rows import read_score, score_line
from sfteval.types import Score


def write_scores(path: Path, scores: Iterable[Score]) -> Sequence[Score]:
    """Replace a file of scores and return them as they are read back.

    Raises: OSError when the disk refuses; the old file then stands.
    """
    return write_records(path, map(score_line, scores), read_score)


def read_scores(path: Path) -> Sequence[Score]:
    """Return the scores of a file in the order of its lines; a line that holds none is passed over."""
    return read_records(path, read_score)
