"""Other harnesses' logs in, an Imported out: which reader a file needs is told by its content, never by its name.

A reader is one module with `recognises(head) -> bool` (of the file's first bytes) and `read(path) -> Imported`, and one
line here. What it returns is used in two ways: as answers to a suite of ours, which grades them anew, and with the
scores as they were recorded, in a suite that `write_suite` makes of the log. Reads files and knows nobody who asks.
"""

from importlib import import_module
from pathlib import Path

from sfteval.errors import DataError
from sfteval.imports.imported import Answer, Imported, Question
from sfteval.imports.suite import differences, write_suite

__all__ = ["READERS", "Answer", "Imported", "Question", "differences", "log_of", "read_log", "write_suite"]

READERS = {
    "lm-eval": "sfteval.imports.lm_eval",
    "inspect": "sfteval.imports.inspect_log",
}
HEAD_BYTES = 1 << 16


def _reader_of(path: Path) -> str | None:
    """Return the harness whose log a file is; None: no harness's that we read."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((name for name, module in READERS.items() if import_module(module).recognises(head)), None)


def read_log(path: Path) -> Imported | None:
    """Read a log; None: it is no harness's that we read.

    Raises: DataError for a log that is torn, too large, or of a version that we do not know.
    """
    harness = _reader_of(path)
    if harness is None:
        return None
    imported: Imported = import_module(READERS[harness]).read(path)
    return imported


def log_of(path: Path) -> Imported:
    """Read a log that must be one.

    Raises: DataError, for a file of another form too.
    """
    imported = read_log(path)
    if imported is None:
        raise DataError(
            str(path),
            expected=f"a log of {' or '.join(READERS)}",
            got="a file of another form",
            next_move="Give lm-eval's samples_*.jsonl or inspect's .eval or .json log",
        )
    return imported
