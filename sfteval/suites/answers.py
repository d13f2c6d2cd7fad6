"""Rows in one file and what is right in another: rows joined by their id in, whole rows out.

Some benchmarks publish their questions and their accepted answers apart. A row gets the fields that it lacks from the
row of the other file that has its id; a question without such a row is a mistake, an answer without a question is not
asked. Does not know what the fields mean.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.suites.rows import read_rows

Row = Mapping[str, Any]
SAME = "Take both files from the same release"


def with_answers(rows: Iterable[tuple[str, Row]], path: Path) -> Iterator[tuple[str, Row]]:
    """Yield the rows, each with the fields of the row of `path` that has its id.

    Raises: DataError for an id that is missing, or that stands twice in `path`.
    """
    answers = _by_id(path)
    for where, row in rows:
        name = _id(row, where)
        if name not in answers:
            expected = f'a row with the id "{name[:80]}" in {path.name}'
            raise DataError(where, expected=expected, got="none", next_move=SAME)
        yield where, {**answers[name], **row}


def _by_id(path: Path) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for where, row in read_rows(path):
        name = _id(row, where)
        if name in found:
            raise DataError(where, expected="ids used once", got=f'"{name[:80]}" twice', next_move="Remove one")
        found[name] = row
    return found


def _id(row: Row, where: str) -> str:
    name = row.get("id")
    if not isinstance(name, str | int) or isinstance(name, bool):
        got = "none" if name is None else repr(name)[:60]
        raise DataError(f"{where}, id", expected="a text or a whole number", got=got, next_move=SAME)
    return str(name)
