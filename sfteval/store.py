"""Run directories: append-only, fsynced per answer, tolerant of a torn last line.

`runs/<name>-<fingerprint8>/` holds `run.json` (identity, versions, settings), `generations/<task>.jsonl` and
`scores/<task>.jsonl`. A finished answer is on disk before it counts; a torn or malformed line is owed again, never a
crash; lines of errors are owed again too. Does not know how answers are made or what they are worth.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from sfteval.errors import StoreError
from sfteval.identity import write_atomically
from sfteval.types import Generation, Outcome, Score

_GENERATION_FIELDS = {field.name for field in fields(Generation)}


class RunFolder:
    """One run on disk; open it with `with` to hold its lock while writing."""

    def __init__(self, path: Path) -> None:
        """Name a run folder; nothing is touched until it is entered or read."""
        self.path = path
        self._lock: IO[str] | None = None
        self._open: dict[str, IO[str]] = {}

    def __enter__(self) -> "RunFolder":
        """Create the folder and take its lock; a second process is refused at once."""
        try:
            (self.path / "generations").mkdir(parents=True, exist_ok=True)
            (self.path / "scores").mkdir(exist_ok=True)
            self._lock = (self.path / ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.__exit__()
            raise StoreError(
                str(self.path),
                expected="a run folder of our own",
                got="one that another process is writing to",
                next_move="Wait for it to end, or give this run its own --runs folder",
            ) from error
        except OSError as error:
            raise _disk(self.path, error) from error
        return self

    def __exit__(self, *exc: object) -> None:
        """Close files and give the lock back."""
        for file in self._open.values():
            with contextlib.suppress(OSError):  # what a full disk refused was refused, and said, before
                file.close()
        self._open.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- answers ---------------------------------------------------------------------------------------------------

    def append(self, generations: Iterable[Generation]) -> None:
        """Write answers to the end of their task's file and sync once; when this returns they are on disk."""
        try:
            touched = set()
            for generation in generations:
                file = self._file(generation.task)
                file.write(json.dumps(_compact(generation), ensure_ascii=True) + "\n")
                touched.add(generation.task)
            for task in sorted(touched):
                self._open[task].flush()
                os.fsync(self._open[task].fileno())
        except OSError as error:
            raise _disk(self.path, error) from error

    def generations(self, task: str) -> dict[str, Generation]:
        """Return the finished answers of a task by question; the last line of each question wins."""
        return {answer.question: answer for answer in self._lines(task) if answer.finish_reason != "error"}

    def errors(self, task: str) -> dict[str, Generation]:
        """Return the answers of a task whose transport failed and that no later line has mended, by question."""
        last = {answer.question: answer for answer in self._lines(task)}
        return {question: answer for question, answer in last.items() if answer.finish_reason == "error"}

    def _lines(self, task: str) -> Iterator[Generation]:
        rows = _rows(self.path / "generations" / f"{task}.jsonl")
        return (answer for row in rows if (answer := _generation(row)) is not None)

    def _file(self, task: str) -> IO[str]:
        if task not in self._open:
            path = self.path / "generations" / f"{task}.jsonl"
            _end_torn_line(path)
            self._open[task] = path.open("a", encoding="utf-8")
        return self._open[task]

    # -- scores and the manifest ------------------------------------------------------------------------------------

    def write_scores(self, task: str, scores: Iterable[Score]) -> None:
        """Replace a task's scores; re-scoring never re-generates."""
        lines = (json.dumps(_score_row(score), ensure_ascii=True, sort_keys=True) + "\n" for score in scores)
        self._write(f"scores/{task}.jsonl", "".join(lines))

    def scores(self, task: str) -> tuple[Score, ...]:
        """Return a task's stored scores in the order of their file."""
        return tuple(
            Score(row["sample_id"], row["sample_index"], Outcome(row["outcome"]), row["metrics"], row.get("detail", {}))
            for row in _rows(self.path / "scores" / f"{task}.jsonl")
        )

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write `run.json`: identity, versions, settings."""
        self._write("run.json", json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=True) + "\n")

    def manifest(self) -> dict[str, Any]:
        """Return `run.json`, or an empty object when this folder holds no run."""
        try:
            value = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def _write(self, name: str, text: str) -> None:
        try:
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path / name, text)
        except OSError as error:
            raise _disk(self.path, error) from error


def _disk(path: Path, error: OSError) -> StoreError:
    return StoreError(
        str(path),
        expected="a folder that can be written",
        got=error.strerror or str(error),
        next_move="Free space or mend the permissions and call the same command again: what was finished is kept",
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole JSON objects of a file; what is torn or malformed is passed over, for it is owed again."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                yield row


def _end_torn_line(path: Path) -> None:
    """Close a last line that a crash left open, so that the next answer does not grow onto it."""
    if path.exists() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def _compact(generation: Generation) -> dict[str, Any]:
    row = asdict(generation)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


def _generation(row: dict[str, Any]) -> Generation | None:
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
        if key in _GENERATION_FIELDS
    }
    try:
        return Generation(**known)
    except TypeError:
        return None


def _score_row(score: Score) -> dict[str, Any]:
    return {
        "sample_id": score.sample_id,
        "sample_index": score.sample_index,
        "outcome": str(score.outcome),
        "metrics": dict(score.metrics),
        "detail": dict(score.detail),
    }
