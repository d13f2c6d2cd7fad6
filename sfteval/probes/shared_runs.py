"""A batch of rows and the 8-grams of the suite's parts in, what they share out: words covered, and the longest run.

A part is the question or the reference of an item. Coverage is by one row: words of the part that stand in an 8-gram
which the row holds too, wherever. A run is the same words in the same order without a gap. Boilerplate was left out.
Source: coverage by the best training document, Lambert et al. 2024 (Tulu 3, arXiv 2411.15124) section 3.2; the longest
contaminated run, Singh et al. 2024 (ConTAM, arXiv 2411.03923).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sfteval.probes.ngrams import IntArray
from sfteval.probes.postings import Postings

N = 8
MAX_SHARED = 2_000_000  # places held at once, rows kept whole
MAX_PLACES = 16  # of one 8-gram in one row: a row that says one thing a thousand times costs no more than others


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What single rows and parts share; all arrays have the same length."""

    rows: IntArray  # from 0 in the batch
    parts: IntArray
    num_words: IntArray


def shared_with(
    names: IntArray, row_of_token: IntArray, postings: Postings, part_of_token: IntArray
) -> Iterator[tuple[Shared, Shared]]:
    """Yield (words covered, words in a run) of the rows and parts that share at least one 8-gram.

    `names` are those of the 8-grams at each token of the batch; `postings` has, for each name, its places in the suite.
    """
    places = first_places(np.flatnonzero(postings.holds[names]), names, row_of_token, MAX_PLACES)
    counts = np.diff(postings.starts)[names[places]]
    for piece in _pieces(places, counts, row_of_token):
        which, in_suite = postings.expand(names[piece])
        in_batch = piece[which]
        yield (
            _covered(row_of_token[in_batch], in_suite, part_of_token),
            _runs(in_batch, in_suite, row_of_token, part_of_token),
        )


def first_places(places: IntArray, names: IntArray, row_of_token: IntArray, limit: int) -> IntArray:
    """Return the places in their order, of one n-gram in one row the first `limit` only."""
    keys = row_of_token[places] * (int(names.max(initial=0)) + 1) + names[places]
    order = np.argsort(keys, kind="stable")
    is_first = np.diff(keys[order], prepend=-1) != 0
    firsts = np.flatnonzero(is_first)
    rank = np.arange(len(places)) - firsts[np.cumsum(is_first) - 1]
    return np.sort(places[order[rank < limit]])


def _pieces(places: IntArray, counts: IntArray, row_of_token: IntArray) -> Iterator[IntArray]:
    """Yield the places in pieces that are small once expanded; a row is never cut."""
    if not len(places):
        return
    rows = row_of_token[places]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    begin, held = 0, 0
    for first, added in zip(firsts.tolist(), np.add.reduceat(counts, firsts).tolist(), strict=True):
        if held and held + added > MAX_SHARED:
            yield places[begin:first]
            begin, held = first, 0
        held += added
    yield places[begin:]


def _covered(rows: IntArray, in_suite: IntArray, part_of_token: IntArray) -> Shared:
    """Count the words under at least one shared 8-gram."""
    size = len(part_of_token)
    once = np.unique(rows * size + in_suite)
    rows, places = once // size, once % size
    parts = part_of_token[places]
    is_first = (np.diff(rows, prepend=-1) != 0) | (np.diff(parts, prepend=-1) != 0)
    firsts = np.flatnonzero(is_first)
    is_last = np.append(is_first[1:], True)
    adds = np.where(is_last, N, np.minimum(N, np.diff(places, append=0)))
    return Shared(rows[firsts], parts[firsts], np.add.reduceat(adds, firsts))


def _runs(in_batch: IntArray, in_suite: IntArray, row_of_token: IntArray, part_of_token: IntArray) -> Shared:
    """Return every run of words that a row and a part have in common."""
    shift = in_batch - in_suite
    order = np.lexsort((in_suite, shift))
    shift, in_suite, in_batch = shift[order], in_suite[order], in_batch[order]
    is_first = np.ones(len(shift), dtype=np.bool_)
    is_first[1:] = (np.diff(shift) != 0) | (np.diff(in_suite) != 1)
    firsts = np.flatnonzero(is_first)
    lengths = np.diff(firsts, append=len(shift)) + N - 1
    return Shared(row_of_token[in_batch[firsts]], part_of_token[in_suite[firsts]], lengths)
