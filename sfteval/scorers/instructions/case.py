"""Letter case and language: all small or all capital letters, in English; how many words in capitals.

Repairs: capitals are read in lower case before their language is detected (published, an all-capital English line is
taken for German or Vietnamese), and a text with fewer than 80 letters is too short to tell its language, so that its
case alone decides. Where no language can be detected we follow the case, too; published, that is a pass. A word in
capitals has at least two letters: "I" and the "A" that begins a sentence are no emphasis.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

from sfteval.scorers.instructions.catalogue import Constraint, Counted, Relation, constraint
from sfteval.scorers.instructions.languages import LANGUAGES, language_of
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, punkt
from sfteval.types import Check

MIN_LETTERS = 80  # of 116 stretches of English answers with so many, langdetect named all English; of 30, 94 %
WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")  # "U.S.A" is one


@constraint("change_case:english_lowercase")
@dataclass(frozen=True, slots=True)
class EnglishLowercase(Constraint):
    """The whole answer is in English and in small letters."""

    def check(self, text: str) -> Check:
        """Look for a capital letter, then at the language."""
        return _check(text, text.islower(), "small", str.isupper)

    def published(self, text: str) -> bool | None:
        """Detect the language of any text, however short."""
        return text.islower() and language_of(text) in ("en", None)


@constraint("change_case:english_capital")
@dataclass(frozen=True, slots=True)
class EnglishCapital(Constraint):
    """The whole answer is in English and in capital letters."""

    def check(self, text: str) -> Check:
        """Look for a small letter, then at the language of the text in small letters."""
        return _check(text, text.isupper(), "capital", str.islower)

    def published(self, text: str) -> bool | None:
        """Detect the language of the capitals as they are."""
        return text.isupper() and language_of(text) in ("en", None)


@constraint("change_case:capital_word_frequency")
@dataclass(frozen=True, slots=True)
class CapitalWordFrequency(Counted):
    """Less than, or at least, `capital_frequency` words of the answer are in capital letters.

    Repairs: a word needs two letters, all capitals; "DON'T" and "NASA's" are one each. Published, nltk's words decide
    ("I", "A+" and the "N'T" of "DON'T" count, too), and without its data there is no published verdict.
    """

    capital_frequency: int
    capital_relation: Relation

    def check(self, text: str) -> Check:
        """Count our words."""
        counted = Counter(WORD.findall(text[:MAX_CHARACTERS]))
        measured = sum(num for word, num in counted.items() if not word[0].islower() and _in_capitals(word))
        reason = f"needed {self.capital_relation} {self.capital_frequency} words in capitals, found {measured}"
        return Check(self.capital_relation.holds(measured, self.capital_frequency), reason, measured)

    def published(self, text: str) -> bool | None:
        """Count nltk's words, where its data is present."""
        splitter = punkt()
        found = None if splitter is None else splitter.words(text)
        if found is None:
            return None
        return self.capital_relation.holds(sum(1 for word in found if word.isupper()), self.capital_frequency)


def _in_capitals(word: str) -> bool:
    word = word.removesuffix("'s").removesuffix("’s")
    return word.isupper() and _has_letters(word, 2)


def _has_letters(text: str, num: int) -> bool:
    return len(list(islice(filter(str.isalpha, text), num))) == num


def _check(text: str, right_case: bool, wanted: str, is_wrong: Callable[[str], bool]) -> Check:
    if not right_case:
        wrong = next((letter for letter in text if is_wrong(letter)), None)
        found = "no letter" if wrong is None else f'"{wrong}"'
        return Check(False, f"needed only {wanted} letters, found {found}", wrong)
    if not _has_letters(text, MIN_LETTERS):
        return Check(True, f"needed only {wanted} letters, found only such (too short to tell the language)")
    language = language_of(text[:MAX_CHARACTERS].lower())
    ok = language in ("en", "unknown", None)
    return Check(ok, f"needed English in {wanted} letters, found {language or 'no language'}", language)


@constraint("language:response_language")
@dataclass(frozen=True, slots=True)
class ResponseLanguage(Constraint):
    """The whole answer is in the language with this ISO code.

    Repairs: a text without any language (digits) is not in it; `zh` is met by `zh-cn` and `zh-tw`.
    """

    language: str

    def impossible(self) -> Mapping[str, str]:
        """Refuse a code that is never detected."""
        return {} if self.language in LANGUAGES else {"language": f"one of {', '.join(sorted(LANGUAGES))}"}

    def check(self, text: str) -> Check:
        """Detect and compare."""
        found = language_of(text)
        ok = found is not None and self.language in (found, found.split("-")[0])
        return Check(ok, f"needed language {self.language}, found {found or 'none'}", found)

    def published(self, text: str) -> bool | None:
        """Pass where nothing can be detected."""
        return language_of(text) in (self.language, None)
