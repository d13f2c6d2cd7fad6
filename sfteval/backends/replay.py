"""Answers that exist already: a stored run, a file of answers made elsewhere, or another harness's log.

Which row of a responses file answers a sample is known to `rows`, which answer of a log to `logged`; a file that is
another harness's log is told by its content. A sample without an answer is left out: missing data, never a wrong
answer. Does not know how the answers were made.
"""

from collections.abc import Sequence
from pathlib import Path

from sfteval.backends.logged import Answers, Logged
from sfteval.backends.protocol import Note, unheard
from sfteval.backends.rows import Rows
from sfteval.errors import DataError
from sfteval.identity import content_hash, file_hash
from sfteval.imports import Answer, read_log
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Generation, Json, Outcome, Request, Sample, Task


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
        given = self._given(request.task).get((request.sample.content_hash, request.sample_index), {})
        if len(given) > 1 and request.sample.id not in given:
            raise self._several(request.task, request.sample.id)
        return given.get(request.sample.id) or next(iter(given.values()), None)

    def _given(self, task: str) -> dict[tuple[str, int], dict[str, Generation]]:
        if task not in self._answers:
            self._answers[task] = self._read(task)
        return self._answers[task]

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

    def absent(self, task: Task) -> frozenset[tuple[str, int]]:
        """Return the samples and indices that the run was never asked for as they are; an answer that was lost was."""
        given = self._given(task.name)
        asked = ((sample, index) for sample in task.samples for index in range(task.num_samples))
        missing = {(sample.id, index) for sample, index in asked if (sample.content_hash, index) not in given}
        scores = self.folder.scores(task.name) if missing else ()
        lost = {(score.sample_id, score.sample_index) for score in scores if score.outcome is Outcome.ERROR}
        return frozenset(missing - lost)

    def unasked(self, task: Task) -> tuple[str, ...]:
        """Return the ids of prompts that the run answered and that are not among the task's, or not as they were."""
        asked = {sample.content_hash for sample in task.samples}
        given = self._given(task.name).items()
        names = (name for (content, _), answers in given if content not in asked for name in answers)
        return tuple(dict.fromkeys(names))


class Responses(_Replay):
    """The answers of a JSONL file of ours, or of another harness's log."""

    def __init__(self, path: Path) -> None:
        """Read the whole file.

        Raises: DataError for a row that cannot be read.
        """
        self.sha256 = file_hash(path)
        imported = read_log(path)
        self._log = Logged(imported) if imported is not None else None
        self._rows = Rows(path) if imported is None else None

    def description(self) -> Json:
        """Return that these answers existed, whose log they are of, and that rows were left over."""
        source = {"source": self._log.description()} if self._log is not None else {}
        notes = self._rows.notes() if self._rows is not None else []
        return {"backend": self.name} | source | ({"notes": notes} if notes else {})

    async def ready(self, note: Note = unheard) -> None:
        """Nothing to load; tell what the file was read as."""
        if self._log is not None:
            note(str(self._log.description()["said"]))

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return a hash of the file, of what is asked and of the row that answers: other rows are another question.

        Raises: DataError for a file that answers none of them, for a row without a prompt whose id different questions
        share, and for a log without answers.
        """
        if self._rows is not None:
            self._rows.learn(request.sample for request in requests)
            self._rows.check()
        elif self._log is not None and requests:
            self._log.check([request.sample for request in requests])
        return [self._question(request) for request in requests]

    def _question(self, request: Request) -> str:
        sample, index = request.sample, request.sample_index
        asked = [self.sha256, request.task, sample.id, sample.content_hash, index]
        if self._rows is None:
            return content_hash(asked)
        return content_hash([*asked, [row.line for row in self._rows.find(sample)[index : index + 1]]])

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Look the answers up; what is not there is left out."""
        if self._rows is not None:
            self._rows.learn(request.sample for request in requests)
        found = [self._answer(request, self._question(request)) for request in requests]
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

    def absent(self, task: Task) -> frozenset[tuple[str, int]]:
        """Return the samples, with index 0, that no row answers: they were never asked, as far as the file tells."""
        if self._rows is not None:
            self._rows.learn(task.samples)
        return frozenset((sample.id, 0) for sample in task.samples if not self._find(sample))

    def most_samples(self, samples: Sequence[Sample]) -> int:
        """Return the largest number of answers that any sample has."""
        if self._rows is not None:
            self._rows.learn(samples)
        return max((len(self._find(sample)) for sample in samples), default=1) or 1

    def _find(self, sample: Sample) -> Answers:
        if self._log is not None:
            return self._log.find(sample)
        assert self._rows is not None
        return [Answer("", index, row.text, row.finish_reason, {}) for index, row in enumerate(self._rows.find(sample))]
