"""Stored answers in, scores out: read the raw text, grade it, write one line per answer.

Truncated and empty answers count as failures (never stopping is a behaviour); an error of transport is missing data
and has no metrics at all. Re-scoring never asks again. Does not know the other checkpoint.
"""

from collections.abc import Mapping, Sequence

from sfteval.chat.reading import read
from sfteval.progress import Progress
from sfteval.scorers import Scorer, build_scorer
from sfteval.store import RunFolder
from sfteval.types import Generation, Graded, Outcome, Reading, Sample, Score, Task, TaskRun


def score(
    tasks: Sequence[Task],
    generations: Mapping[str, Sequence[Generation]],
    folder: RunFolder,
    progress: Progress,
    *,
    think_end_id: int | None = None,
) -> tuple[TaskRun, ...]:
    """Grade every answer of every task and write `scores/<task>.jsonl`."""
    total = sum(len(generations[task.name]) for task in tasks)
    with progress.stage(f"scoring {folder.path.name}", total=total) as stage:
        runs = []
        for task in tasks:
            run = score_task(task, generations[task.name], think_end_id)
            folder.write_scores(task.name, run.scores)
            stage.advance(len(run.scores))
            runs.append(run)
    return tuple(runs)


def score_task(task: Task, generations: Sequence[Generation], think_end_id: int | None = None) -> TaskRun:
    """Grade the answers of one task; `think_end_id` lets thought be counted in tokens."""
    scorer = build_scorer(task)
    samples = {sample.id: sample for sample in task.samples}
    readings = tuple(read(generation, think_end_id=think_end_id) for generation in generations)
    scores = tuple(
        _score(samples[generation.sample_id], generation, reading, scorer)
        for generation, reading in zip(generations, readings, strict=True)
    )
    return TaskRun(task, tuple(generations), readings, scores)


def _score(sample: Sample, generation: Generation, reading: Reading, scorer: Scorer) -> Score:
    if reading.outcome is Outcome.ERROR:
        missing: dict[str, float | None] = dict.fromkeys(scorer.metrics)
        return Score(sample.id, generation.sample_index, reading.outcome, missing, {"error": generation.error})
    graded = scorer.grade(sample, reading)
    metrics: Mapping[str, float | None] = graded.metrics if reading.outcome is Outcome.OK else _failed(graded)
    return Score(sample.id, generation.sample_index, reading.outcome, metrics, graded.detail)


def _failed(graded: Graded) -> dict[str, float | None]:
    """Return zeros: an answer that never came to its end is not an answer."""
    return {
        name: None if name.endswith("_reference") and value is None else 0.0 for name, value in graded.metrics.items()
    }
