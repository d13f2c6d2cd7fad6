"""Which word stands where, and how often: first, last, second, the nth of a sentence; repeated, or by syllables."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from sfteval.scorers.instructions.bench.corpora import syllable_counter, tagger
from sfteval.scorers.instructions.bench.marks import EDGES, MARKS, OPENERS, unmarked
from sfteval.scorers.instructions.bench.syllables import syllables
from sfteval.scorers.instructions.bench.verbs import is_verb
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_PUNKT_CHARACTERS, punkt, sentences, words
from sfteval.types import Check

TAGGED_WORDS = 8  # the tag of a word depends on two words after it


@constraint("words:start_verb")
@dataclass(frozen=True, slots=True)
class StartVerb(Constraint):
    """The answer begins with a verb, in any form.

    Ours are a list and its endings, and a word before a colon is a label; an approximation. Published, nltk's tagger
    decides, and without its data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Look at the first word."""
        start = text.lstrip(OPENERS)[:200]
        found = words(start)
        if not found or not start.startswith(found[0]):
            return Check(False, f'needed a verb first, found "{start[:20]}"', start[:20])
        ok = is_verb(found[0]) and not start[len(found[0]) :].lstrip("*_").startswith(":")
        return Check(ok, f'needed a verb first, found "{found[0][:40]}"', found[0])

    def published(self, text: str) -> bool | None:
        """Tag the first of nltk's words, where its data is present."""
        splitter, first_tag = punkt(), tagger()
        if splitter is None or first_tag is None:
            return None
        found = splitter.words(text)
        return None if found is None else bool(found) and "VB" in first_tag(found[:TAGGED_WORDS])


@constraint("words:repeats")
@dataclass(frozen=True, slots=True)
class Repeats(Constraint):
    """No word stands in the answer more than `small_n` times, in any case.

    Repair: quotes and dashes outside ASCII are no part of a word, and no word.
    """

    small_n: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse no word at all."""
        return {} if self.small_n else {"small_n": "at least 1"}

    def check(self, text: str) -> Check:
        """Name the most frequent word."""
        found = words(text.lower())
        word, times = Counter(found).most_common(1)[0] if found else ("", 0)
        found_text = f'"{word[:40]}" {times} times' if times else "no word"
        return Check(times <= self.small_n, f"needed each word at most {self.small_n} times, found {found_text}", times)

    def published(self, text: str) -> bool | None:
        """Count what white space divides, without ASCII punctuation."""
        counts = Counter(unmarked(text.lower()).split())
        return max(counts.values(), default=0) <= self.small_n


@constraint("words:odd_even_syllables")
@dataclass(frozen=True, slots=True)
class OddEvenSyllables(Constraint):
    """Words with an odd and with an even number of syllables take turns.

    Ours are counted by rules of English spelling; an approximation, which errs on some word of most long answers.
    Published, syllapy's list and rules count, a word with a digit is even; without it there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Name the first two neighbours of one parity."""
        for one, other in pairwise(words(text)):
            if (syllables(one) - syllables(other)) % 2 == 0:
                counted = f'"{one[:40]}" ({syllables(one)}) and "{other[:40]}" ({syllables(other)})'
                return Check(False, f"needed odd and even syllables by turns, found {counted}", counted)
        return Check(True, "needed odd and even syllables by turns, found them so")

    def published(self, text: str) -> bool | None:
        """Count by syllapy, where it is present."""
        count = syllable_counter()
        if count is None or len(text) > MAX_PUNKT_CHARACTERS:
            return None
        return all((count(one) - count(other)) % 2 for one, other in pairwise(unmarked(text).lower().split()))


