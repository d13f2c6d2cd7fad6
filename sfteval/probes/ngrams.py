"""Texts in, words and exact names of the n-grams that a fixed set of texts holds out.

A word is a run of letters and digits, folded by case and by NFKC; punctuation, symbols and underscores only separate.
In scripts without spaces each character is a word. An n-gram of the known texts has a whole number as its name; any
other has 0. Names are made by doubling: a pair of words has a name, a pair of pairs, and so on, so that nothing is
hashed and nothing can collide. Knows neither suites nor training data.
Source: naming by doubling, Karp, Miller and Rosenberg 1972 (STOC).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

BREAK = 0  # the token of an unknown word, and of the gap between two texts: no n-gram goes across it
STEPS = ((2, 1, 1), (4, 2, 2), (8, 4, 4), (13, 8, 5))  # n, the smaller grams it is made of, how far they are apart
SIZES = tuple(n for n, _, _ in STEPS)

ASCII_WORD = re.compile(r"[a-z0-9]+")
WORD = re.compile(r"[^\W_]+")
UNSPACED = re.compile(  # Thai, Lao, Burmese, Khmer, and the CJK blocks without Hangul, which has spaces
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31a0-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Normalising reorders runs of combining marks in quadratic time: hostile texts are normalised piece by piece.
PIECE = re.compile(r"(?s:.{1,1000})(?!\S)|\S{1,256}|\s+")


def words(text: str) -> list[str]:
    """Return the words of a text in their order, in time linear in its length."""
    if text.isascii():
        return ASCII_WORD.findall(text.lower())
    folded = "".join(unicodedata.normalize("NFKC", piece[0]) for piece in PIECE.finditer(text)).casefold()
    if UNSPACED.search(folded):
        folded = UNSPACED.sub(r" \g<0> ", folded)
    return WORD.findall(folded)


@dataclass(frozen=True, slots=True, eq=False)
class Grams:
    """The names of all n-grams of some texts, for each n of `SIZES`."""

    vocabulary: Mapping[str, int]  # word -> token, from 1
    tables: Mapping[int, IntArray]  # n -> the sorted keys of its grams; the name of a gram is its place, from 1

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Grams":
        """Name every n-gram of these texts, each given by its words."""
        vocabulary: dict[str, int] = {}
        tokens: list[int] = []
        for text in texts:
            tokens.extend(vocabulary.setdefault(word, len(vocabulary) + 1) for word in text)
            tokens.append(BREAK)
        tables: dict[int, IntArray] = {}
        names = {1: np.array(tokens, dtype=np.int64)}
        for n, part, apart in STEPS:
            _, keys = _pairs(names[part], apart)
            tables[n] = np.unique(keys)
            names[n] = _named(names[part], apart, tables[n])
        return cls(vocabulary, tables)

    def tokens(self, texts: Iterable[Sequence[str]]) -> IntArray:
        """Return the tokens of texts one behind the other, a `BREAK` after each and for every unknown word."""
        get, found = self.vocabulary.get, []
        for text in texts:
            found.extend([get(word, BREAK) for word in text])
            found.append(BREAK)
        return np.array(found, dtype=np.int64)

    def names(self, tokens: IntArray) -> dict[int, IntArray]:
        """Return for each n the names of the n-grams that begin at each token; 0 where none of ours does."""
        names = {1: tokens}
        for n, part, apart in STEPS:
            names[n] = _named(names[part], apart, self.tables[n])
        return names


def _pairs(names: IntArray, apart: int) -> tuple[IntArray, IntArray]:
    """Return where two named grams stand so far apart, and the key of each such pair."""
    left, right = names[:-apart], names[apart:]
    places = np.flatnonzero((left > 0) & (right > 0))
    return places, (left[places] << 32) | right[places]


def _named(names: IntArray, apart: int, table: IntArray) -> IntArray:
    named = np.zeros(len(names), dtype=np.int64)
    if not len(table):
        return named
    places, keys = _pairs(names, apart)
    index = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    known = table[index] == keys
    named[places[known]] = index[known] + 1
    return named
