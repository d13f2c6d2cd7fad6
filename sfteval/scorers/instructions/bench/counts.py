"""How many words, numbers, names, pronouns, marks and keywords an answer has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from sfteval.scorers.instructions.bench.marks import EDGES, unmarked
from sfteval.scorers.instructions.bench.vocabulary import CONJUNCTIONS, NAMES, PRONOUNS
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.patterns import count_words
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, plain_tokens, punkt, tokens, words
from sfteval.types import Check

PLAIN = re.compile(r"[^\W_]")
NUMBER = re.compile(r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)?")
DIGITS = re.compile(r"\d+")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
JAPANESE_OR_RARE = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]")
CAPITALIZED = re.compile(r"[A-Z](?<![^\W_][A-Z])[a-z]++(?![^\W_])")  # a whole word; the lookbehind is second for speed
PUBLISHED_CAPITALIZED = re.compile(r"[A-Z](?<!\w[A-Z])[a-z]++(?!\w)")
STANDARD_MARKS = ".,!?;:"
TIMES = (1, 2, 3, 5, 7)  # how often each of the five keywords must stand


@constraint("count:word_count_range")
@dataclass(frozen=True, slots=True)
class WordCountRange(Constraint):
    """The answer has `min_words` to `max_words` words; a word is a run of word characters, so "don't" is two."""

    min_words: int
    max_words: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse an empty range."""
        return {} if self.min_words <= self.max_words else {"max_words": f"at least the {self.min_words} of min_words"}

    def check(self, text: str) -> Check:
        """Count runs of word characters."""
        measured = len(tokens(text))
        reason = f"needed {self.min_words} to {self.max_words} words, found {measured}"
        return Check(self.min_words <= measured <= self.max_words, reason, measured)


@constraint("count:unique_word_count")
@dataclass(frozen=True, slots=True)
class UniqueWordCount(Constraint):
    """The answer has at least `N` different words, in any case.

    Repairs: a lone mark ("-", "–") is no word, and curly quotes are no part of one.
    """

    N: int

    def check(self, text: str) -> Check:
        """Count different words."""
        measured = len(set(words(text.lower())))
        return Check(measured >= self.N, f"needed at least {self.N} different words, found {measured}", measured)

    def published(self, text: str) -> bool | None:
        """Count what white space divides; what is only marks counts once, as the empty word."""
        return len({token.strip(EDGES) for token in set(text.lower().split())}) >= self.N


@constraint("count:conjunctions")
@dataclass(frozen=True, slots=True)
class Conjunctions(Constraint):
    """The answer uses at least `small_n` different coordinating conjunctions: and, but, for, nor, or, so, yet.

    Repair: "and", "And" and "and," are one conjunction; published, they are three different ones.
    """

    small_n: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse more than there are."""
        return _at_most(len(CONJUNCTIONS), self.small_n, "small_n")

    def check(self, text: str) -> Check:
        """Collect the conjunctions in small letters."""
        found = sorted(CONJUNCTIONS.intersection(plain_tokens(text[:MAX_CHARACTERS].lower())))
        reason = f"needed at least {self.small_n} different coordinating conjunctions, found {len(found)}"
        return Check(len(found) >= self.small_n, f"{reason}{_named(found)}", len(found))

    def published(self, text: str) -> bool | None:
        """Count the different spellings."""
        return sum(token.strip(EDGES).lower() in CONJUNCTIONS for token in set(text.split())) >= self.small_n


@constraint("count:person_names")
@dataclass(frozen=True, slots=True)
class PersonNames(Constraint):
    """The answer mentions at least `N` different names of the list of fifty in the prompt, as they are written there.

    Repair: an underscore is markup ("_Emma_" is Emma).
    """

    N: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse more than the list has."""
        return _at_most(len(NAMES), self.N, "N")

    def check(self, text: str) -> Check:
        """Count the names that stand on their own."""
        measured = len(NAMES.intersection(CAPITALIZED.findall(text)))
        return Check(measured >= self.N, f"needed at least {self.N} different listed names, found {measured}", measured)

    def published(self, text: str) -> bool | None:
        """Take the underscore for a letter."""
        return len(NAMES.intersection(PUBLISHED_CAPITALIZED.findall(text))) >= self.N


@constraint("count:numbers")
@dataclass(frozen=True, slots=True)
class Numbers(Constraint):
    """The answer has exactly `N` numbers, in digits.

    Repair: only a decimal point and the commas of thousands join digits. Published, all marks are deleted first, so
    that "10-20", "1,2,3" and "2024-05-01" are one number each.
    """

    N: int

    def check(self, text: str) -> Check:
        """Count "1,000.5" once and "10-20" twice."""
        measured = len(NUMBER.findall(text))
        return Check(measured == self.N, f"needed exactly {self.N} numbers, found {measured}", measured)

    def published(self, text: str) -> bool | None:
        """Count the runs of digits that are left without marks."""
        return len(DIGITS.findall(unmarked(text))) == self.N


