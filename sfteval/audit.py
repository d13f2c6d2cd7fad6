"""Scored runs in, an error out unless every answer gets the same grade however often and wherever it is scored.

Each answer is graded again in the stored order, backwards and shuffled, by a new scorer each time, and in processes of
their own; metrics and detail must be those that were written. An answer that was lost in transport has no grade.
Does not know what a grade is made of.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import canonical_json
from sfteval.progress import Progress
from sfteval.scorers import Scorer, build_scorer
from sfteval.types import Graded, Outcome, Reading, Sample, Score, Task, TaskRun

NUM_PROCESSES = 2
CHUNK = 200  # answers handed to a process at a time
SHOWN = 3

Regraded = tuple[str, int, Graded | None]  # how, position, grade
_STATE: dict[str, Any] = {}  # of a process of our own: its scorer and its samples


@dataclass(frozen=True, slots=True)
class Flip:
    """One answer that was graded differently from before."""

    task: str
    sample_id: str
    sample_index: int
    how: str  # "backwards", "in another process", ...


def audit(runs: Sequence[TaskRun], progress: Progress, *, seed: int = 0) -> int:
    """Grade every answer again and again; return how many gradings agreed.

    Raises: DataError when one did not.
    """
    flips: list[Flip] = []
    num_graded = 0
    for run in runs:
        num = len(run.scores) * (len(_orders(0, seed)) + NUM_PROCESSES)
        with progress.stage(f"auditing {run.task.name}", total=num) as stage:
            for how, position, graded in chain(_in_every_order(run, seed), _in_processes(run, seed)):
                stage.advance()
                if graded is None:
                    continue
                num_graded += 1
                score = run.scores[position]
                if _differs(score, graded):
                    flips.append(Flip(run.task.name, score.sample_id, score.sample_index, how))
    if flips:
        raise DataError(
            "sfteval score --audit",
            expected="the same grade for the same text every time",
            got=f"{len(flips):,} of {num_graded:,} gradings that differ: {_listed(flips)}",
            next_move="Make the task's scorer a pure function of the text; a grade that flips cannot be compared",
        )
    return num_graded


def _orders(num: int, seed: int) -> dict[str, list[int]]:
    orders = {"again": list(range(num)), "backwards": list(range(num))[::-1]}
    return orders | {"shuffled": random.Random(seed).sample(range(num), num)}


def _in_every_order(run: TaskRun, seed: int) -> Iterator[Regraded]:
    for how, order in _orders(len(run.scores), seed).items():
        scorer = build_scorer(run.task)
        samples = {sample.id: sample for sample in run.task.samples}
        for position in order:
            yield how, position, _grade(scorer, samples[run.scores[position].sample_id], run.readings[position])


def _in_processes(run: TaskRun, seed: int) -> Iterator[Regraded]:
    """Grade in fresh processes, each of which hashes texts in an order of its own."""
    positions = random.Random(seed).sample(range(len(run.scores)), len(run.scores))
    chunks = [positions[start : start + CHUNK] for start in range(0, len(positions), CHUNK)]
    for _ in range(NUM_PROCESSES):
        with ProcessPoolExecutor(1, get_context("spawn"), _build, (run.task,)) as pool:
            for chunk in chunks:
                asked = [(run.scores[position].sample_id, run.readings[position]) for position in chunk]
                for position, graded in zip(chunk, pool.submit(_grade_all, asked).result(), strict=True):
                    yield "in another process", position, graded


def _build(task: Task) -> None:
    _STATE["scorer"], _STATE["samples"] = build_scorer(task), {sample.id: sample for sample in task.samples}


def _grade_all(asked: Sequence[tuple[str, Reading]]) -> list[Graded | None]:
    scorer, samples = _STATE["scorer"], _STATE["samples"]
    return [_grade(scorer, samples[sample_id], reading) for sample_id, reading in asked]


def _grade(scorer: Scorer, sample: Sample, reading: Reading) -> Graded | None:
    """Return the grade; None for an answer that was lost."""
    return None if reading.outcome is Outcome.ERROR else scorer.grade(sample, reading)


def _differs(score: Score, graded: Graded) -> bool:
    """Compare with what was written; the metrics of an answer that failed were written as zeros."""
    same_metrics = score.outcome is not Outcome.OK or dict(score.metrics) == dict(graded.metrics)
    return not same_metrics or canonical_json(dict(score.detail)) != canonical_json(dict(graded.detail))


def _listed(flips: Sequence[Flip]) -> str:
    shown = [f'{flip.task} "{flip.sample_id}" answer {flip.sample_index} {flip.how}' for flip in flips[:SHOWN]]
    return ", ".join(shown) + (", ..." if len(flips) > SHOWN else "")
