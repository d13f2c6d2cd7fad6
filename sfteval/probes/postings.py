"""Names and what each of them belongs to, as two arrays: where does a name stand?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfteval.probes.ngrams import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """For each name the values that were listed with it."""

    starts: IntArray  # [names + 1]
    values: IntArray

    @classmethod
    def of(cls, names: IntArray, values: IntArray, size: int) -> "Postings":
        """List each value under its name; `size` is one more than the largest name."""
        order = np.argsort(names, kind="stable")
        counts = np.bincount(names, minlength=size)
        return cls(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), values[order])

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether anything is listed under each name."""
        return np.diff(self.starts) > 0

    def expand(self, names: IntArray) -> tuple[IntArray, IntArray]:
        """Return for every value listed under one of `names` the index into `names`, and the value."""
        counts = self.starts[names + 1] - self.starts[names]
        which = np.repeat(np.arange(len(names)), counts)
        offsets = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return which, self.values[self.starts[names][which] + offsets]
