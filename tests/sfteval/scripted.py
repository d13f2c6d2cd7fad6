"""A backend that answers from a function, suites made in memory, and runs made of scores: toys for the stages."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from sfteval.errors import TransientError
from sfteval.identity import content_hash
from sfteval.types import (
    Checkpoint,
    Generation,
    Json,
    Message,
    Outcome,
    Reading,
    Request,
    Run,
    Sample,
    Sampling,
    Score,
    Task,
    TaskRun,
)


class ScriptedBackend:
    """Answers `say(request)`; a text of "!" is a transport error, "!!" a transient one that mends at the second try."""

    name = "scripted"
    concurrency = 4
    max_concurrency = 4
    think_end_id = None

    def __init__(self, say: Callable[[Request], str], unit_size: int = 1) -> None:
        self.say, self.unit_size = say, unit_size
        self.asked: list[str] = []
        self.failed: set[str] = set()

    async def ready(self, note=None) -> None:
        pass

    def description(self) -> Json:
        return {"backend": self.name}

    def questions(self, requests: Sequence[Request]) -> list[str]:
        return [content_hash([r.task, r.sample.content_hash, r.sample_index, r.sampling.max_tokens]) for r in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        places = range(len(requests))
        return [tuple(places[start : start + self.unit_size]) for start in range(0, len(requests), self.unit_size)]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        await asyncio.sleep(0)
        self.asked.extend(request.sample.id for request in requests)
        return [self._generation(*pair) for pair in zip(requests, self.questions(requests), strict=True)]

    def _generation(self, request: Request, question: str) -> Generation:
        text = self.say(request)
        if text == "!" or (text == "!!" and question not in self.failed):
            self.failed.add(question)
            raise TransientError("scripted", expected="an answer", got="none", next_move="Call again")
        return Generation(request.task, request.sample.id, request.sample_index, question, text, "stop", num_tokens=3)


def sample(name: str, target: object = "4", cluster: str = "") -> Sample:
    messages = (Message("user", f"question {name}"),)
    return Sample(name, messages, target=target, cluster=cluster, content_hash=content_hash([name, target]))


def task(num: int = 4, *, name: str = "sums", gating: tuple[str, ...] = ("accuracy",), **fields: object) -> Task:
    samples = tuple(sample(f"s{i}") for i in range(num))
    sampling = Sampling(max_tokens=8)
    return Task(name, "exact", samples, ("accuracy",), gating=gating, sampling=sampling, **fields)  # type: ignore[arg-type]


def checkpoint(name: str = "a", **fields: object) -> Checkpoint:
    return Checkpoint(argument=name, kind="directory", name=name, fingerprint=content_hash(name), **fields)  # type: ignore[arg-type]


def run_of(values: Sequence[float | Outcome | None], name: str = "a", of: Task | None = None) -> Run:
    """Return a run of one task in which prompt i scored `values[i]`; an Outcome stands for an answer that failed so."""
    asked = of or task(len(values))
    scores = tuple(_score(s.id, value) for s, value in zip(asked.samples, values, strict=True))
    readings = tuple(Reading(score.outcome, "4") for score in scores)
    generations = tuple(
        Generation(asked.name, s.id, 0, content_hash(s.id), "4", "stop", num_tokens=2) for s in asked.samples
    )
    settings = {"sampling": {asked.name: {"max_tokens": 8}}}
    return Run(checkpoint(name), settings, (TaskRun(asked, generations, readings, scores),), Path("runs"))


def _score(sample_id: str, value: float | Outcome | None) -> Score:
    if isinstance(value, Outcome):
        return Score(sample_id, 0, value, {"accuracy": None if value is Outcome.ERROR else 0.0})
    return Score(sample_id, 0, Outcome.OK if value is not None else Outcome.ERROR, {"accuracy": value})
