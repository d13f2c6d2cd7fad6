"""A dataset file in, its Conversations and a report out: what was read, kept and dropped, and on which lines.

JSONL and Parquet. The format is that of the first readable row, and is named in the report. A row that cannot be
learned from is dropped and counted by reason; a file of which nothing is left is an error.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import write_atomically
from sfttrain.data.formats import FORMATS, RowError, as_row, conversation, detect
from sfttrain.types import Conversation, DataReport

NOT_JSON = "not a JSON object"


def read_conversations(path: Path) -> tuple[tuple[Conversation, ...], DataReport]:
    """Return the conversations of a file in its order, and what became of every row."""
    rows = list(_rows(path))
    if not rows:
        raise _nothing(path, "an empty file", "Add rows, or pass another file")
    name = _format(path, rows)
    kept: list[Conversation] = []
    dropped: dict[str, list[int]] = defaultdict(list)
    for number, row in rows:
        try:
            kept.append(conversation(row, name, path.stem) if row is not None else _refuse())
        except RowError as error:
            dropped[str(error)].append(number)
    report = DataReport(str(path), name, len(rows), len(kept), {reason: tuple(n) for reason, n in dropped.items()})
    if not kept:
        raise _nothing(path, f"{len(rows)} rows, all dropped: {describe_dropped(report)}", "Mend the rows")
    return tuple(_with_unique_ids(kept)), report


def write_conversations(path: Path, conversations: Iterable[Conversation]) -> None:
    """Write normalised rows as JSONL, the whole file or nothing."""
    write_rows(path, map(as_row, conversations))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON objects as JSONL, the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def describe_report(report: DataReport) -> str:
    """Return what became of a file's rows, in one line."""
    line = f"{report.path}: {report.num_read:,} rows read as {report.format}, {report.num_kept:,} kept"
    return f"{line}, {report.num_dropped:,} dropped: {describe_dropped(report)}" if report.num_dropped else line


def describe_dropped(report: DataReport) -> str:
    """Return the reasons with their counts and first lines: `no assistant turn (2: lines 3, 8)`."""
    parts = []
    for reason, numbers in sorted(report.dropped.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
        parts.append(f"{reason} ({len(numbers)}: line{'s' if len(numbers) > 1 else ''} {shown})")
    return "; ".join(parts)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yield (line number from 1, row); None stands for a line that is not a JSON object."""
    if not path.is_file():
        raise _nothing(path, "no such file", "Check the path")
    if path.suffix == ".parquet":
        yield from enumerate(_parquet_rows(path), 1)
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _nothing(path, f'"{error}"', "Save the file as UTF-8 JSONL, or name a Parquet file .parquet") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _parse(line)


def _parse(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


def _parquet_rows(path: Path) -> list[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise _nothing(path, f'"{error}"', "Write the file again as Parquet") from error
    return rows


def _format(path: Path, rows: Iterable[tuple[int, dict[str, Any] | None]]) -> str:
    first = next((row for _, row in rows if row is not None), None)
    if first is None:
        raise _nothing(path, "no line that is a JSON object", "Write one JSON object per line")
    name = detect(first)
    if name is None:
        known = "; ".join(f"{name} ({', '.join(keys)})" for name, (keys, _) in FORMATS.items())
        raise DataError(
            str(path),
            expected="rows in a known format",
            got=f"the keys {', '.join(sorted(first)) or '(none)'}",
            next_move=f"Rename the columns to one of: {known}",
        )
    return name


def _refuse() -> Conversation:
    raise RowError(NOT_JSON)


def _with_unique_ids(conversations: Iterable[Conversation]) -> Iterator[Conversation]:
    """Give a repeated row its own id, `<id>#2`; both stay on the same side of the held-out split."""
    seen: Counter[str] = Counter()
    for one in conversations:
        seen[one.id] += 1
        yield one if seen[one.id] == 1 else replace(one, id=f"{one.id}#{seen[one.id]}")


def _nothing(path: Path, got: str, next_move: str) -> DataError:
    return DataError(str(path), expected="conversations to learn from", got=got, next_move=next_move)
