"""Answers that exist already: a stored run, or a file of answers made elsewhere.

Rows of a responses file are `{"id" | "prompt", "response"}`, matched by id or by the prompt up to white space; several
rows of one id are several samples. An id that two different questions share tells nothing: there the prompt decides.
A sample without an answer is left out: missing data, never a wrong answer.
Does not know how the answers were made.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sfteval.backends.protocol import Note, unheard
from sfteval.errors import DataError
from sfteval.identity import content_hash, file_hash
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Generation, Json, Request, Sample


def open_replay(checkpoint: Checkpoint) -> "StoredRun | Responses":
    """Open a stored run or a responses file.

    Raises: DataError for a row that cannot be read.
    """
    assert checkpoint.path is not None
    return StoredRun(checkpoint.path) if checkpoint.kind == "run" else Responses(checkpoint.path)


class _Replay:
    name = "replay"
    concurrency = 1
    max_concurrency = 1
    think_end_id: int | None = None

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """One unit: a lookup is free."""
        return [tuple(range(len(requests)))] if requests else []

    async def ready(self, note: Note = unheard) -> None:
        """Nothing to load."""

    def description(self) -> Json:
        return {"backend": self.name}


class StoredRun(_Replay):
    """The answers of a run folder's last run; a sample is answered only if this very content was asked."""

    def __init__(self, path: Path) -> None:
        """Name a run folder; answers are read task by task."""
        self.folder = RunFolder(path)
        self._answers: dict[str, dict[tuple[str, int], Generation]] = {}

    def description(self) -> Json:
        """Return how the stored run was asked."""
        described: Json = self.folder.manifest().get("settings", {}).get("backend", {})
        return described

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return the questions as they were stored; one that was never asked gets a hash of its own."""
        found = [self._find(request) for request in requests]
        return [
            answer.question if answer else content_hash([request.sample.content_hash, request.sample_index])
            for answer, request in zip(found, requests, strict=True)
        ]

    def _find(self, request: Request) -> Generation | None:
        if request.task not in self._answers:
            self._answers[request.task] = self._read(request.task)
        return self._answers[request.task].get((request.sample.content_hash, request.sample_index))

    def _read(self, task: str) -> dict[tuple[str, int], Generation]:
        last = self.folder.questions(task)
        answers: dict[tuple[str, int], Generation] = {}
        for question, answer in self.folder.generations(task).items():
            if not answer.content_hash or (last is not None and question not in last):
                continue
            if (answer.content_hash, answer.sample_index) in answers:
                raise DataError(
                    f"{self.folder.path}, task {task}",
                    expected="one answer to each sample and index",
                    got=f"several to {answer.sample_id}, asked with different settings",
                    next_move="Run the checkpoint again with the settings that are meant, into the same --runs folder",
                )
            answers[answer.content_hash, answer.sample_index] = answer
        return answers

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Look the answers up; what is not there is left out."""
        found = [self._find(request) for request in requests]
        return [answer for answer in found if answer is not None]


class Responses(_Replay):
    """The answers of a JSONL file."""

    def __init__(self, path: Path) -> None:
        """Read the whole file; a row without an id or a prompt is an error."""
        self.sha256 = file_hash(path)
        self._by_id: dict[str, list[str]] = defaultdict(list)
        self._by_prompt: dict[str, list[str]] = defaultdict(list)
        self._without_prompt: dict[str, str] = {}  # ids of rows that have no prompt, and where the first stands
        self._shared: set[str] = set()  # ids that different questions have
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    self._add(line, f"{path}, line {number}")

    def _add(self, line: bytes, where: str) -> None:
        try:
            row: Any = json.loads(line)
            response = _response_text(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DataError(
                where,
                expected='{"id" or "prompt", "response"}',
                got=" ".join(str(error).split())[:120],
                next_move="Mend or remove that line",
            ) from error
        if isinstance(row.get("id"), str | int):
            self._by_id[str(row["id"])].append(response)
        if isinstance(row.get("prompt"), str):
            self._by_prompt[_squeeze(row["prompt"])].append(response)
        elif isinstance(row.get("id"), str | int):
            self._without_prompt.setdefault(str(row["id"]), where)
        else:
            raise DataError(where, expected='an "id" or a "prompt"', got="neither", next_move="Add one to the row")

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return a hash of the file and of what is asked: another file is another question.

        Raises: DataError for a row without a prompt whose id different questions share.
        """
        self._learn_shared(requests)
        return [
            content_hash([self.sha256, r.task, r.sample.id, r.sample.content_hash, r.sample_index]) for r in requests
        ]

    def _learn_shared(self, requests: Sequence[Request]) -> None:
        contents: dict[str, set[str]] = defaultdict(set)
        for request in requests:
            contents[request.sample.id].add(request.sample.content_hash)
        shared = {name for name, found in contents.items() if len(found) > 1}
        for name in sorted(shared & self._without_prompt.keys()):
            raise DataError(
                self._without_prompt[name],
                expected="an id of one question",
                got=f'"{name}", which several tasks have',
                next_move='Add the "prompt" to every row, or ask for one suite at a time',
            )
        self._shared |= shared

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Look the answers up by id, then by prompt."""
        found = [self._answer(*pair) for pair in zip(requests, self.questions(requests), strict=True)]
        return [answer for answer in found if answer is not None]

    def _answer(self, request: Request, question: str) -> Generation | None:
        found = self._find(request.sample)
        if request.sample_index >= len(found):
            return None
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=question,
            text=found[request.sample_index],
            finish_reason="stop",
            content_hash=request.sample.content_hash,
        )

    def most_samples(self, samples: Sequence[Sample]) -> int:
        """Return the largest number of answers that any sample has."""
        return max((len(self._find(sample)) for sample in samples), default=1) or 1

    def _find(self, sample: Sample) -> list[str]:
        by_id = None if sample.id in self._shared else self._by_id.get(sample.id)
        return by_id or self._by_prompt.get(_squeeze(sample.prompt)) or []


def _response_text(row: Any) -> str:
    """Return the raw text of a row; calls given as objects become the markup that a model would have written."""
    if isinstance(row.get("calls"), list):
        calls = [json.dumps({"name": call["name"], "arguments": call["arguments"]}) for call in row["calls"]]
        return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)
    response = row["response"]
    if not isinstance(response, str):
        raise TypeError(f'"response" is {type(response).__name__}, not text')
    return response


def _squeeze(text: str) -> str:
    return " ".join(text.split())
