"""Files of lines: appended to so that a line is whole or owed again, and read one line at a time where it stands.

Does not know what a line says.
"""

import contextlib
import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Where a line stands in its file, in bytes."""

    start: int
    length: int


def placed_lines(path: Path) -> Iterator[tuple[Place, bytes]]:
    """Yield every line of a file with its place; a file that is not there has none."""
    if not path.exists():
        return
    start = 0
    with path.open("rb") as file:
        for line in file:
            yield Place(start, len(line)), line
            start += len(line)


class LineReader:
    """Reads single lines of one file; whoever replaces the file meanwhile does not change what is read."""

    def __init__(self, path: Path) -> None:
        """Open the file; it is closed when nobody holds the reader any more."""
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def read(self, place: Place) -> bytes:
        """Return the line that stands at a place."""
        return os.pread(self._file, place.length, place.start)


class LineWriter:
    """The end of one file: lines are on disk when `append` returns, and gone when it raises."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending and close a last line that a crash left open."""
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        self._end = os.fstat(self._file).st_size
        self._sync_folder(path.parent)
        if self._end and os.pread(self._file, 1, self._end - 1) != b"\n":
            self._write(b"\n")

    def append(self, lines: Sequence[bytes]) -> list[Place]:
        """Write lines, sync once and return where they stand.

        Raises: OSError when the disk refuses; the file is then as it was.
        """
        places, start = [], self._end
        for line in lines:
            places.append(Place(start, len(line)))
            start += len(line)
        try:
            self._write(b"".join(lines))
            os.fsync(self._file)
        except OSError:
            self._end = places[0].start
            with contextlib.suppress(OSError):  # a torn line would be owed again all the same
                os.ftruncate(self._file, self._end)
            raise
        return places

    def close(self) -> None:
        """Close the file; what was appended is on disk already."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._end += len(data)

    @staticmethod
    def _sync_folder(folder: Path) -> None:
        """Make a new file's name as lasting as what will be in it."""
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
