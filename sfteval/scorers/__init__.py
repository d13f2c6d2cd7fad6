"""The catalogue of scorers: a Task in, a Scorer out, one line a scorer.

A scorer is one module with `build(task) -> Scorer`, which checks every sample's target and the task's options, so that
a mistake in the data ends the command before the first request. Third parties add theirs by the entry point group
`sfteval.scorers` (name = the scorer's name, value = its `build`).
Does not know where answers come from, what a transport error is, or what becomes of truncated ones.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import ClassVar, Protocol

from sfteval.errors import DataError, nearest
from sfteval.types import Graded, Reading, Sample, Task

GROUP = "sfteval.scorers"
SCORERS: dict[str, str] = {
    "exact": "sfteval.scorers.exact",
    "numeric": "sfteval.scorers.numeric",
    "choice": "sfteval.scorers.choice",
    "contains": "sfteval.scorers.contains",
    "regex": "sfteval.scorers.regex",
    "constraints": "sfteval.scorers.constraints",
    "toolcalls": "sfteval.scorers.toolcalls",
    "json": "sfteval.scorers.json_scorer",
    "answered": "sfteval.scorers.answered",
    "lm-eval": "sfteval.scorers.lm_eval_scorer",
    "recorded": "sfteval.scorers.recorded",
    "agent": "sfteval.scorers.agent",
}


class Scorer(Protocol):
    """Grades one sample at a time, pure: the same text always gets the same grade."""

    metrics: ClassVar[tuple[str, ...]]  # the names that `grade` always returns

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return the metrics of this answer and the detail behind them."""
        ...


def build_scorer(task: Task) -> Scorer:
    """Return the task's scorer, after it has checked every target and option."""
    build: Callable[[Task], Scorer]
    if task.scorer in SCORERS:
        build = import_module(SCORERS[task.scorer]).build
        return build(task)
    plugins = {point.name: point for point in entry_points(group=GROUP)}
    if task.scorer in plugins:
        build = plugins[task.scorer].load()
        return build(task)
    known = [*SCORERS, *plugins]
    got = f'"{task.scorer}"'
    raise DataError(f'task "{task.name}"', expected="a known scorer", got=got, next_move=nearest(task.scorer, known))
