"""Stored answers in, scores out: read the raw text, grade it, write one line per answer.

Truncated and empty answers count as failures (never stopping is a behaviour); an error of transport is missing data
and has no metrics at all. Re-scoring never asks again. Answers are graded and forgotten one at a time: what comes out
are views of the files. Does not know the other checkpoint.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sfteval.chat.places import Decode
from sfteval.chat.reading import read
from sfteval.progress import Progress, Stage
from sfteval.scorers import Scorer, build_scorer
from sfteval.store import LazySequence, RunFolder
from sfteval.types import Generation, Graded, Outcome, Reading, Sample, Score, Task, TaskRun

Heed = Callable[[Generation], None]  # sees every answer on its way to the scorer

PATIENCE_SECONDS = 2.0  # for the one answer that is being graded when nobody waits for the scores any more

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a checkpoint writes, as far as that is known."""

    think_end_id: int | None = None  # the id of `</think>`, so that thought can be counted in tokens
    dialect: str | None = None  # of its tool calls; None: guessed, with a note
    decode: Decode | None = None  # its token ids to text, so that faults can be placed in tokens; None: they are not


UNKNOWN = Writing()

_GRADING = threading.Lock()  # the libraries behind the scorers load their data lazily, and few of them for two threads


def unnoticed(generation: Generation) -> None:
    """See an answer and take no note of it."""


def score(
    tasks: Sequence[Task],
    generations: Mapping[str, Sequence[Generation]],
    folder: RunFolder,
    progress: Progress,
    *,
    writing: Writing = UNKNOWN,
    heed: Heed = unnoticed,
) -> tuple[TaskRun, ...]:
    """Grade every answer of every task and write `scores/<task>.jsonl`; `heed` sees each answer once."""
    with _stage(tasks, generations, folder, progress) as stage:
        return _graded(tasks, generations, folder, stage, writing, heed)


async def score_aside(
    tasks: Sequence[Task],
    generations: Mapping[str, Sequence[Generation]],
    folder: RunFolder,
    progress: Progress,
    *,
    writing: Writing = UNKNOWN,
    heed: Heed = unnoticed,
) -> tuple[TaskRun, ...]:
    """Do what `score` does in a thread, so that whoever else is asked meanwhile goes on being asked.

    Whoever is cancelled here waits a moment until the answer that is being graded is done: then nobody writes any more.
    """
    with _stage(tasks, generations, folder, progress) as stage:
        ended = threading.Event()
        ending = _EndingStage(stage, ended)
        grading = _in_thread(partial(_graded, tasks, generations, folder, ending, writing, heed))
        try:
            return await asyncio.shield(grading)
        except asyncio.CancelledError:
            ended.set()
            await asyncio.wait({grading}, timeout=PATIENCE_SECONDS)
            raise


def score_task(
    task: Task,
    generations: Sequence[Generation],
    folder: RunFolder,
    stage: Stage,
    writing: Writing = UNKNOWN,
    heed: Heed = unnoticed,
) -> TaskRun:
    """Grade the answers of one task, one at a time; the task's option `dialect` goes before the checkpoint's own."""
    scorer = build_scorer(task)
    samples = {sample.id: sample for sample in task.samples}
    dialect = task.options.get("dialect", writing.dialect)

    def understood(generation: Generation) -> Reading:
        return read(generation, dialect=dialect, think_end_id=writing.think_end_id, decode=writing.decode)

    def scores() -> Iterator[Score]:
        for generation in generations:
            heed(generation)
            yield _score(samples[generation.sample_id], generation, understood(generation), scorer)
            stage.advance()

    written = folder.write_scores(task.name, scores())
    readings = LazySequence(len(generations), lambda position: understood(generations[position]))
    return TaskRun(task, generations, readings, written)


def _in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Return what comes of work in a thread of its own; one that nobody waits for does not keep the process alive."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def told(tell: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            loop.call_soon_threadsafe(tell)

    def done() -> None:
        try:
            result = work()
        except _Ended:
            told(future.cancel)
        except BaseException as error:
            told(partial(future.set_exception, error))
        else:
            told(partial(future.set_result, result))

    threading.Thread(target=done, daemon=True).start()
    return future


class _Ended(Exception):
    """Nobody waits for the scores any more."""


class _EndingStage:
    """A stage at which grading ends when nobody waits for it any more."""

    def __init__(self, stage: Stage, ended: threading.Event) -> None:
        self._stage, self._ended = stage, ended

    def advance(self, n: int = 1, note: str = "") -> None:
        if self._ended.is_set():
            raise _Ended
        self._stage.advance(n, note)


def _stage(
    tasks: Sequence[Task], generations: Mapping[str, Sequence[Generation]], folder: RunFolder, progress: Progress
) -> AbstractContextManager[Stage]:
    total = sum(len(generations[task.name]) for task in tasks)
    return progress.stage(f"scoring {folder.path.name}", total=total)


def _graded(
    tasks: Sequence[Task],
    generations: Mapping[str, Sequence[Generation]],
    folder: RunFolder,
    stage: Stage,
    writing: Writing,
    heed: Heed,
) -> tuple[TaskRun, ...]:
    with _GRADING:
        return tuple(score_task(task, generations[task.name], folder, stage, writing, heed) for task in tasks)


def _score(sample: Sample, generation: Generation, reading: Reading, scorer: Scorer) -> Score:
    if reading.outcome is Outcome.ERROR:
        missing: dict[str, float | None] = dict.fromkeys(scorer.metrics)
        return Score(sample.id, generation.sample_index, reading.outcome, missing, {"error": generation.error})
    graded = scorer.grade(sample, reading)
    stands = reading.outcome is Outcome.OK or graded.stands
    metrics: Mapping[str, float | None] = graded.metrics if stands else _failed(graded)
    return Score(sample.id, generation.sample_index, reading.outcome, metrics, graded.detail)


def _failed(graded: Graded) -> dict[str, float | None]:
    """Return zeros: an answer that never came to its end is not an answer."""
    return {
        name: None if name.endswith("_reference") and value is None else 0.0 for name, value in graded.metrics.items()
    }
