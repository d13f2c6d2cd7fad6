"""A zip archive of unknown origin, read member by member in memory; nothing is ever unpacked to disk.

Members are stored, deflated or Zstandard (method 93, which Python's zipfile reads from 3.14 on: pyarrow does it here).
Every member is bounded by what the archive declares, and that by a limit of ours; of members with one name the last
counts, as with those who write such archives. Does not know what a member means.
"""

import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from sfteval.errors import DataError
from sfteval.imports.hostile import one_line

MAX_MEMBER_BYTES = 1 << 29  # 512 MiB: a sample with a very long transcript
MAX_TOTAL_BYTES = 1 << 36
ZSTANDARD = 93
LOCAL_HEADER = struct.Struct("<4s5H3I2H")  # ends with the lengths of the name and of the extra field
ENCRYPTED = 1
AGAIN = "Copy the log again, or let `inspect log recover` write it anew"


class Archive:
    """One archive, open for reading."""

    def __init__(self, path: Path) -> None:
        """Read the list of members.

        Raises: DataError for an archive that is torn or too large.
        """
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError) as error:
            raise DataError(str(path), expected="a whole zip archive", got=one_line(error), next_move=AGAIN) from error
        self._members = {info.filename: info for info in self._zip.infolist()}
        total = sum(info.file_size for info in self._members.values())
        if total > MAX_TOTAL_BYTES:
            self._zip.close()
            raise self._too_large(str(path), MAX_TOTAL_BYTES, total)

    def __enter__(self) -> "Archive":
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, as the archive gives them."""
        return tuple(self._members)

    def read(self, name: str) -> bytes:
        """Return a member's bytes.

        Raises: DataError for one that is torn, encrypted, too large, or other than the archive says.
        """
        info, where = self._members[name], self.place(name)
        if max(info.file_size, info.compress_size) > MAX_MEMBER_BYTES:
            raise self._too_large(where, MAX_MEMBER_BYTES, max(info.file_size, info.compress_size))
        try:
            if info.flag_bits & ENCRYPTED:
                raise ValueError("an encrypted one")
            return self._unpacked_zstandard(info) if info.compress_type == ZSTANDARD else self._unpacked(info)
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            OSError,
            NotImplementedError,
            ValueError,
        ) as error:
            raise DataError(where, expected="a whole member", got=one_line(error), next_move=AGAIN) from error

    def place(self, name: str) -> str:
        """Return where a member lies, in words."""
        return f"{self._path}, {''.join(c if c.isprintable() else ' ' for c in name[:120])}"

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        with self._zip.open(info) as member:
            data = member.read(info.file_size + 1)  # a bound: an archive may hold more than it declares
        return _whole(data, info)

    def _unpacked_zstandard(self, info: zipfile.ZipInfo) -> bytes:
        import pyarrow

        packed = pyarrow.BufferReader(self._packed(info))
        with pyarrow.CompressedInputStream(packed, "zstd") as member:
            data: bytes = member.read(info.file_size + 1)
        return _whole(data, info)

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        with self._path.open("rb") as file:
            file.seek(info.header_offset)
            signature, *_, name_length, extra_length = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
            if signature != b"PK\x03\x04":
                raise zipfile.BadZipFile("no member where the archive says that one begins")
            file.seek(name_length + extra_length, 1)
            return file.read(info.compress_size)

    @staticmethod
    def _too_large(where: str, limit: int, size: int) -> DataError:
        return DataError(
            where,
            expected=f"at most {limit:,} bytes",
            got=f"{size:,}",
            next_move="Write a log without events, or of fewer samples",
        )


def _whole(data: bytes, info: zipfile.ZipInfo) -> bytes:
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile("other bytes than were written")
    return data
