"""A checkpoint in, the rows that it was trained on out, where `sft_run.json` says that they lie; or why they do not.

Paths are as seen from the checkpoint, and a file counts only with the sha256 that was trained on. Rows that were held
out, dropped or too long are left out: a row is known by its id, or, where it has none, by the hash of its content. What
is named there and not found again is counted, never passed over. Knows no suite, and never imports the trainer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash, file_hash
from sfteval.probes.row_texts import messages_of, named_content, turns_of
from sfteval.probes.training_rows import TrainingRow
from sfteval.types import Checkpoint, Split

OF_FOLDERS = ("directory", "adapter", "hub")
SAID: dict[Split, str] = {
    "train": "learned from; give --train FILE",
    "held_out": "held out; give --held-out FILE",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is nothing to read."""

    reason: str


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """Files of training rows; every `iter` reads them anew, row by row."""

    paths: tuple[Path, ...]
    names: frozenset[str] | None = None  # of the rows that are meant; None: all of them

    def __iter__(self) -> Iterator[TrainingRow]:
        """Yield the rows that are meant, with their texts."""
        for name, row in self.rows():
            yield TrainingRow(name, turns_of(row))

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the rows that are meant, each with its name; lines that are no row are left out."""
        seen: dict[str, int] = {}
        for path in self.paths:
            for number, row in _rows(path):
                messages = messages_of(row)
                if messages is None:
                    continue
                if self.names is None:
                    given = row.get("id")
                    name = _once(str(given) if isinstance(given, str | int) else f"{path.name}:{number}", seen)
                else:
                    name = self._name(row, messages, seen)
                if self.names is None or name in self.names:
                    yield name, row

    def num_missing(self) -> int:
        """Return how many rows that are meant are not found in the files; of all lines, how many are no row."""
        num_read = sum(1 for _ in self.rows())
        return (sum(map(_num_lines, self.paths)) if self.names is None else len(self.names)) - num_read

    @staticmethod
    def _name(row: Mapping[str, Any], messages: list[dict[str, Any]], seen: dict[str, int]) -> str:
        """Return the name that the trainer gives a row: its id, and `#2` behind one that was there before."""
        given = row.get("id")
        return _once(content_hash(named_content(row, messages))[:16] if given is None else str(given), seen)


def training_files(checkpoint: Checkpoint, split: Split = "train") -> TrainingFiles | Missing:
    """Return the files of a checkpoint's training rows, or of those held out, unchanged since then; or why not."""
    data = checkpoint.training.get("data")
    if checkpoint.kind not in OF_FOLDERS or checkpoint.path is None or not isinstance(data, dict):
        return Missing("this checkpoint has no record of its training (sft_run.json); give --train FILE.jsonl")
    sources = data["sources"] if isinstance(data.get("sources"), list) else [data]
    names = data.get(split)
    if not isinstance(names, list) or not sources or not all(isinstance(source, dict) for source in sources):
        return Missing(f"its sft_run.json does not tell which rows were {SAID[split]}.jsonl")
    paths = []
    for source in sources:
        place = str(source.get("path") or "")
        path = checkpoint.path / place
        if reason := _in_the_way(place, path, source.get("sha256")):
            return Missing(reason)
        paths.append(path)
    return TrainingFiles(tuple(paths), frozenset(map(str, names)))


def rows_of_file(path: Path) -> TrainingFiles:
    """Return all rows of one JSONL file as trained on.

    Raises: DataError where there is none.
    """
    files = TrainingFiles((path,))
    if not path.is_file():
        raise DataError(str(path), expected="a JSONL file of training rows", got="none", next_move="Check the path")
    if next(iter(files), None) is None:
        raise DataError(
            str(path),
            expected='lines with "messages", "prompt" and "completion", or another form that sfttrain reads',
            got="none",
            next_move="Give the JSONL file that was trained on",
        )
    return files


def _in_the_way(place: str, path: Path, sha256: Any) -> str | None:
    """Return why a source cannot be read as it was trained on; None: it can."""
    if place.startswith("hf:"):
        return f"the training data is {place} of the hub; write it to a file and give --train FILE.jsonl"
    if path.suffix == ".parquet" or not place:
        return f"the training data is {path.name or 'nowhere'}, and only JSONL is read here; give --train FILE.jsonl"
    if not path.is_file():
        return f"the training file {place} is gone; put it back or give --train FILE.jsonl"
    if file_hash(path) != sha256:
        return f"the training file {place} has changed since training; put it back or give --train FILE.jsonl"
    return None


def _once(name: str, seen: dict[str, int]) -> str:
    """Return a name that no earlier row has."""
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}#{seen[name]}"


def _num_lines(path: Path) -> int:
    """Return how many lines say anything."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return sum(1 for line in file if line.strip())


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                yield number, row
