"""Stored answers in, scores out: read the raw text, grade it, write one line per answer.

Truncated and empty answers count as failures (never stopping is a behaviour); an error of transport is missing data
and has no metrics at all. Re-scoring never asks again. Answers are graded and forgotten one at a time: what comes out
are views of the files. Does not know the other checkpoint.
"""

from collections.abc import Iterator, Mapping, Sequence

from sfteval.chat.reading import read
from sfteval.progress import Progress, Stage
from sfteval.scorers import Scorer, build_scorer
from sfteval.store import LazySequence, RunFolder
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
        return tuple(score_task(task, generations[task.name], folder, stage, think_end_id) for task in tasks)


def score_task(
    task: Task, generations: Sequence[Generation], folder: RunFolder, stage: Stage, think_end_id: int | None = None
) -> TaskRun:
    """Grade the answers of one task, one at a time; `think_end_id` lets thought be counted in tokens."""
    scorer = build_scorer(task)
    samples = {sample.id: sample for sample in task.samples}

    def scores() -> Iterator[Score]:
        for generation in generations:
            reading = read(generation, think_end_id=think_end_id)
            yield _score(samples[generation.sample_id], generation, reading, scorer)
            stage.advance()

    written = folder.write_scores(task.name, scores())
    readings = LazySequence(len(generations), lambda position: read(generations[position], think_end_id=think_end_id))
    return TaskRun(task, generations, readings, written)


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
