"""Answers that exist already: a stored run, a file of answers made elsewhere, or another harness's log.

Rows of a responses file are `{"id" | "prompt", "response"}`, matched by id or by the prompt up to white space; several
rows of one id are several samples. An id that two different questions share tells nothing: there the prompt decides.
A file that is another harness's log is told by its content. A sample without an answer is left out: missing data,
never a wrong answer. Does not know how the answers were made.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sfteval.backends.logged import Answers, Logged, squeeze
from sfteval.backends.protocol import Note, unheard
from sfteval.errors import DataError
from sfteval.identity import content_hash, file_hash
from sfteval.imports import Answer, read_log
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
    """The answers of a run folder's last run; a sample is answered only if this very content was asked.

    Of several answers to one content (two rows of a log may ask the same) each sample gets that of its own id.
    """

    def __init__(self, path: Path) -> None:
        """Name a run folder; answers are read task by task."""
        self.folder = RunFolder(path)
        self._answers: dict[str, dict[tuple[str, int], dict[str, Generation]]] = {}  # by content and index, then id

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
        given = self._answers[request.task].get((request.sample.content_hash, request.sample_index), {})
        if len(given) > 1 and request.sample.id not in given:
            raise self._several(request.task, request.sample.id)
        return given.get(request.sample.id) or next(iter(given.values()), None)

    def _read(self, task: str) -> dict[tuple[str, int], dict[str, Generation]]:
        last = self.folder.questions(task)
        answers: dict[tuple[str, int], dict[str, Generation]] = {}
        for question, answer in self.folder.generations(task).items():
            if not answer.content_hash or (last is not None and question not in last):
                continue
            given = answers.setdefault((answer.content_hash, answer.sample_index), {})
            if answer.sample_id in given:
                raise self._several(task, answer.sample_id)
            given[answer.sample_id] = answer
        return answers

    def _several(self, task: str, sample_id: str) -> DataError:
        return DataError(
            f"{self.folder.path}, task {task}",
            expected="one answer to each sample and index",
            got=f"several to {sample_id}, asked with different settings",
            next_move="Run the checkpoint again with the settings that are meant, into the same --runs folder",
        )

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Look the answers up; what is not there is left out."""
        found = [self._find(request) for request in requests]
        return [answer for answer in found if answer is not None]


class Responses(_Replay):
    """The answers of a JSONL file of ours, or of another harness's log."""

    def __init__(self, path: Path) -> None:
        """Read the whole file; a row without an id or a prompt is an error."""
        self.sha256 = file_hash(path)
        self._by_id: dict[str, list[Answer]] = defaultdict(list)
        self._by_prompt: dict[str, list[Answer]] = defaultdict(list)
        self._without_prompt: dict[str, str] = {}  # ids of rows that have no prompt, and where the first stands
        self._shared: set[str] = set()  # ids that different questions have
        imported = read_log(path)
        self._log = Logged(imported) if imported is not None else None
        if self._log is None:
            self._read_rows(path)

    def description(self) -> Json:
        """Return that these answers existed, and whose log they are of."""
        return {"backend": self.name} | ({"source": self._log.description()} if self._log is not None else {})

    async def ready(self, note: Note = unheard) -> None:
        """Nothing to load; tell what the file was read as."""
        if self._log is not None:
            note(str(self._log.description()["said"]))

    def _read_rows(self, path: Path) -> None:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    self._add(line, f"{path}, line {number}")

    def _add(self, line: bytes, where: str) -> None:
        try:
            row: Any = json.loads(line)
            response = Answer("", 0, _response_text(row), "stop", {})
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
            self._by_prompt[squeeze(row["prompt"])].append(response)
        elif isinstance(row.get("id"), str | int):
            self._without_prompt.setdefault(str(row["id"]), where)
        else:
            raise DataError(where, expected='an "id" or a "prompt"', got="neither", next_move="Add one to the row")

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return a hash of the file and of what is asked: another file is another question.

        Raises: DataError for a row without a prompt whose id different questions share, and for a log without answers.
        """
        self._learn_shared(requests)
        if self._log is not None and requests:
            self._log.find(requests[0].sample)
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
        said = found[request.sample_index] if request.sample_index < len(found) else None
        if said is None:
            return None
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=question,
            text=said.text,
            finish_reason=said.finish_reason,
            num_prompt_tokens=said.num_prompt_tokens,
            num_tokens=said.num_tokens,
            latency_seconds=said.seconds,
            content_hash=request.sample.content_hash,
            recorded=self._log.recorded(said) if self._log is not None else {},
        )

    def most_samples(self, samples: Sequence[Sample]) -> int:
        """Return the largest number of answers that any sample has."""
        return max((len(self._find(sample)) for sample in samples), default=1) or 1

    def _find(self, sample: Sample) -> Answers:
        if self._log is not None:
            return self._log.find(sample)
        by_id = None if sample.id in self._shared else self._by_id.get(sample.id)
        return by_id or self._by_prompt.get(squeeze(sample.prompt)) or []


def _response_text(row: Any) -> str:
    """Return the raw text of a row; calls given as objects become the markup that a model would have written."""
    if isinstance(row.get("calls"), list):
        calls = [json.dumps({"name": call["name"], "arguments": call["arguments"]}) for call in row["calls"]]
        # No call was made: that is an answer, where an empty text is none.
        return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls) or "No call."
    response = row["response"]
    if not isinstance(response, str):
        raise TypeError(f'"response" is {type(response).__name__}, not text')
    return response
