"""Texts of two splits in, how well their words alone tell the splits apart out: a control that sees no model.

A multinomial naive Bayes over hashed words, in five seeded folds; each text is scored by the others' folds. If words
alone separate training from held-out answers, the splits differ in what they speak of, and whatever a model makes of
that difference says nothing about memory. Texts of one cluster stay in one fold. Bounded: so many characters a text.
Does not know models. Source: research on probes, A3-P2; Meeus et al. 2024, arXiv 2406.17975 (the need for it).
"""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sfteval.stats import FloatArray, cluster_codes

NUM_FOLDS = 5
NUM_BUCKETS = 4_096
MAX_CHARACTERS = 20_000  # of a text
WORD = re.compile(r"\w+")


def blind_scores(texts: Sequence[str], is_train: Sequence[bool], clusters: Sequence[str], seed: int = 0) -> FloatArray:
    """Return, for each text, the log odds that its words are a training text's, learned from the other folds."""
    counts = np.stack([_counts(text) for text in texts])
    labels = np.asarray(is_train, dtype=bool)
    folds = _folds(labels, clusters, seed)
    scores = np.zeros(len(texts))
    for fold in range(NUM_FOLDS):
        held, rest = folds == fold, folds != fold
        scores[held] = counts[held] @ _log_odds(counts[rest], labels[rest])
    return scores


def _log_odds(counts: FloatArray, labels: NDArray[np.bool_]) -> FloatArray:
    """Return each bucket's log odds, one count added everywhere."""
    sums = [1.0 + counts[labels == split].sum(axis=0) for split in (True, False)]
    return np.asarray(np.log(sums[0] / sums[0].sum()) - np.log(sums[1] / sums[1].sum()), dtype=np.float64)


def _folds(labels: NDArray[np.bool_], clusters: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Deal each split's clusters out to the folds, so that every fold has both."""
    codes, rng = cluster_codes(clusters), np.random.default_rng(seed)
    folds = np.zeros(len(labels), dtype=np.int64)
    for split in (True, False):
        names = rng.permutation(np.unique(codes[labels == split]))
        place = {int(name): number % NUM_FOLDS for number, name in enumerate(names)}
        folds[labels == split] = [place[int(code)] for code in codes[labels == split]]
    return folds


def _counts(text: str) -> FloatArray:
    """Return log(1 + count) of the words of a text by bucket, at the length of 1."""
    buckets = [zlib.crc32(word.encode()) % NUM_BUCKETS for word in WORD.findall(text[:MAX_CHARACTERS].lower())]
    counts = np.log1p(np.bincount(buckets, minlength=NUM_BUCKETS)) if buckets else np.zeros(NUM_BUCKETS)
    return np.asarray(counts / max(1e-9, float(np.linalg.norm(counts))), dtype=np.float64)
