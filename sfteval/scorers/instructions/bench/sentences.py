"""What each sentence holds: a keyword in the nth, growing alliteration, a growing number of words.

Ours are divided by `splitting.sentences`; published, by nltk, and without its data there is no published verdict.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from sfteval.scorers.instructions.bench.marks import EDGES, unmarked
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.patterns import holds_words, word_pattern
from sfteval.scorers.instructions.splitting import punkt, sentences, words
from sfteval.types import Check


@constraint("sentence:alliteration_increment")
@dataclass(frozen=True, slots=True)
class AlliterationIncrement(Constraint):
    """Each sentence has a longer run of words with one first letter than the sentence before.

    Repair: the longest run decides. Published, the words of all runs are added up.
    """

    def check(self, text: str) -> Check:
        """Measure the longest run of each sentence."""
        runs = [_longest_run(sentence) for sentence in sentences(text)]
        for place, (one, other) in enumerate(pairwise(runs), start=2):
            if other <= one:
                reason = f"needed a run of more than {one} in sentence {place}, found {other}"
                return Check(False, f"{reason} alliterative words", runs[:50])
        return Check(True, f"needed longer alliteration in each sentence, found runs of {runs[:10]}", runs[:50])

    def published(self, text: str) -> bool | None:
        """Add up the alliterative words of each of nltk's sentences."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if found is None:
            return None
        return all(one < other for one, other in pairwise(map(_published_alliteration, found)))


@constraint("sentence:keyword")
@dataclass(frozen=True, slots=True)
class Keyword(Constraint):
    """The `N`th sentence holds the word, in any case.

    Repair: an underscore is markup ("_eat_"), and no letter.
    """

    word: str
    N: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse a 0th sentence."""
        return {} if self.N else {"N": "at least 1"}

    def check(self, text: str) -> Check:
        """Find the sentence, then the word in it."""
        needed = f'needed "{self.word}" in sentence {self.N}'
        if not holds_words(self.word, text):
            return Check(False, f"{needed}, found it nowhere", [])
        found = sentences(text)
        if len(found) < self.N:
            return Check(False, f"{needed}, found {len(found)} sentences", len(found))
        pattern = word_pattern(self.word)
        places = [place for place, sentence in enumerate(found, start=1) if pattern.search(sentence)]
        shown = ", ".join(map(str, places[:20]))
        return Check(self.N in places, f"{needed}, found it in sentence {shown}", places[:20])

    def published(self, text: str) -> bool | None:
        """Find it at word boundaries in nltk's sentence."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if found is None:
            return None
        return len(found) >= self.N and _bounded(self.word).search(found[self.N - 1]) is not None


@constraint("sentence:increment")
@dataclass(frozen=True, slots=True)
class Increment(Constraint):
    """Each sentence has exactly `small_n` words more than the sentence before."""

    small_n: int

    def check(self, text: str) -> Check:
        """Count the words of each sentence."""
        counts = [len(words(sentence)) for sentence in sentences(text)]
        for place, (one, other) in enumerate(pairwise(counts), start=2):
            if other != one + self.small_n:
                reason = f"needed {one + self.small_n} words in sentence {place}, found {other}"
                return Check(False, reason, counts[:50])
        return Check(True, f"needed {self.small_n} words more in each sentence, found {counts[:10]}", counts[:50])

    def published(self, text: str) -> bool | None:
        """Count what white space divides, in nltk's sentences without ASCII punctuation."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if not found:
            return None
        counts = [len(unmarked(sentence).split()) for sentence in found]
        return all(other == one + self.small_n for one, other in pairwise(counts))


def _longest_run(sentence: str) -> int:
    firsts = (word[0] for word in words(sentence.lower()))
    return max(sum(1 for _ in run) for _, run in groupby(firsts))


def _published_alliteration(sentence: str) -> int:
    tokens = (token.lstrip(EDGES) for token in sentence.lower().split())
    runs = (sum(1 for _ in run) for _, run in groupby(token[0] for token in tokens if token))
    return sum(length for length in runs if length > 1)


@lru_cache(maxsize=4096)
def _bounded(word: str) -> "re.Pattern[str]":
    return re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
