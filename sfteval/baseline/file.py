"""A saved baseline on disk: one JSON object, an answer a line, so that two versions of it can be compared by eye.

The same scores give the same bytes; a name that ends in `.gz` is compressed. What is torn, edited or of a newer version
is one sentence. Does not know what a score means.
"""

import contextlib
import gzip
import io
import json
import os
import zlib
from pathlib import Path
from typing import Any

from sfteval.baseline.form import Baseline, Malformed, baseline_from, head_of, rows_of
from sfteval.errors import DataError

NAMES = (".json", ".json.gz")
GZIP = b"\x1f\x8b"
LARGEST_BYTES = 1 << 30
AGAIN = "Save it again with `sfteval gate --save-baseline`, or take the version that was committed"
UPDATE = "Update sfteval, or save it again with this one"


def save_baseline(baseline: Baseline, path: Path) -> None:
    """Write a baseline, whole or not at all.

    Raises: OSError when the disk refuses.
    """
    data = _text(baseline).encode("ascii")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(_zipped(data) if path.suffix == ".gz" else data)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises: DataError for what is torn, edited, of a newer version or no baseline at all.
    """
    try:
        return baseline_from(_parsed(path))
    except Malformed as odd:
        newer = odd.got.startswith("version ")
        raise DataError(str(path), expected=odd.expected, got=odd.got, next_move=UPDATE if newer else AGAIN) from odd


def _text(baseline: Baseline) -> str:
    """Return the object's text: its head indented, then one answer a line."""
    head = json.dumps(head_of(baseline), indent=2, sort_keys=True).removesuffix("\n}")
    rows = ",\n".join("    " + json.dumps(row, allow_nan=False) for row in rows_of(baseline))
    return f'{head},\n  "answers": [\n{rows}\n  ]\n}}\n'


def _zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as archive:
        archive.write(data)
    return buffer.getvalue()


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            raise Malformed("a baseline of less than a gibibyte", "more")
        return json.loads(data, parse_constant=_no_constant)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Malformed("a whole file", "one that was cut off") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("a whole baseline in JSON", _where(error)) from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name}, which is not JSON")


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"text that is no JSON from line {error.lineno:,} on"
    return "text that is no JSON"
