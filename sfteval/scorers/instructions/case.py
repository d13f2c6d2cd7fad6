"""Letter case and language: all small or all capital letters, in English.

Repairs: capitals are read in lower case before their language is detected (published, an all-capital English line is
taken for German or Vietnamese), and a text with fewer than 30 letters is too short to tell its language, so that its
case alone decides. Where no language can be detected we follow the case, too; published, that is a pass.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.languages import language_of
from sfteval.types import Check

MIN_LETTERS = 30


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


def _check(text: str, right_case: bool, wanted: str, is_wrong: Callable[[str], bool]) -> Check:
    if not right_case:
        wrong = next((letter for letter in text if is_wrong(letter)), None)
        found = "no letter" if wrong is None else f'"{wrong}"'
        return Check(False, f"needed only {wanted} letters, found {found}", wrong)
    if sum(map(str.isalpha, text)) < MIN_LETTERS:
        return Check(True, f"needed only {wanted} letters, found only such (too short to tell the language)")
    language = language_of(text.lower())
    ok = language in ("en", "unknown", None)
    return Check(ok, f"needed English in {wanted} letters, found {language or 'no language'}", language)


@constraint("language:response_language")
@dataclass(frozen=True, slots=True)
class ResponseLanguage(Constraint):
    """The whole answer is in the language with this ISO code.

    Repairs: a text without any language (digits) is not in it; `zh` is met by `zh-cn` and `zh-tw`.
    """

    language: str

    def check(self, text: str) -> Check:
        """Detect and compare."""
        found = language_of(text)
        ok = found is not None and self.language in (found, found.split("-")[0])
        return Check(ok, f"needed language {self.language}, found {found or 'none'}", found)

    def published(self, text: str) -> bool | None:
        """Pass where nothing can be detected."""
        return language_of(text) in (self.language, None)
