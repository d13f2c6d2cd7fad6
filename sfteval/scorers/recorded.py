"""The numbers that another harness gave an answer, taken as they are: nothing is graded here.

They travel with the answer (`Generation.recorded`), so that two logs with different numbers stand side by side under
one suite. The target `{"question", "gold"}` says which question the numbers must belong to; those of another question
under the same id do not count, and the detail says so. Metrics are those that the task names. An answer that was cut
short keeps its number: whoever gave it has seen the answer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError
from sfteval.scorers.extraction import check_options
from sfteval.types import Graded, Json, Reading, Sample, Task

OTHER_QUESTION = "not comparable: the number was given to another question under this id"
NO_NUMBER = "no other harness has scored this answer"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hands on what was recorded."""

    metrics: tuple[str, ...]

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return the recorded metrics; None where none was recorded for this very question."""
        recorded, target = reading.recorded, sample.target
        gold = {"gold": target.get("gold")}
        if not recorded or recorded.get("question") != target["question"]:
            reason = OTHER_QUESTION if recorded else NO_NUMBER
            return Graded(dict.fromkeys(self.metrics), {**gold, "reason": reason}, stands=True)
        values = recorded.get("metrics")
        given: Json = values if isinstance(values, Mapping) else {}
        numbers = {metric: _number(given.get(metric)) for metric in self.metrics}
        return Graded(numbers, {**gold, "extracted": recorded.get("extracted")}, stands=True)


def build(task: Task) -> Recorded:
    """Check that every target names its question."""
    check_options(task)
    for sample in task.samples:
        if not isinstance(sample.target, Mapping) or not isinstance(sample.target.get("question"), str):
            raise DataError(
                f'task "{task.name}", sample "{sample.id}", target',
                expected='{"question", "gold"} as `sfteval import` writes it',
                got=repr(sample.target)[:80],
                next_move="Import the log again: sfteval import LOG -o DIR",
            )
    return Recorded(task.metrics)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
