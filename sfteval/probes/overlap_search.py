"""Batches of training rows in, the evidence against each evaluation item out: the second reading of the rows.

Before it looks at a row, the search is turned on the suite itself. Where items resemble items of other stems (a
template with slots, a passage that many questions share), an overlap as large as theirs is no sign of training: it must
exceed what all but 2 % of the task's items share with another stem.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfteval.probes.boilerplate import Mask
from sfteval.probes.dirty import MIN_RUN, MIN_WORDS, RULES, Control, DirtyItem, Rule
from sfteval.probes.near_duplicates import NearDuplicates
from sfteval.probes.ngrams import IntArray
from sfteval.probes.postings import Postings
from sfteval.probes.shared_runs import N, first_places, shared_with
from sfteval.probes.suite_grams import SuiteGrams
from sfteval.probes.training_rows import Batch

TOLERATED_SHARE = 0.02  # of a task's items that may overlap more with another stem


class OverlapSearch:
    """What was found so far; `look_at` and `saw` add to it, an item's rules are those that it ever met."""

    def __init__(self, sought: SuiteGrams, masks: dict[int, Mask]) -> None:
        """Prepare what is looked for; `masks` tell the boilerplate n-grams, by n."""
        self.sought = sought
        self.found: dict[int, DirtyItem] = {}  # by item
        self._strength: dict[int, float] = {}  # of the evidence whose row is named
        self._places = {n: _places(sought, n, masks[n]) for n in (8, 13)}
        self._own = _own_words(sought, masks[N])
        self._near = NearDuplicates.of(sought, masks[4])
        self._whole = defaultdict[str, list[int]](list)
        for number, item in enumerate(sought.items):
            if item.asked:
                self._whole[" ".join(item.asked)].append(number)
        self._lengths = {len(item.asked) for item in sought.items if item.asked}
        self.controls = _controls(sought, self._places[8], self._own)

    def num_boilerplate(self) -> int:
        """Return how many items of 8 words and more have no 8-gram of their own."""
        questions = self._own[0::2].tolist()
        long = (len(item.asked) >= MIN_WORDS for item in self.sought.items)
        return sum(is_long and not own for is_long, own in zip(long, questions, strict=True))

    def look_at(self, batch: Batch) -> None:
        """Apply every rule but that of the substrings."""
        names, row_of_token = self.sought.grams.names(batch.tokens), batch.row_of_token
        for turn, row in zip(batch.turns, batch.row_of_turn.tolist(), strict=True):
            for item in self._whole.get(" ".join(turn), ()) if len(turn) in self._lengths else ():
                self.saw(item, "exact", 3.0, batch.ids[row], run=len(turn), coverage=1.0)
        for item, row, similarity in self._near.found_in(batch, names[4]):
            self.saw(item, "near_duplicate", 1.0 + similarity, batch.ids[row])
        self._runs_of_13(batch, names[13], row_of_token)
        self._overlaps(batch, names[8], row_of_token)

    def saw(self, item: int, rule: Rule | None, strength: float, row: str, run: int = 0, coverage: float = 0.0) -> None:
        """Add evidence; the row that is named is that of the strongest, the first of equals."""
        sample = self.sought.items[item]
        old = self.found.get(item) or DirtyItem(sample.task, sample.id, (), 0, 0.0, row)
        rules = tuple(one for one in RULES if one in old.rules or one == rule)
        named = row if strength > self._strength.get(item, -1.0) else old.row
        self._strength[item] = max(strength, self._strength.get(item, -1.0))
        longest, most = max(old.longest_run, run), max(old.coverage, coverage)
        self.found[item] = replace(old, rules=rules, longest_run=longest, coverage=most, row=named)

    def _runs_of_13(self, batch: Batch, names: IntArray, row_of_token: IntArray) -> None:
        """See the 13-grams that are rare though the 8-grams in them are not."""
        places = first_places(np.flatnonzero(self._places[13].holds[names]), names, row_of_token, 1)
        which, in_suite = self._places[13].expand(names[places])
        parts, rows = self.sought.part_of_token[in_suite], row_of_token[places[which]]
        for pair in np.unique(parts // 2 * len(batch.ids) + rows).tolist():
            item, row = divmod(pair, len(batch.ids))
            self._saw_run(item, MIN_RUN, batch.ids[row])

    def _overlaps(self, batch: Batch, names: IntArray, row_of_token: IntArray) -> None:
        for covered, runs in shared_with(names, row_of_token, self._places[8], self.sought.part_of_token):
            shares = covered.num_words / self._own[covered.parts]
            for part, row, share in zip(covered.parts.tolist(), covered.rows.tolist(), shares.tolist(), strict=True):
                is_evidence = self.controls[self.sought.items[part // 2].task].is_exceeded_by(coverage=share)
                self.saw(part // 2, "coverage_8" if is_evidence else None, share, batch.ids[row], coverage=share)
            for part, row, run in zip(runs.parts.tolist(), runs.rows.tolist(), runs.num_words.tolist(), strict=True):
                self._saw_run(part // 2, run, batch.ids[row])

    def _saw_run(self, item: int, run: int, row: str) -> None:
        is_evidence = self.controls[self.sought.items[item].task].is_exceeded_by(run=run)
        self.saw(item, "ngram_13" if is_evidence else None, 0.0, row, run=run)


def _places(sought: SuiteGrams, n: int, mask: Mask) -> Postings:
    """Return where in the suite each n-gram stands, boilerplate aside."""
    names = sought.names[n]
    places = np.flatnonzero(~mask[names])
    return Postings.of(names[places], places, len(mask))


def _own_words(sought: SuiteGrams, mask: Mask) -> IntArray:
    """Return for each part how many of its words stand in an 8-gram that is no boilerplate."""
    own = np.zeros(len(sought.part_of_token) + N, dtype=np.bool_)
    places = np.flatnonzero(~mask[sought.names[N]])
    for offset in range(N):
        own[places + offset] = True
    inside = sought.part_of_token[own[: len(sought.part_of_token)]]
    return np.bincount(inside, minlength=2 * len(sought.items)).astype(np.int64)


def _controls(sought: SuiteGrams, places: Postings, own: IntArray) -> dict[str, Control]:
    """Return for each task how much its items overlap with items of other stems, whatever their task."""
    coverage, run = np.zeros(len(sought.items)), np.zeros(len(sought.items), dtype=np.int64)
    stems = [item.stem for item in sought.items]
    for covered, runs in shared_with(sought.names[N], sought.part_of_token // 2, places, sought.part_of_token):
        for found, best, unit in ((covered, coverage, own), (runs, run, np.ones_like(own))):
            columns = (found.parts.tolist(), found.rows.tolist(), found.num_words.tolist())
            for part, other, num in zip(*columns, strict=True):
                if stems[part // 2] != stems[other]:
                    best[part // 2] = max(best[part // 2], num / unit[part])
    by_task = defaultdict[str, list[int]](list)
    for number, item in enumerate(sought.items):
        by_task[item.task].append(number)
    return {
        task: Control(float(_all_but_few(coverage[numbers])), int(_all_but_few(run[numbers])))
        for task, numbers in by_task.items()
    }


def _all_but_few(values: NDArray[Any]) -> Any:
    return np.sort(values)[-1 - int(TOLERATED_SHARE * len(values))]
