"""Several answers to one prompt in, how much they differ out: distinct n-grams, effective number, first tokens.

Token ids in; an answer has at most `MAX_TOKENS` that count. Does not know models or prompts.
Source: EAD, Liu et al. 2022, arXiv 2202.13587; Vendi score, Friedman and Dieng 2023, arXiv 2210.02410.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from sfteval.stats import FloatArray

MAX_TOKENS = 512
VENDI_SIZES = (1, 2)  # n-grams by whose counts answers are alike
Answers = Sequence[Sequence[int]]


def distinct(answers: Answers, size: int) -> float | None:
    """Return the share of n-grams of all answers that are different; None without any."""
    unique, total = _unique_and_total(answers, size)
    return unique / total if total else None


def expected_distinct(answers: Answers, size: int, vocabulary: int) -> float | None:
    """Return the different n-grams over those that as many random ones would have, so that length does not matter.

    `vocabulary` is the number of different tokens that there are; None without n-grams.
    """
    unique, total = _unique_and_total(answers, size)
    return unique / expected_unique(total, vocabulary) if total else None


def expected_unique(total: int, vocabulary: int) -> float:
    """Return how many different ones `total` draws from `vocabulary` equal things have on average."""
    return vocabulary * -math.expm1(total * math.log1p(-1.0 / vocabulary))


def vendi(similarity: FloatArray) -> float:
    """Return the effective number of different things, 1 to n, from similarities `[n, n]` with a diagonal of 1."""
    eigenvalues = np.linalg.eigvalsh(np.asarray(similarity, dtype=np.float64) / len(similarity))
    positive = eigenvalues[eigenvalues > 1e-12]
    return float(np.exp(-np.sum(positive * np.log(positive))))


def ngram_vendi(answers: Answers) -> float:
    """Return the effective number of different answers by the cosines of their 1- and 2-gram counts."""
    return vendi(np.mean([_cosines(answers, size) for size in VENDI_SIZES], axis=0))


def first_token_entropy(answers: Answers) -> float | None:
    """Return the entropy in nats of the answers' first tokens as drawn; biased downwards for few answers."""
    counts = Counter(answer[0] for answer in answers if answer)
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values()) + 0.0 if total else None


def _unique_and_total(answers: Answers, size: int) -> tuple[int, int]:
    grams = Counter(gram for answer in answers for gram in _grams(answer, size))
    return len(grams), sum(grams.values())


def _grams(answer: Sequence[int], size: int) -> list[tuple[int, ...]]:
    kept = tuple(answer[:MAX_TOKENS])
    return [kept[place : place + size] for place in range(len(kept) - size + 1)]


def _cosines(answers: Answers, size: int) -> FloatArray:
    """Return the cosines of n-gram counts; answers without n-grams are alike among themselves and like no other."""
    counts = [Counter(_grams(answer, size)) for answer in answers]
    places = {gram: place for place, gram in enumerate({gram: None for count in counts for gram in count})}
    rows = np.zeros((len(answers), len(places) + 1))
    for row, count in zip(rows, counts, strict=True):
        for gram, number in count.items():
            row[places[gram]] = number
        row[-1] = 0.0 if count else 1.0
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows @ rows.T, dtype=np.float64)
