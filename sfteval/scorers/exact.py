"""Exact match: the compared part equals one of the accepted answers, runs of white space counting as one space.

Metric `accuracy`. Options: `after` or `pattern` (see `extraction`), `ignore_case`. The target is a text or a number, or
a list of which any is right. Does not know synonyms or number formats; `numeric` knows the latter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sfteval.scorers.extraction import Extraction, check_options, extraction_of, flag_option, targets_of
from sfteval.types import Graded, Reading, Sample, Task


@dataclass(frozen=True, slots=True)
class Exact:
    """Compares whole texts."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    extraction: Extraction
    ignore_case: bool
    accepted: Mapping[str, tuple[str, ...]]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `accuracy` 1 when the compared part is an accepted answer."""
        found = self.extraction.extract(reading.answer)
        right = found is not None and normal(found, self.ignore_case) in self.accepted[sample.id]
        return Graded({"accuracy": float(right)}, {"extracted": found, "target": sample.target})


def build(task: Task) -> Exact:
    """Check options and targets."""
    check_options(task, "after", "pattern", "ignore_case")
    ignore_case = flag_option(task, "ignore_case")
    accepted = {
        sample.id: tuple(
            normal(str(entry), ignore_case)
            for entry in targets_of(task, sample, (str, int, float), "a text or a number")
        )
        for sample in task.samples
    }
    return Exact(extraction_of(task), ignore_case, accepted)


def normal(text: str, ignore_case: bool) -> str:
    """Return the text as it is compared."""
    text = " ".join(text.split())
    return text.casefold() if ignore_case else text
