"""What is said of one evaluation item that also stands in the training data, and by which rules. Keeps no text."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal["exact", "ngram_13", "coverage_8", "substring_50", "near_duplicate"]
RULES: tuple[Rule, ...] = ("exact", "ngram_13", "coverage_8", "substring_50", "near_duplicate")
MIN_RUN, MIN_COVERAGE, MIN_WORDS = 13, 0.5, 8


@dataclass(frozen=True, slots=True)
class DirtyItem:
    """One evaluation item that also stands in the training data."""

    task: str
    sample_id: str
    rules: tuple[Rule, ...]
    longest_run: int  # words in a row that one training row shares, boilerplate aside
    coverage: float  # share of the question or of the reference that one training row holds, boilerplate aside
    row: str  # id of the training row with the strongest evidence


@dataclass(frozen=True, slots=True)
class Control:
    """How much a task's items overlap with items of other stems; at most 2 % of them overlap more."""

    coverage: float = 0.0
    run: int = 0  # words

    def is_exceeded_by(self, *, coverage: float = 0.0, run: int = 0) -> bool:
        """Tell whether an overlap with a training row is evidence: enough by the rule, and more than that."""
        return (coverage >= MIN_COVERAGE and coverage > self.coverage) or (run >= MIN_RUN and run > self.run)

    @property
    def is_templated(self) -> bool:
        """Whether the rules would find the task's own items guilty of each other."""
        return self.coverage >= MIN_COVERAGE or self.run >= MIN_RUN
