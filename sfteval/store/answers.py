"""The answers of one task on disk, by question: an index in memory, the answers themselves where they lie.

The last line of a question wins; a line of an error stands only as long as no answer mends it. Does not know which
questions are asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sfteval.errors import StoreError
from sfteval.store.lines import LineReader, Place, placed_lines
from sfteval.store.rows import read_generation
from sfteval.types import Generation


@dataclass(frozen=True, slots=True)
class Index:
    """Where the lines of one task's file stand, by question."""

    finished: dict[str, Place] = field(default_factory=dict)
    failed: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> "Index":
        """Read a file once; a line that holds no answer is passed over."""
        index = cls()
        for place, line in placed_lines(path):
            answer = read_generation(line)
            if answer is not None:
                index.add(answer.question, answer.finish_reason == "error", place)
        return index

    def add(self, question: str, failed: bool, place: Place) -> None:
        """Take note of one more line."""
        if failed:
            self.failed[question] = place
        else:
            self.finished[question] = place
            self.failed.pop(question, None)


class Answers(Mapping[str, Generation]):
    """Generations by question, read from their file one at a time; what is appended meanwhile is seen."""

    def __init__(self, path: Path, places: Mapping[str, Place]) -> None:
        """Name the file and the places of its lines."""
        self._path, self._places = path, places

    def __getitem__(self, question: str) -> Generation:
        """Read one answer."""
        answer = read_generation(self._reader.read(self._places[question]))
        if answer is None or answer.question != question:
            raise StoreError(
                str(self._path),
                expected="the answers that it held a moment ago",
                got="another file's content",
                next_move="Let nothing else write into the run folder, and call the same command again",
            )
        return answer

    def __contains__(self, question: object) -> bool:
        """Tell whether a question is answered, without reading the answer."""
        return question in self._places

    def __iter__(self) -> Iterator[str]:
        """Return the questions in the order of their first lines."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self._places)

    @cached_property
    def _reader(self) -> LineReader:
        return LineReader(self._path)
