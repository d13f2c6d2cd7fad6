"""A dataset file in, its Conversations and a report out: what was read, kept and dropped, and on which lines.

JSONL and Parquet. The format is that of the first row that has one, and is named in the report. A row that cannot be
learned from is dropped and counted by reason; a file of which nothing is left is an error.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import write_atomically
from sfttrain.data.formats import FORMATS, RowError, as_row, conversation, detect, parse_json, printable
from sfttrain.types import Conversation, DataReport

NOT_JSON = "not a JSON object"

Rows = list[tuple[int, dict[str, Any] | RowError]]  # (line number from 1, the row or why there is none)


def read_conversations(path: Path) -> tuple[tuple[Conversation, ...], DataReport]:
    """Return the conversations of a file in its order, and what became of every row."""
    rows = list(_rows(path))
    if not rows:
        raise _nothing(path, "an empty file", "Add rows, or pass another file")
    name = _format(path, rows)
    kept: list[Conversation] = []
    dropped: dict[str, list[int]] = defaultdict(list)
    source = printable(path.stem, len(path.stem))
    for number, row in rows:
        try:
            if isinstance(row, RowError):
                raise row
            kept.append(conversation(row, name, source))
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


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | RowError]]:
    if not path.is_file():
        raise _nothing(path, "no such file", "Check the path")
    if path.suffix == ".parquet":
        yield from enumerate(_parquet_rows(path), 1)
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _nothing(path, f'"{error}"', "Save the file as UTF-8 JSONL, or name a Parquet file .parquet") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _parse(line)


def _parse(line: str) -> dict[str, Any] | RowError:
    try:
        row = parse_json(line, NOT_JSON)
    except RowError as error:
        return error
    return row if isinstance(row, dict) else RowError(NOT_JSON)


def _parquet_rows(path: Path) -> list[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _nothing(path, f'"{error}"', "Write the file again as Parquet") from error
    return [{column: _without_padding(value) for column, value in row.items()} for row in rows]


def _without_padding(value: Any) -> Any:
    """Drop the None fields of Parquet structs: every struct of a column has the keys of all of them."""
    if isinstance(value, dict):
        return {key: _without_padding(part) for key, part in value.items() if part is not None}
    return [_without_padding(part) for part in value] if isinstance(value, list) else value


def _format(path: Path, rows: Rows) -> str:
    readable = [row for _, row in rows if not isinstance(row, RowError)]
    if not readable:
        raise _nothing(path, "no line that is a JSON object", "Write one JSON object per line")
    name = next((name for row in readable if (name := detect(row)) is not None), None)
    if name is None:
        known = "; ".join(f"{name} ({', '.join(keys)})" for name, (keys, _) in FORMATS.items())
        raise DataError(
            str(path),
            expected="rows in a known format",
            got=f"the keys {', '.join(map(printable, sorted(readable[0]))) or '(none)'}",
            next_move=f"Rename the columns to one of: {known}",
        )
    return name


def _with_unique_ids(conversations: Sequence[Conversation]) -> Iterator[Conversation]:
    """Give a repeated row an id that no row has, `<id>#2`; both stay on the same side of the held-out split."""
    given, seen = {one.id for one in conversations}, set[str]()
    numbers: dict[str, int] = defaultdict(lambda: 2)  # by id, the next to try
    for one in conversations:
        name = one.id
        while name in seen or (name != one.id and name in given):
            name = f"{one.id}#{numbers[one.id]}"
            numbers[one.id] += 1
        seen.add(name)
        yield one if name == one.id else replace(one, id=name)


def _nothing(path: Path, got: str, next_move: str) -> DataError:
    return DataError(str(path), expected="conversations to learn from", got=got, next_move=next_move)
