"""The files of a suite that is made, by name, in; a folder out, which is written whole or not at all.

Does not know what the suite asks.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.suites.load import load_suite


def lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSONL, readable in any script."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def refuse_existing(folder: Path) -> None:
    """Refuse to make a suite where something stands.

    Raises: ConfigurationError.
    """
    if folder.exists():
        raise ConfigurationError(
            str(folder), expected="a new folder", got="one that exists", next_move="Choose another -o FOLDER"
        )


def write_new(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a suite into a new folder, after it has been loaded and checked; return its `suite.toml`.

    Raises: what loading a suite raises; then there is no folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".suite-") as scratch:
        made = Path(scratch) / "suite"
        write_files(made, files)
        load_suite(str(made))
        made.rename(folder)
    return folder / "suite.toml"


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a suite over those that are there."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
