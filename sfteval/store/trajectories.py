"""The conversations of one task on disk: written when the last has ended, read one at a time.

Replaced whole or not at all. Does not know how a conversation goes on, or what it is worth.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sfteval.store.records import read_records, write_records
from sfteval.store.rows import read_row
from sfteval.types import Trajectory


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> Sequence[Trajectory]:
    """Replace a file of trajectories and return them as they are read back.

    Raises: OSError when the disk refuses; the old file then stands.
    """
    return write_records(path, map(_line, trajectories), _read)


def read_trajectories(path: Path) -> Sequence[Trajectory]:
    """Return the trajectories of a file in the order of its lines; a line that holds none is passed over."""
    return read_records(path, _read)


def _line(trajectory: Trajectory) -> bytes:
    return json.dumps(trajectory.as_dict(), sort_keys=True).encode("ascii") + b"\n"


def _read(line: bytes) -> Trajectory | None:
    row = read_row(line)
    try:
        return None if row is None else Trajectory.from_dict(row)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
