"""Shares and ratios: stop words, kinds of sentences, the overlap with a given text, sentences of one length."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sfteval.scorers.instructions.bench.corpora import stop_words
from sfteval.scorers.instructions.bench.marks import end_mark
from sfteval.scorers.instructions.bench.vocabulary import STOP_WORDS
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, punkt, sentences, tokens, words
from sfteval.types import Check

KINDS = {".": ".", "。": ".", "?": "?", "？": "?", "؟": "?", "!": "!", "！": "!"}
TOLERANCE = 2  # percentage points around the overlap that the prompt asks for


@constraint("ratio:stop_words")
@dataclass(frozen=True, slots=True)
class StopWords(Constraint):
    """At most `percentage` % of the words are stop words.

    Ours are a list of function words, an approximation of nltk's; without that there is no published verdict.
    """

    percentage: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse more than all."""
        return {} if self.percentage <= 100 else {"percentage": "at most 100"}

    def check(self, text: str) -> Check:
        """Measure the share of our stop words."""
        found = tokens(text[:MAX_CHARACTERS].lower())
        if not found:
            return Check(False, f"needed at most {self.percentage} % stop words, found no words", None)
        share = 100 * sum(map(STOP_WORDS.__contains__, found)) / len(found)
        reason = f"needed at most {self.percentage} % stop words, found {share:.1f} %"
        return Check(share <= self.percentage, reason, round(share, 2))

    def published(self, text: str) -> bool | None:
        """Measure the share of nltk's, where they are present."""
        listed = stop_words()
        if listed is None:
            return None
        found = tokens(text)
        share = sum(token.lower() in listed for token in found) / len(found) * 100 if found else 100.0
        return bool(found) and share <= self.percentage


@constraint("ratio:sentence_type")
@dataclass(frozen=True, slots=True)
class SentenceType(Constraint):
    """The answer has twice as many sentences that end in "." as in "?".

    Repairs: there must be a question (published, 0 is twice 0), and quotes may close behind the mark. Without nltk's
    data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Count by the mark at the end."""
        count = _kinds(text)
        reason = f"needed 2 statements for each question, found {count['.']} and {count['?']}"
        return Check(count["."] == 2 * count["?"] > 0, reason, [count["."], count["?"]])

    def published(self, text: str) -> bool | None:
        """Count nltk's sentences by their last character."""
        count = _published_kinds(text)
        return None if count is None else count["."] == 2 * count["?"]


@constraint("ratio:sentence_balance")
@dataclass(frozen=True, slots=True)
class SentenceBalance(Constraint):
    """The answer has as many sentences that end in "." as in "?" and as in "!".

    Repairs: there must be some (published, none of each is balanced), and quotes may close behind the mark. Without
    nltk's data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Count by the mark at the end."""
        count = _kinds(text)
        measured = [count["."], count["?"], count["!"]]
        reason = "needed as many statements as questions and exclamations, found {}, {} and {}".format(*measured)
        return Check(measured[0] == measured[1] == measured[2] > 0, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count nltk's sentences by their last character."""
        count = _published_kinds(text)
        return None if count is None else count["."] == count["?"] == count["!"]


@constraint("ratio:overlap")
@dataclass(frozen=True, slots=True)
class Overlap(Constraint):
    """`percentage` % of the answer's different trigrams, two points more or less, are in the reference text.

    Repair: a trigram is three words in a row. Published, it is three characters, spaces among them.
    """

    reference_text: str
    percentage: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse more than all."""
        return {} if self.percentage <= 100 else {"percentage": "at most 100"}

    def check(self, text: str) -> Check:
        """Measure the share of word trigrams, in any case."""
        found = _word_trigrams(text)
        if not found:
            return Check(False, f"needed {self.percentage} % of trigrams from the reference, found no trigram", None)
        share = 100 * len(found & _reference(self.reference_text)) / len(found)
        reason = f"needed {self.percentage} % (±{TOLERANCE}) of trigrams from the reference, found {share:.1f} %"
        return Check(abs(share - self.percentage) <= TOLERANCE, reason, round(share, 2))

    def published(self, text: str) -> bool | None:
        """Measure the share of character trigrams."""
        trigrams = _character_trigrams(text)
        if not trigrams.size:
            return False
        share = _num_shared(trigrams, _published_reference(self.reference_text)) / len(trigrams)
        return self.percentage - TOLERANCE <= share * 100 <= self.percentage + TOLERANCE


@constraint("ratio:sentence_words")
@dataclass(frozen=True, slots=True)
class SentenceWords(Constraint):
    """The answer is three sentences of the same number of characters, and no word stands in it twice.

    Repair: published, the words are not looked at. Without nltk's data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Count the sentences, compare their lengths, then look for a word that comes again."""
        found = sentences(text)
        if len(found) != 3:
            return Check(False, f"needed exactly 3 sentences, found {len(found)}", len(found))
        lengths = [len(sentence) for sentence in found]
        if len(set(lengths)) > 1:
            return Check(
                False, "needed 3 sentences of one length, found {}, {} and {} characters".format(*lengths), lengths
            )
        word, times = Counter(words(text.lower())).most_common(1)[0]
        if times > 1:
            return Check(False, f'needed all different words, found "{word[:40]}" {times} times', word[:200])
        return Check(True, f"needed 3 sentences of one length, found {lengths[0]} characters each", lengths)

    def published(self, text: str) -> bool | None:
        """Compare the lengths only."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        return None if found is None else len(found) == 3 and len({len(sentence.strip()) for sentence in found}) == 1


def _kinds(text: str) -> Counter[str]:
    return Counter(KINDS.get(end_mark(sentence), "") for sentence in sentences(text))


def _published_kinds(text: str) -> Counter[str] | None:
    splitter = punkt()
    found = None if splitter is None else splitter.sentences(text)
    return None if found is None else Counter(sentence[-1:] for sentence in found)


def _word_trigrams(text: str) -> set[tuple[str, str, str]]:
    found = words(text.lower())
    return set(zip(found, found[1:], found[2:], strict=False))


def _character_trigrams(text: str) -> NDArray[np.int64]:
    """Return what stands in any three characters in a row, each once, packed into one number."""
    codes = np.array([text]).view(np.uint32)[: len(text)].astype(np.int64)
    packed: NDArray[np.int64] = np.sort((codes[:-2] << 42) | (codes[1:-1] << 21) | codes[2:])
    is_new: NDArray[np.bool_] = np.append(True, packed[1:] != packed[:-1])[: packed.size]
    return np.compress(is_new, packed)


def _num_shared(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> int:
    """Return how many entries of the one sorted array are in the other."""
    if not theirs.size:
        return 0
    places = np.searchsorted(theirs, ours).clip(max=theirs.size - 1)
    return int(np.count_nonzero(theirs[places] == ours))


_reference = lru_cache(maxsize=1024)(_word_trigrams)
_published_reference = lru_cache(maxsize=1024)(_character_trigrams)
