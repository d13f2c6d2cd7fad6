"""Training rows and what is looked for in, the number of distinct rows that hold each of it out: what is boilerplate.

The first reading of the rows. Does not know which items they belong to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sfteval.probes.boilerplate import Mask, common_in_rows, rows_with
from sfteval.probes.ngrams import IntArray
from sfteval.probes.suite_grams import MASKED_SIZES, SuiteGrams
from sfteval.probes.training_rows import Batch, TrainingRow, batches_of


@dataclass(frozen=True, slots=True, eq=False)
class RowCounts:
    """In how many distinct rows everything stands."""

    num_rows: int
    grams: Mapping[int, IntArray]  # n -> rows with each name
    patterns: IntArray  # rows with each substring
    first_rows: Mapping[int, str]  # substring -> id of the first row with it

    @classmethod
    def of(cls, sought: SuiteGrams, rows: Iterable[TrainingRow]) -> "RowCounts":
        """Read all rows once."""
        sizes = {n: len(sought.grams.tables[n]) + 1 for n in MASKED_SIZES}
        grams = {n: np.zeros(size, dtype=np.int64) for n, size in sizes.items()}
        patterns, first_rows, num_rows = np.zeros(len(sought.pattern_mask), dtype=np.int64), dict[int, str](), 0
        for batch in batches_of(rows, sought.grams):
            num_rows += len(batch.ids)
            names, row_of_token = sought.grams.names(batch.tokens), batch.row_of_token
            for n, size in sizes.items():
                places = np.flatnonzero(names[n])
                grams[n] += rows_with(names[n][places], row_of_token[places], size)
            for number, row in _substrings_in(batch, sought):
                patterns[number] += 1
                first_rows.setdefault(number, batch.ids[row])
        return cls(num_rows, grams, patterns, first_rows)

    def masks(self, sought: SuiteGrams) -> dict[int, Mask]:
        """Return for each n the boilerplate of the rows and of the suite together."""
        return {n: sought.masks[n] | common_in_rows(self.grams[n], self.num_rows) for n in MASKED_SIZES}

    def substrings(self, sought: SuiteGrams) -> Iterator[tuple[int, str]]:
        """Yield (item, id of a row) for every substring that was found and is no boilerplate."""
        mask = sought.pattern_mask | common_in_rows(self.patterns, self.num_rows)
        for item, numbers in enumerate(sought.patterns_of):
            for number in numbers:
                if number in self.first_rows and not mask[number]:
                    yield item, self.first_rows[number]


def _substrings_in(batch: Batch, sought: SuiteGrams) -> list[tuple[int, int]]:
    """Return (substring, row of the batch), each once and in order."""
    texts = ["".join(turn) for turn in batch.turns]
    found = list(sought.patterns.found_in("\n".join(texts)))
    if not found:
        return []
    ends = np.cumsum([len(text) + 1 for text in texts])
    turns = np.searchsorted(ends, [place for place, _ in found], side="right")
    rows = batch.row_of_turn[turns].tolist()
    return sorted({(number, row) for (_, number), row in zip(found, rows, strict=True)}, key=lambda pair: pair[::-1])
