"""A file of records, one line each: replaced whole or not at all, read one at a time. Knows no record."""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from sfteval.store.lines import LineReader, Place, placed_lines
from sfteval.store.views import LazySequence

T = TypeVar("T")
Read = Callable[[bytes], T | None]  # a line in, its record out; None: it holds none


def write_records(path: Path, lines: Iterable[bytes], read: Read[T]) -> Sequence[T]:
    """Replace a file by these lines, one at a time as they come, and return its records as they are read back.

    Raises: OSError when the disk refuses; the old file then stands.
    """
    places: list[Place] = []
    start = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            for line in lines:
                places.append(Place(start, file.write(line)))
                start += len(line)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return _stored(path, places, read)


def read_records(path: Path, read: Read[T]) -> Sequence[T]:
    """Return the records of a file in the order of its lines; a line that holds none is passed over."""
    return _stored(path, [place for place, line in placed_lines(path) if read(line) is not None], read)


def _stored(path: Path, places: Sequence[Place], read: Read[T]) -> Sequence[T]:
    if not places:
        return ()
    reader = LineReader(path)

    def record(position: int) -> T:
        found = read(reader.read(places[position]))
        assert found is not None, "a reader's file does not change"
        return found

    return LazySequence(len(places), record)
