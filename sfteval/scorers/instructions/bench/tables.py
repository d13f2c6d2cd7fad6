"""Three prompts of IFBench that ask for CSV: seven rows, fourteen with a special character, three in quotes.

Repairs for all three: a Markdown fence around the table and blank lines do no harm, spaces around a field neither, and
every row is looked at. Where the published scorer crashes in the rows that decide (a field without an end, an empty
field that must be quoted), it has no verdict.
"""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check

CITY = ("ID", "Country", "City", "Year", "Count")
PRODUCT = ("ProductID", "Category", "Brand", "Price", "Stock")
STUDENT = ("StudentID", "Subject", "Grade", "Semester", "Score")
SPECIAL = re.compile(r"[^\d\w\s]")


@constraint("custom:csv_city")
@dataclass(frozen=True, slots=True)
class CsvCity(Constraint):
    """The answer is a table of 7 rows, comma delimited, under the asked column names."""

    def check(self, text: str) -> Check:
        """Read the table and name what is wrong."""
        return _table(_unfenced(text), CITY, num_rows=7)

    def published(self, text: str) -> bool | None:
        """Compare the rows as they are read."""
        rows = _rows(text, ",", limit=9)
        if rows is None:
            return None
        return len(rows) == 8 and rows[0] == list(CITY) and all(len(row) == 5 for row in rows)


@constraint("custom:csv_special_character")
@dataclass(frozen=True, slots=True)
class CsvSpecialCharacter(Constraint):
    """The answer is a table of 14 rows, comma delimited, with a special character in a field in double quotes."""

    def check(self, text: str) -> Check:
        """Read the table, then look for the field."""
        table = _table(_unfenced(text), PRODUCT, num_rows=14)
        if not table.ok:
            return table
        fields = [field for row in _rows(_doubled(_unfenced(text)), ",", limit=20) or () for field in row]
        special = next((field for field in map(str.strip, fields) if _is_special(field)), None)
        found = special[:40] if special else "none"
        return Check(special is not None, f"needed a special character in a quoted field, found {found}", found)

    def published(self, text: str) -> bool | None:
        """Read rows until one has the field; those behind it are not looked at."""
        if not _has_published_header(text, PRODUCT, r",[ \t]*"):
            return False
        rows = _rows(_doubled(text), ",", limit=16)
        if rows is None:
            return None
        if len(rows) != 15:
            return False
        for row in rows[1:]:
            if len(row) != 5:
                return False
            if any(map(_is_special, row)):
                return True
        return False


@constraint("custom:csv_quotes")
@dataclass(frozen=True, slots=True)
class CsvQuotes(Constraint):
    """The answer is a table of 3 rows, tab delimited, with every field in double quotes, the names too."""

    def check(self, text: str) -> Check:
        """Read the table, then look for a field without quotes."""
        table = _table(_unfenced(text), STUDENT, num_rows=3, delimiter="\t")
        if not table.ok:
            return table
        fields = [field.strip() for row in _rows(_doubled(_unfenced(text)), "\t", limit=9) or () for field in row]
        bare = next((field for field in fields if len(field) < 2 or field[0] != '"' or field[-1] != '"'), None)
        found = "all so" if bare is None else bare[:40] or "an empty one"
        return Check(bare is None, f"needed every field in double quotes, found {found}", found)

    def published(self, text: str) -> bool | None:
        """Look at the ends of each field; an empty one ends the published scorer."""
        if not _has_published_header(text, STUDENT, "\t *"):
            return False
        rows = _rows(_doubled(text), "\t", limit=5)
        if rows is None:
            return None
        if len(rows) != 4:
            return False
        for row in rows:
            if len(row) != 5:
                return False
            for field in map(str.strip, row):
                if not field:
                    return None
                if field[0] != '"' or field[-1] != '"':
                    return False
        return True


def _rows(text: str, delimiter: str, limit: int) -> list[list[str]] | None:
    """Return at most `limit` rows; None where the text cannot be read."""
    try:
        return list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), limit))
    except csv.Error:
        return None


def _table(text: str, columns: tuple[str, ...], *, num_rows: int, delimiter: str = ",") -> Check:
    """Return the verdict on the column names, the number of rows and the fields of each."""
    name = "tab" if delimiter == "\t" else "comma"
    rows = _rows(text, delimiter, limit=num_rows + 100)
    if not rows:
        return Check(False, f"needed {name} delimited data, found none that can be read", None)
    header = [field.strip().strip('"') for field in rows[0]]
    if header != list(columns):
        found = ", ".join(header)[:80].strip() or "none"
        return Check(False, f"needed the columns {', '.join(columns)}, found {found}", found)
    if len(rows) - 1 != num_rows:
        return Check(False, f"needed exactly {num_rows} rows, found {len(rows) - 1}", len(rows) - 1)
    for place, row in enumerate(rows[1:], start=1):
        if len(row) != len(columns):
            return Check(False, f"needed {len(columns)} fields in row {place}, found {len(row)}", len(row))
    return Check(True, f"needed exactly {num_rows} rows, found {num_rows}", num_rows)


def _unfenced(text: str) -> str:
    """Return the text without a fence around it and without blank lines."""
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        lines = lines[1:-1]
    return "\n".join(lines)


def _doubled(text: str) -> str:
    """Return the text so that a reader of CSV keeps the quotes around a field."""
    return text.replace('"', '"""')


def _has_published_header(text: str, columns: tuple[str, ...], between: str) -> bool:
    names = (f'(?:{name}|"{name}")' for name in columns)
    return re.fullmatch(between.join(names), text.split("\n", 1)[0].strip()) is not None


def _is_special(field: str) -> bool:
    """Tell whether a line that begins with a quote has a special character and a quote behind it."""
    line = field.split("\n", 1)[0]
    end = line.rfind('"')
    return line[:1] == '"' and end > 0 and SPECIAL.search(line, 1, end) is not None
