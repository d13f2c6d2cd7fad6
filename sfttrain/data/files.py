"""A file in, its numbered rows out, one at a time: JSONL, a JSON array of rows, or Parquet.

A line that is no row is handed on as the RowError that says why; a file that cannot be read is one DataError. Parquet's
own types become JSON again: maps are objects, and the empty fields that every struct of a column has are absent.
Knows no format of a row but the names of the columns that any has.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfteval.errors import DataError
from sfttrain.data.formats import COLUMNS, RowError, parse_json

if TYPE_CHECKING:
    import pyarrow

NOT_JSON = "not a JSON object"
BATCH_ROWS = 1000  # of Parquet, turned into Python objects at once

Numbered = tuple[int, dict[str, Any] | RowError]  # (line or row number from 1, the row or why there is none)


def rows_of(path: Path) -> tuple[str, Iterator[Numbered]]:
    """Return what the numbers count, "line" or "row", and the rows of a file."""
    if path.is_dir():
        raise nothing_in(path, "a folder", "Pass one of its files, or name them as [[data.sources]]")
    if not path.is_file():
        raise nothing_in(path, "no such file", "Check the path")
    if path.suffix == ".parquet":
        return "row", _parquet_rows(path)
    if path.suffix == ".json" and _is_array(path):
        return "row", _array_rows(path)
    return "line", _lines(path)


def nothing_in(source: Path | str, got: str, next_move: str) -> DataError:
    """Return the error about a dataset that has nothing to give."""
    return DataError(str(source), expected="conversations to learn from", got=got, next_move=next_move)


def without_padding(value: Any) -> Any:
    """Drop the None fields of Arrow structs: every struct of a column has the keys of all of them."""
    if isinstance(value, dict):
        return {key: without_padding(part) for key, part in value.items() if part is not None}
    return [without_padding(part) for part in value] if isinstance(value, list) else value


def _lines(path: Path) -> Iterator[Numbered]:
    number = 0
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, _parse(line)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error, number) from error


def _parse(line: str) -> dict[str, Any] | RowError:
    try:
        return _object(parse_json(line, NOT_JSON))
    except RowError as error:
        return error


def _object(row: Any) -> dict[str, Any] | RowError:
    return row if isinstance(row, dict) else RowError(NOT_JSON)


def _is_array(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _array_rows(path: Path) -> Iterator[Numbered]:
    try:
        rows = parse_json(path.read_text(encoding="utf-8-sig"), "a JSON array that breaks off or is none")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error, 0) from error
    except RowError as error:
        raise nothing_in(path, str(error), "Mend the file; one JSON object per line is read as well") from error
    yield from ((number, _object(row)) for number, row in enumerate(rows, 1))


def _not_utf8(path: Path, error: UnicodeDecodeError, line: int) -> DataError:
    where = f", after line {line:,}" if line else ""
    move = "Save the file as UTF-8 JSONL, or name a Parquet file .parquet"
    return nothing_in(path, f'"{error.reason}"{where}', move)


# -- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet_rows(path: Path) -> Iterator[Numbered]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            readers = {field.name: _reader(field.type) for field in file.schema_arrow}
            known = [name for name in readers if name in COLUMNS]
            number = 0
            for batch in file.iter_batches(BATCH_ROWS, columns=known or None):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _row(row, readers)
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise nothing_in(path, f'"{error}"', "Write the file again as Parquet") from error


def _row(row: dict[str, Any], readers: "dict[str, Reader | None]") -> dict[str, Any] | RowError:
    try:
        return {name: value if (read := readers[name]) is None else read(value) for name, value in row.items()}
    except RowError as error:
        return error


Reader = Callable[[Any], Any]


def _reader(kind: "pyarrow.DataType") -> Reader | None:
    """Return what turns a value of an Arrow type into JSON; None: it is JSON already, or never will be."""
    from pyarrow import types

    if types.is_map(kind):
        return _map_reader(_reader(kind.item_type))
    if types.is_struct(kind):
        return _struct_reader({field.name: _reader(field.type) for field in kind})
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        read = _reader(kind.value_type)
        return None if read is None else lambda items: items if items is None else [read(item) for item in items]
    return None


def _struct_reader(readers: dict[str, Reader | None]) -> Reader:
    def read(struct: dict[str, Any] | None) -> dict[str, Any] | None:
        if struct is None:
            return None
        found = ((name, value, readers[name]) for name, value in struct.items() if value is not None)
        return {name: value if reader is None else reader(value) for name, value, reader in found}

    return read


def _map_reader(reader: Reader | None) -> Reader:
    def read(pairs: list[tuple[Any, Any]] | None) -> dict[str, Any] | None:
        if pairs is None:
            return None
        found = {key: value if reader is None else reader(value) for key, value in pairs}
        if len(found) < len(pairs):
            raise RowError("a map with a key twice")
        if not all(isinstance(key, str) for key in found):
            raise RowError("a map whose keys are not text")
        return found

    return read