@constraint("words:last_first")
@dataclass(frozen=True, slots=True)
class LastFirst(Constraint):
    """The last word of each sentence is the first of the next, in any case.

    Published, nltk divides the sentences, and without its data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Name the first two sentences that do not share it."""
        found = sentences(text)
        divided = (words(sentence.lower()) for sentence in found)
        for place, (one, other) in enumerate(pairwise(divided), start=1):
            if one[-1] != other[0]:
                reason = f'needed sentence {place + 1} to begin with "{one[-1][:40]}", found "{other[0][:40]}"'
                return Check(False, reason, place + 1)
        return Check(True, f"needed each sentence to begin with the last word before it, found {len(found)} such")

    def published(self, text: str) -> bool | None:
        """Compare among nltk's sentences, ASCII punctuation around them aside."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if found is None:
            return None
        for one, other in pairwise(found):
            last, first = one.rstrip(EDGES).split(), other.lstrip(EDGES).split()
            if not last or not first or last[-1].lower() != first[0].lower():
                return False
        return True


@constraint("words:paragraph_last_first")
@dataclass(frozen=True, slots=True)
class ParagraphLastFirst(Constraint):
    """Each line that has a word ends with the word it begins with, in any case.

    Repair: punctuation is no part of a word. Published, "Peace, ... peace." fails for the comma.
    """

    def check(self, text: str) -> Check:
        """Name the first line whose ends differ."""
        for line in dict.fromkeys(text.lower().split("\n")):
            found = words(line)
            if found and found[0] != found[-1]:
                reason = f'needed each paragraph to end as it begins, found "{found[0][:40]}" and "{found[-1][:40]}"'
                return Check(False, reason, [found[0][:100], found[-1][:100]])
        return Check(True, "needed each paragraph to end as it begins, found them so")

    def published(self, text: str) -> bool | None:
        """Strip ASCII punctuation from the ends of the line only."""
        found = (line.strip().strip(EDGES).split() for line in set(text.lower().split("\n")))
        return all(not tokens or tokens[0] == tokens[-1] for tokens in found)


@constraint("words:keywords_specific_position")
@dataclass(frozen=True, slots=True)
class KeywordsSpecificPosition(Constraint):
    """The `m`th word of the `n`th sentence is the keyword, in any case.

    Published, nltk divides sentences and words ("don't" is two), and without its data there is no published verdict.
    """

    keyword: str
    n: int
    m: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse a 0th sentence, a 0th word, and what is more than a word."""
        zeros = {name: "at least 1" for name, place in (("n", self.n), ("m", self.m)) if place == 0}
        return zeros | _not_one_word(self.keyword)

    def check(self, text: str) -> Check:
        """Find the sentence, then its word."""
        needed = f'needed "{self.keyword}" as word {self.m} of sentence {self.n}'
        if self.keyword.strip().lower() not in text.lower():
            return Check(False, f"{needed}, found it nowhere", None)
        found = sentences(text)
        if len(found) < self.n:
            return Check(False, f"{needed}, found {len(found)} sentences", len(found))
        sentence = words(found[self.n - 1])
        if len(sentence) < self.m:
            return Check(False, f"{needed}, found {len(sentence)} words there", len(sentence))
        word = sentence[self.m - 1]
        return Check(word.lower() == self.keyword.strip().lower(), f'{needed}, found "{word[:40]}"', word[:200])

    def published(self, text: str) -> bool | None:
        """Find them among nltk's sentences and words, where its data is present."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if splitter is None or found is None:
            return None
        if len(found) < self.n:
            return False
        tokens = [word for word in splitter.words(found[self.n - 1]) or () if any(map(str.isalnum, word))]
        return len(tokens) >= self.m and tokens[self.m - 1].lower() == self.keyword.strip().lower()


@constraint("words:words_position")
@dataclass(frozen=True, slots=True)
class WordsPosition(Constraint):
    """The second word and the last but one are the keyword, in any case.

    Repair: words are counted. Published, nltk's tokens are, marks among them, and without its data there is no
    published verdict.
    """

    keyword: str

    def impossible(self) -> Mapping[str, str]:
        """Refuse what is more than a word."""
        return _not_one_word(self.keyword)

    def check(self, text: str) -> Check:
        """Look at both words."""
        found = words(text)
        if len(found) < 2:
            return Check(False, f'needed "{self.keyword}" as second word, found {len(found)} words', len(found))
        ends, keyword = [found[1], found[-2]], self.keyword.strip().lower()
        reason = f'needed "{self.keyword}" second and last but one, found "{ends[0][:40]}" and "{ends[1][:40]}"'
        return Check(all(word.lower() == keyword for word in ends), reason, [word[:100] for word in ends])

    def published(self, text: str) -> bool | None:
        """Look among nltk's tokens; one mark at the end does not count."""
        splitter = punkt()
        tokens = None if splitter is None else splitter.words(text)
        if tokens is None:
            return None
        skipped = 1 if tokens and tokens[-1] in MARKS else 0
        if len(tokens) < 2 + skipped:
            return False
        return tokens[1].lower() == tokens[-2 - skipped].lower() == self.keyword.strip().lower()


def _not_one_word(keyword: str) -> dict[str, str]:
    return {} if words(keyword) == [keyword.strip()] else {"keyword": "one word"}
