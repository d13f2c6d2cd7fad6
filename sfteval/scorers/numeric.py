"""Numeric match: the last number of the compared part equals the target by value.

Metric `accuracy`. Options: `after` or `pattern` (see `extraction`), `tolerance` (absolute), `relative_tolerance`. Reads
signs, thousands ("1,000"), decimals, exponents and simple fractions ("3/4"); units and currency signs are passed over.
Does not know percentages: "50%" is 50. The target is a number, a text that holds one, or a list of which any is right.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sfteval.errors import DataError
from sfteval.scorers.extraction import Extraction, check_options, extraction_of, number_option, targets_of
from sfteval.types import Graded, Reading, Sample, Task

DIGITS = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?(?:[eE][+-]?\d++)?|\.\d++"
NUMBER = re.compile(
    rf"(?P<sign>(?<![\w.)])[-+−]\s?)?[$€£]?(?:(?P<over>\d++)/(?P<under>\d++)(?![/\d])|(?P<plain>{DIGITS}))"
)


@dataclass(frozen=True, slots=True)
class Numeric:
    """Compares by value."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    extraction: Extraction
    tolerance: float
    relative_tolerance: float
    accepted: Mapping[str, tuple[float, ...]]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `accuracy` 1 when the last number is an accepted one."""
        found = self.extraction.extract(reading.answer)
        value = None if found is None else last_number(found)
        right = value is not None and any(self._equal(value, target) for target in self.accepted[sample.id])
        return Graded({"accuracy": float(right)}, {"extracted": value, "target": sample.target})

    def _equal(self, value: float, target: float) -> bool:
        return math.isclose(value, target, rel_tol=max(1e-12, self.relative_tolerance), abs_tol=self.tolerance)


def build(task: Task) -> Numeric:
    """Check options and targets."""
    check_options(task, "after", "pattern", "tolerance", "relative_tolerance")
    accepted = {sample.id: _numbers(task, sample) for sample in task.samples}
    tolerances = number_option(task, "tolerance"), number_option(task, "relative_tolerance")
    return Numeric(extraction_of(task), *tolerances, accepted)


def last_number(text: str) -> float | None:
    """Return the last number in a text; None where there is none that is finite."""
    found = None
    for match in NUMBER.finditer(text):
        found = match
    if found is None:
        return None
    value = _value(found)
    if value is None or not math.isfinite(value):
        return None
    return -value if (found["sign"] or "").strip() in ("-", "−") else value


def _value(match: re.Match[str]) -> float | None:
    if match["plain"]:
        return float(match["plain"].replace(",", ""))
    try:
        return int(match["over"]) / int(match["under"])
    except (ArithmeticError, ValueError):  # over zero, or more digits than Python reads
        return None


def _numbers(task: Task, sample: Sample) -> tuple[float, ...]:
    targets = targets_of(task, sample, (int, float, str), "a number")
    numbers = [last_number(target) if isinstance(target, str) else float(target) for target in targets]
    if any(number is None or not math.isfinite(number) for number in numbers):
        raise DataError(
            f'task "{task.name}", sample "{sample.id}", target',
            expected="a finite number, or a list of them",
            got=repr(sample.target)[:80],
            next_move="Mend the target in the task's data file",
        )
    return tuple(number for number in numbers if number is not None)
