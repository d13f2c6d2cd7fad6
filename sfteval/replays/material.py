"""Stored runs in, the answers that may be dealt to either side of a replay out, task by task.

Answers of one checkpoint to one prompt are interchangeable, and so are, if the null is true, those of two. Does not
deal. A prompt without a score of every gating metric is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.errors import DataError
from sfteval.rules import STANDARD, Rules, gated
from sfteval.stats import FloatArray
from sfteval.types import Run, Suite, Task, TaskRun


@dataclass(frozen=True, slots=True)
class Material:
    """The scores of one task's answers."""

    task: Task
    scores: Mapping[str, FloatArray]  # by gating metric `[n, S]`: S answers to each of n prompts
    clusters: tuple[str, ...]  # of each prompt; "": its own
    ids: tuple[str, ...] = ()  # of each prompt's sample; empty: not known, and then nothing is golden

    @property
    def num_answers(self) -> int:
        """How many answers every prompt has."""
        return min((scores.shape[1] for scores in self.scores.values() if scores.ndim == 2), default=0)


def material_of(runs: Sequence[Run], rules: Rules = STANDARD) -> tuple[Material, ...]:
    """Return what may be dealt: the samples of one run, or the answers of several runs of the same tasks.

    Raises: DataError where no task gates, ConfigurationError for rules about what the tasks do not have.
    """
    (asked,) = gated((Suite("", "", "", "", tuple(run.task for run in runs[0].tasks)),), rules)
    found = tuple(
        _material(task, [run.tasks[place] for run in runs]) for place, task in enumerate(asked.tasks) if task.gating
    )
    if not found:
        raise DataError(
            "sfteval aa",
            expected="a task with gating metrics",
            got="none",
            next_move='Name them in the suite, gating = ["accuracy"], or in a gate.toml: --gate FILE',
        )
    return found


def _material(task: Task, runs: Sequence[TaskRun]) -> Material:
    rows: dict[str, list[list[float]]] = {sample.id: [] for sample in task.samples}
    for run in runs:
        for score in run.scores:
            values = [score.metrics.get(metric) for metric in task.gating]
            if None not in values:
                rows[score.sample_id].append([float(value) for value in values if value is not None])
    kept = [sample for sample in task.samples if rows[sample.id]]
    fewest = min((len(rows[sample.id]) for sample in kept), default=0)
    table = np.array([rows[sample.id][:fewest] for sample in kept], dtype=np.float64)  # [n, S, metrics]
    table = table.reshape(len(kept), fewest, len(task.gating))
    scores = {metric: np.ascontiguousarray(table[:, :, place]) for place, metric in enumerate(task.gating)}
    return Material(task, scores, tuple(sample.cluster for sample in kept), tuple(sample.id for sample in kept))
