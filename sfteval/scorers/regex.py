"""Pattern match: the target, a regular expression, is found in the compared part.

Metric `accuracy`; None when the pattern ran out of time, which is the pattern's fault and no model's. Options: `after`
or `pattern` (see `extraction`), `ignore_case`. The target is a pattern, or a list of which any may match; anchor it to
match the whole. Patterns are data: they are compiled before the first request, and run with a time limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import regex as engine

from sfteval.scorers.extraction import (
    TIMEOUT_SECONDS,
    Extraction,
    check_options,
    compile_pattern,
    extraction_of,
    flag_option,
    targets_of,
)
from sfteval.types import Graded, Reading, Sample, Task

Patterns = tuple["engine.Pattern[str]", ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """Searches with patterns."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    extraction: Extraction
    patterns: Mapping[str, Patterns]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `accuracy` 1 when a pattern is found."""
        part = self.extraction.extract(reading.answer)
        detail = {"extracted": part, "matched": None, "target": sample.target}
        for pattern in self.patterns[sample.id] if part is not None else ():
            try:
                match = pattern.search(part, timeout=TIMEOUT_SECONDS)
            except TimeoutError:
                reason = f"the pattern ran longer than {TIMEOUT_SECONDS} s"
                return Graded({"accuracy": None}, detail | {"reason": reason})
            if match is not None:
                return Graded({"accuracy": 1.0}, detail | {"matched": match[0]})
        return Graded({"accuracy": 0.0}, detail)


def build(task: Task) -> Regex:
    """Check options and compile every pattern."""
    check_options(task, "after", "pattern", "ignore_case")
    ignore_case = flag_option(task, "ignore_case")
    patterns = {
        sample.id: tuple(
            compile_pattern(target, f'task "{task.name}", sample "{sample.id}", target', ignore_case=ignore_case)
            for target in targets_of(task, sample, str, "a regular expression")
        )
        for sample in task.samples
    }
    return Regex(extraction_of(task), patterns)