@constraint("count:punctuation")
@dataclass(frozen=True, slots=True)
class Punctuation(Constraint):
    """The answer uses . , ! ? ; : and an interrobang (?!, !? or ‽), whose marks do not count for themselves."""

    def check(self, text: str) -> Check:
        """Name the marks that are missing."""
        interrobang = next((mark for mark in ("?!", "!?", "‽") if mark in text), None)
        rest = text.replace(interrobang, "", 1) if interrobang else text
        missing = [mark for mark in STANDARD_MARKS if mark not in rest] + ([] if interrobang else ["?!"])
        found = f"all but {' '.join(missing)}" if missing else "all"
        return Check(not missing, f"needed . , ! ? ; : and ?!, found {found}", missing)


@constraint("count:pronouns")
@dataclass(frozen=True, slots=True)
class Pronouns(Constraint):
    """The answer has at least `N` pronouns.

    A pronoun is a run of letters from a list, so "it's" has one. Published, nltk divides the words ("_it_" is none),
    and without its data there is no published verdict.
    """

    N: int

    def check(self, text: str) -> Check:
        """Count the pronouns."""
        measured = sum(map(PRONOUNS.__contains__, plain_tokens(text[:MAX_CHARACTERS].lower())))
        return Check(measured >= self.N, f"needed at least {self.N} pronouns, found {measured}", measured)

    def published(self, text: str) -> bool | None:
        """Count among nltk's words, where its data is present."""
        splitter = punkt()
        found = None if splitter is None else splitter.words(text.replace("/", " ").lower())
        return None if found is None else sum(word in PRONOUNS for word in found) >= self.N


@constraint("count:words_japanese")
@dataclass(frozen=True, slots=True)
class WordsJapanese(Constraint):
    """Every `N`th word of the answer has a Japanese character; a number may stand in its place.

    Repairs: a lone mark ("-", "*") takes no place in the count; "々", rare kanji and half-width kana are Japanese.
    """

    N: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse every 0th word."""
        return {} if self.N else {"N": "at least 1"}

    def check(self, text: str) -> Check:
        """Name the first word that should be Japanese and is not."""
        counted = (token for token in text[:MAX_CHARACTERS].split() if PLAIN.search(token))
        place = 0
        for place, word in enumerate(islice(counted, self.N - 1, None, self.N), start=1):
            if not JAPANESE_OR_RARE.search(word) and not word.strip(EDGES).isdigit():
                position = place * self.N
                reason = f'needed a Japanese word every {self.N} words, found "{word[:40]}" as word {position}'
                return Check(False, reason, position)
        return Check(True, f"needed a Japanese word every {self.N} words, found {place} such", place)

    def published(self, text: str) -> bool | None:
        """Give every run of characters between white space a place."""
        for token in text.split()[self.N - 1 :: self.N]:
            if not JAPANESE.search(token) and (word := token.strip(EDGES)) and not word.isdigit():
                return False
        return True


@constraint("count:keywords_multiple")
@dataclass(frozen=True, slots=True)
class KeywordsMultiple(Constraint):
    """The five keywords stand in the answer exactly 1, 2, 3, 5 and 7 times, in any case.

    Repair: a keyword is a word on its own. Published, "bread" is in "breadth".
    """

    keyword1: str
    keyword2: str
    keyword3: str
    keyword4: str
    keyword5: str

    @property
    def keywords(self) -> tuple[str, ...]:
        """Return the five."""
        return self.keyword1, self.keyword2, self.keyword3, self.keyword4, self.keyword5

    def impossible(self) -> Mapping[str, str]:
        """Refuse a keyword that comes again, with another number."""
        words = [word.strip().lower() for word in self.keywords]
        again = next((place for place, word in enumerate(words) if word in words[:place]), None)
        return {} if again is None else {f"keyword{again + 1}": "another word than those before it"}

    def check(self, text: str) -> Check:
        """Count each and name the first whose count is wrong."""
        counts = {word: count_words(word, text) for word in self.keywords}
        for word, times in zip(self.keywords, TIMES, strict=True):
            if counts[word] != times:
                return Check(False, f'needed "{word}" {times} times, found {counts[word]}', counts)
        return Check(True, "needed the keywords 1, 2, 3, 5 and 7 times, found so", counts)

    def published(self, text: str) -> bool | None:
        """Count anywhere, inside other words, too."""
        text = text.lower()
        return all(text.count(word.strip().lower()) == times for word, times in zip(self.keywords, TIMES, strict=True))


def _at_most(bound: int, value: int, name: str) -> Mapping[str, str]:
    return {} if value <= bound else {name: f"at most {bound}"}


def _named(found: list[str]) -> str:
    return f" ({', '.join(found)})" if found else ""
