"""A dataset in, its Conversations and a report out: what was read, kept and dropped, and on which lines.

A file or a dataset of the hub. The format is that of the first row that has one, and is named in the report. A row that
cannot be learned from is dropped and counted by reason; a dataset of which nothing is left is an error. Rows stream:
beside the conversations, only a handful of raw rows is in memory at once.
"""

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import canonical_json, file_hash, write_atomically
from sfteval.progress import Stage
from sfttrain.data.files import Numbered, nothing_in, rows_of
from sfttrain.data.formats import FORMATS, RowError, as_row, conversation, detect, printable
from sfttrain.data.hub import HubName, hub_rows, is_hub_name
from sfttrain.types import Conversation, DataReport


def read_conversations(source: Path | str, stage: Stage | None = None) -> tuple[tuple[Conversation, ...], DataReport]:
    """Return the conversations of a dataset in its order, and what became of every row.

    Ids are as the data holds them, and may repeat; a row without one gets the hash of its content.
    """
    from_hub = is_hub_name(source)
    unit, rows = ("row", hub_rows(str(source))) if from_hub else rows_of(Path(source))
    name, rows = _detected(source, rows)
    kept: list[Conversation] = []
    dropped: dict[str, list[int]] = defaultdict(list)
    origin = HubName.parse(str(source)).repository if from_hub else Path(source).stem
    origin = printable(origin, len(origin))
    num_read = 0
    for number, row in rows:
        num_read += 1
        try:
            if isinstance(row, RowError):
                raise row
            kept.append(conversation(row, name, origin))
        except RowError as error:
            dropped[str(error)].append(number)
        if stage is not None:
            stage.advance()
    reasons = {reason: tuple(numbers) for reason, numbers in dropped.items()}
    sha256 = rows_hash(kept) if from_hub else file_hash(Path(source))
    report = DataReport(str(source), name, num_read, len(kept), reasons, unit, sha256)
    if not kept:
        raise nothing_in(source, f"{num_read} rows, all dropped: {describe_dropped(report)}", "Mend the rows")
    return tuple(kept), report


def write_conversations(path: Path, conversations: Iterable[Conversation]) -> None:
    """Write normalised rows as JSONL, the whole file or nothing."""
    write_rows(path, map(as_row, conversations))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON objects as JSONL, the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def rows_hash(conversations: Iterable[Conversation]) -> str:
    """Return the sha256 of normalised rows in their order, the name of their source aside: for data that is no file."""
    digest = hashlib.sha256()
    for one in conversations:
        digest.update(canonical_json({**as_row(one), "source": None}).encode() + b"\n")
    return digest.hexdigest()


def describe_report(report: DataReport) -> str:
    """Return what became of a dataset's rows, in one line."""
    line = f"{report.path}: {report.num_read:,} rows read as {report.format}, {report.num_kept:,} kept"
    return f"{line}, {report.num_dropped:,} dropped: {describe_dropped(report)}" if report.num_dropped else line


def describe_dropped(report: DataReport) -> str:
    """Return the reasons with their counts and first lines: `no assistant turn (2: lines 3, 8)`."""
    parts = []
    for reason, numbers in sorted(report.dropped.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
        parts.append(f"{reason} ({len(numbers):,}: {report.unit}{'s' if len(numbers) > 1 else ''} {shown})")
    return "; ".join(parts)


def _detected(source: Path | str, rows: Iterator[Numbered]) -> tuple[str, Iterator[Numbered]]:
    """Return the format of the first row that has one, and all the rows."""
    before: list[Numbered] = []
    for numbered in rows:
        before.append(numbered)
        row = numbered[1]
        if not isinstance(row, RowError) and (name := detect(row)) is not None:
            return name, itertools.chain(before, rows)
    raise _no_format(source, before)


def _no_format(source: Path | str, rows: list[Numbered]) -> DataError:
    if not rows:
        got = "no row" if is_hub_name(source) else "an empty file"
        return nothing_in(source, got, "Add rows, or pass another dataset")
    first = next((row for _, row in rows if not isinstance(row, RowError)), None)
    if first is None:
        return nothing_in(source, "no line that is a JSON object", "Write one JSON object per line")
    known = "; ".join(f"{name} ({', '.join(keys)})" for name, (keys, _) in FORMATS.items())
    return DataError(
        str(source),
        expected="rows in a known format",
        got=f"the keys {', '.join(map(printable, sorted(first))) or '(none)'}",
        next_move=f"Rename the columns to one of: {known}",
    )
