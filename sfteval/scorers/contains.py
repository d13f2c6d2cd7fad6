"""Contains: the compared part holds the target text.

Metric `accuracy`. Options: `after` or `pattern` (see `extraction`), `all` (every entry of a list, not any), `case`
(upper and lower case differ; off). The target is a text or a number, or a list of them. Does not know word boundaries:
"art" stands in "party"; a pattern with the scorer `regex` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sfteval.scorers.extraction import Extraction, check_options, extraction_of, flag_option, targets_of
from sfteval.types import Graded, Reading, Sample, Task


@dataclass(frozen=True, slots=True)
class Contains:
    """Looks for texts."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    extraction: Extraction
    needs_all: bool
    case: bool
    wanted: Mapping[str, tuple[str, ...]]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `accuracy` 1 when any of the texts, or all of them, are there."""
        part = self.extraction.extract(reading.answer)
        searched = "" if part is None else part if self.case else part.casefold()
        wanted = self.wanted[sample.id]
        found = [text for text in wanted if (text if self.case else text.casefold()) in searched]
        right = part is not None and (len(found) == len(wanted) if self.needs_all else bool(found))
        return Graded({"accuracy": float(right)}, {"extracted": part, "found": found, "target": sample.target})


def build(task: Task) -> Contains:
    """Check options and targets."""
    check_options(task, "after", "pattern", "all", "case")
    wanted = {
        sample.id: tuple(map(str, targets_of(task, sample, (str, int, float), "a text or a number")))
        for sample in task.samples
    }
    return Contains(extraction_of(task), flag_option(task, "all"), flag_option(task, "case"), wanted)
