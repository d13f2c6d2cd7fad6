"""Training rows in, batches of their distinct rows out, as words and as tokens of the suite's vocabulary.

A row that says word for word what an earlier one said is left out: many copies are one piece of evidence, and no
template. Knows no suite but its vocabulary, and no file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.probes.ngrams import Grams, IntArray, words

BATCH_WORDS = 100_000  # held at once as words; a row that is longer is a batch of its own
BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """What one row of training data says: its prompts and answers, turn by turn."""

    id: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some distinct rows, turn by turn one behind the other."""

    first: int  # how many distinct rows came before
    ids: Sequence[str]
    turns: Sequence[Sequence[str]]  # words
    tokens: IntArray  # [T], with a BREAK behind every turn
    starts: IntArray  # of each turn in `tokens`
    row_of_turn: IntArray  # from 0 in this batch

    @property
    def row_of_token(self) -> IntArray:
        """The row of each token, from 0 in this batch."""
        lengths = np.diff(self.starts, append=len(self.tokens))
        return np.repeat(self.row_of_turn, lengths)


def batches_of(rows: Iterable[TrainingRow], grams: Grams) -> Iterator[Batch]:
    """Yield the distinct rows in batches; rows without a word are left out."""
    seen: set[bytes] = set()
    first, ids, turns, owners, num_words = 0, list[str](), list[list[str]](), list[int](), 0
    for row in rows:
        said = [found for found in map(words, row.turns) if found]
        digest = hashlib.blake2b("\n".join(map(" ".join, said)).encode(), digest_size=16).digest()
        if not said or digest in seen:
            continue
        seen.add(digest)
        owners.extend([len(ids)] * len(said))
        ids.append(row.id)
        turns.extend(said)
        num_words += sum(map(len, said))
        if num_words >= BATCH_WORDS or len(ids) >= BATCH_ROWS:
            yield _batch(first, ids, turns, owners, grams)
            first, ids, turns, owners, num_words = first + len(ids), [], [], [], 0
    if ids:
        yield _batch(first, ids, turns, owners, grams)


def _batch(first: int, ids: list[str], turns: list[list[str]], owners: list[int], grams: Grams) -> Batch:
    lengths = np.array([len(turn) + 1 for turn in turns], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    return Batch(first, ids, turns, grams.tokens(turns), starts, np.array(owners, dtype=np.int64))
