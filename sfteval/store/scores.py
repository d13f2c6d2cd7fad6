"""The scores of one task on disk: written as they come, read one at a time. Replaced whole or not at all."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sfteval.store.lines import LineReader, Place, placed_lines
from sfteval.store.rows import read_score, score_line
from sfteval.store.views import LazySequence
from sfteval.types import Score


def write_scores(path: Path, scores: Iterable[Score]) -> Sequence[Score]:
    """Replace a file of scores and return them as they are read back.

    Raises: OSError when the disk refuses; the old file then stands.
    """
    places: list[Place] = []
    start = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            for score in scores:
                line = score_line(score)
                places.append(Place(start, file.write(line)))
                start += len(line)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return _stored(path, places)


def read_scores(path: Path) -> Sequence[Score]:
    """Return the scores of a file in the order of its lines; a line that holds none is passed over."""
    return _stored(path, [place for place, line in placed_lines(path) if read_score(line) is not None])


def _stored(path: Path, places: Sequence[Place]) -> Sequence[Score]:
    if not places:
        return ()
    reader = LineReader(path)

    def score(position: int) -> Score:
        found = read_score(reader.read(places[position]))
        assert found is not None, "a reader's file does not change"
        return found

    return LazySequence(len(places), score)
