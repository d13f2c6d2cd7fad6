"""One run on disk: answers go to its end, scores and the manifest are replaced whole, all of it can be read any time.

Entered with `with`, the folder is held by a lock that ends with the process, however that ends.
"""

import fcntl
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from sfteval.errors import StoreError
from sfteval.identity import write_atomically
from sfteval.store.answers import Answers, Index
from sfteval.store.lines import LineWriter, Place
from sfteval.store.rows import AnswerLine
from sfteval.store.scores import read_scores, write_scores
from sfteval.store.trajectories import read_trajectories, write_trajectories
from sfteval.types import Generation, Score, Trajectory


class RunFolder:
    """One run on disk; open it with `with` to hold its lock while writing."""

    def __init__(self, path: Path) -> None:
        """Name a run folder; nothing is touched until it is entered or read."""
        self.path = path
        self._lock: IO[str] | None = None
        self._writing = threading.Lock()
        self._writers: dict[str, LineWriter] = {}
        self._indexes: dict[str, Index] = {}  # kept only while the lock keeps others from writing

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
            self.__exit__()
            raise _disk(self.path, error) from error
        return self

    def __exit__(self, *exc: object) -> None:
        """Close files and give the lock back."""
        with self._writing:
            for writer in self._writers.values():
                writer.close()
            self._writers.clear()
            self._indexes.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- answers ---------------------------------------------------------------------------------------------------

    def append(self, generations: Iterable[Generation]) -> None:
        """Write answers to the end of their task's file and sync once; when this returns they are on disk."""
        self.write([AnswerLine.of(generation) for generation in generations])

    def write(self, lines: Sequence[AnswerLine]) -> None:
        """Do what `append` does with lines that are made already; may be called from any thread.

        Raises: StoreError when the disk refuses.
        """
        by_task: dict[str, list[AnswerLine]] = defaultdict(list)
        for line in lines:
            by_task[line.task].append(line)
        try:
            with self._writing:
                for task, group in by_task.items():
                    index = self._index(task)  # first, or the lines would be read into it and added once more
                    places = self._append(task, [line.data for line in group])
                    for line, place in zip(group, places, strict=True):
                        index.add(line.question, line.failed, place)
        except OSError as error:
            raise _disk(self.path, error) from error

    def generations(self, task: str) -> Answers:
        """Return the finished answers of a task by question; the last line of each question wins."""
        return Answers(self._answers_path(task), self._index(task).finished)

    def errors(self, task: str) -> Answers:
        """Return the answers of a task whose transport failed and that no later line has mended, by question."""
        return Answers(self._answers_path(task), self._index(task).failed)

    def tasks(self) -> tuple[str, ...]:
        """Return the names of the tasks that were asked here."""
        return tuple(sorted(path.name.removesuffix(".jsonl") for path in self.path.glob("generations/*.jsonl")))

    # -- which answers are the last run's ---------------------------------------------------------------------------

    def write_questions(self, task: str, questions: Sequence[str]) -> None:
        """Keep which questions the last run asked: the file of answers holds those of all runs."""
        try:
            (self.path / "questions").mkdir(exist_ok=True)
            write_atomically(self.path / "questions" / f"{task}.json", json.dumps(list(dict.fromkeys(questions))))
        except OSError as error:
            raise _disk(self.path, error) from error

    def questions(self, task: str) -> frozenset[str] | None:
        """Return the questions of the last run; None: this folder does not tell."""
        try:
            value = json.loads((self.path / "questions" / f"{task}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        known = isinstance(value, list) and all(isinstance(question, str) for question in value)
        return frozenset(value) if known else None

    def _answers_path(self, task: str) -> Path:
        return self.path / "generations" / f"{task}.jsonl"

    def _index(self, task: str) -> Index:
        if self._lock is None:
            return Index.of(self._answers_path(task))
        if task not in self._indexes:
            self._indexes[task] = Index.of(self._answers_path(task))
        return self._indexes[task]

    def _append(self, task: str, lines: Sequence[bytes]) -> list[Place]:
        writer = self._writer(task)
        try:
            return writer.append(lines)
        except OSError:
            self._writers.pop(task).close()  # opened again, it looks at what the disk has left of these lines
            raise

    def _writer(self, task: str) -> LineWriter:
        if task not in self._writers:
            self._writers[task] = LineWriter(self._answers_path(task))
        return self._writers[task]

    # -- scores and the manifest ------------------------------------------------------------------------------------

    def write_scores(self, task: str, scores: Iterable[Score]) -> Sequence[Score]:
        """Replace a task's scores, one at a time as they come, and return them as they are read back."""
        try:
            return write_scores(self.path / "scores" / f"{task}.jsonl", scores)
        except StoreError:
            raise
        except OSError as error:
            raise _disk(self.path, error) from error

    def scores(self, task: str) -> Sequence[Score]:
        """Return a task's stored scores in the order of their file."""
        return read_scores(self.path / "scores" / f"{task}.jsonl")

    def write_trajectories(self, task: str, trajectories: Iterable[Trajectory]) -> Sequence[Trajectory]:
        """Replace a task's conversations, and return them as they are read back."""
        try:
            return write_trajectories(self.path / "trajectories" / f"{task}.jsonl", trajectories)
        except OSError as error:
            raise _disk(self.path, error) from error

    def trajectories(self, task: str) -> Sequence[Trajectory]:
        """Return a task's stored conversations in the order of their file."""
        return read_trajectories(self.path / "trajectories" / f"{task}.jsonl")

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write `run.json`: identity, versions, settings."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path / "run.json", json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        except OSError as error:
            raise _disk(self.path, error) from error

    def manifest(self) -> dict[str, Any]:
        """Return `run.json`, or an empty object when this folder holds no run."""
        try:
            value = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        whole = isinstance(value, dict) and isinstance(value.get("settings", {}), dict)
        return value if whole else {}


def _disk(path: Path, error: OSError) -> StoreError:
    return StoreError(
        str(path),
        expected="a folder that can be written",
        got=error.strerror or str(error),
        next_move="Free space or mend the permissions and call the same command again: what was finished is kept",
    )
