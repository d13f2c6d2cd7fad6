"""Questions and training turns in, the pairs that say nearly the same out: Jaccard similarity of 4-word shingles.

The similarity is exact. A suite is small, so that no sketch (MinHash) is needed to find candidates: two sets that are
so similar share at least one of the rarest fifth of the question's shingles, and only turns that hold one are compared.
They must be as similar without boilerplate, so that two texts beneath one long schema are not taken for one.
Source: near-duplicates of training data, Lee et al. 2022 (arXiv 2107.06499); prefix filtering, Bayardo et al. 2007
(WWW).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.probes.boilerplate import Mask
from sfteval.probes.eval_items import Words
from sfteval.probes.ngrams import IntArray
from sfteval.probes.postings import Postings
from sfteval.probes.suite_grams import SuiteGrams
from sfteval.probes.training_rows import Batch

SHINGLE, SIMILARITY = 4, 0.8
MIN_SHINGLES = 5  # of an item of 8 words; shorter ones are compared whole


@dataclass(frozen=True, slots=True, eq=False)
class NearDuplicates:
    """The questions that training turns are compared with."""

    shingles: Sequence[IntArray]  # of each question, distinct, boilerplate aside
    prefixes: Postings  # shingle -> questions of whose rarest it is one
    mask: Mask
    asked: Sequence[Words]

    @classmethod
    def of(cls, sought: SuiteGrams, mask: Mask) -> "NearDuplicates":
        """Prepare the questions of a suite; `mask` tells its boilerplate shingles."""
        own = [np.unique(names[~mask[names]]) for names in sought.asked]
        own = [names if len(names) >= MIN_SHINGLES else names[:0] for names in own]
        frequency = np.bincount(np.concatenate([*own, np.zeros(0, dtype=np.int64)]), minlength=len(mask))
        rarest = [names[np.argsort(frequency[names], kind="stable")][: _num_rarest(len(names))] for names in own]
        owners = np.repeat(np.arange(len(own)), [len(names) for names in rarest])
        prefixes = Postings.of(np.concatenate([*rarest, owners[:0]]), owners, len(mask))
        return cls(own, prefixes, mask, [item.asked for item in sought.items])

    def found_in(self, batch: Batch, names: IntArray) -> Iterator[tuple[int, int, float]]:
        """Yield (question, row of the batch, similarity); `names` are those of the 4-grams at each token."""
        places = np.flatnonzero(self.prefixes.holds[names])
        if not len(places):
            return
        size = len(self.mask)
        turns = np.searchsorted(batch.starts, places, side="right") - 1
        once = np.unique(turns * size + names[places])  # a turn may say one thing a thousand times
        which, questions = self.prefixes.expand(once % size)
        pairs = np.unique(once[which] // size * len(self.shingles) + questions)
        present = np.zeros(len(self.mask), dtype=np.bool_)
        turn, known, num_unknown = -1, names[:0], -1
        for pair in pairs.tolist():
            before, (turn, question) = turn, divmod(pair, len(self.shingles))
            start = int(batch.starts[turn])
            if turn != before:
                present[known] = False
                here = names[start : start + len(batch.turns[turn]) - SHINGLE + 1]
                known, num_unknown = np.unique(here[~self.mask[here]]), -1
                present[known] = True
            common, asked = int(present[self.shingles[question]].sum()), len(self.shingles[question])
            if common < SIMILARITY * max(asked, len(known)):
                continue
            if num_unknown < 0:
                num_unknown = _num_unknown(batch.turns[turn], names[start:])
            if common < SIMILARITY * (asked + len(known) + num_unknown - common):
                continue
            similarity = jaccard(self.asked[question], batch.turns[turn])
            if similarity >= SIMILARITY:
                yield question, int(batch.row_of_turn[turn]), similarity


def jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the similarity of two texts' sets of shingles, in [0, 1]; 0 where one is too short to have any."""
    mine, theirs = _shingles(one), _shingles(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _shingles(words: Sequence[str]) -> set[Words]:
    return {tuple(words[place : place + SHINGLE]) for place in range(len(words) - SHINGLE + 1)}


def _num_rarest(size: int) -> int:
    """Return how many shingles must be looked for, so that no similar turn has none of them."""
    return size // 5 + 1 if size else 0  # a fifth is what SIMILARITY lets go missing


def _num_unknown(turn: Sequence[str], names: IntArray) -> int:
    """Return how many distinct shingles of a turn stand in no question."""
    places = np.flatnonzero(names[: len(turn) - SHINGLE + 1] == 0).tolist()
    return len({tuple(turn[place : place + SHINGLE]) for place in places})
