"""The conversations of one task on disk: written when the last has ended, read one at a time.

Replaced whole or not at all. Does not know how a conversation goes on, or what it is worth.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sfteval.store.lines import LineReader, Place, placed_lines
from sfteval.store.rows import read_row
from sfteval.store.views import LazySequence
from sfteval.types import Trajectory


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> Sequence[Trajectory]:
    """Replace a file of trajectories and return them as they are read back.

    Raises: OSError when the disk refuses; the old file then stands.
    """
    places: list[Place] = []
    start = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            for trajectory in trajectories:
                line = json.dumps(trajectory.as_dict(), sort_keys=True).encode("ascii") + b"\n"
                places.append(Place(start, file.write(line)))
                start += len(line)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return _stored(path, places)


def read_trajectories(path: Path) -> Sequence[Trajectory]:
    """Return the trajectories of a file in the order of its lines; a line that holds none is passed over."""
    return _stored(path, [place for place, line in placed_lines(path) if _read(line) is not None])


def _read(line: bytes) -> Trajectory | None:
    row = read_row(line)
    try:
        return None if row is None else Trajectory.from_dict(row)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _stored(path: Path, places: Sequence[Place]) -> Sequence[Trajectory]:
    if not places:
        return ()
    reader = LineReader(path)

    def trajectory(position: int) -> Trajectory:
        found = _read(reader.read(places[position]))
        assert found is not None, "a reader's file does not change"
        return found

    return LazySequence(len(places), trajectory)
