"""The letters of each word: first letters, vowels, consonants, lengths, palindromes."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from sfteval.scorers.instructions.bench.marks import unmarked
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, words
from sfteval.types import Check

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
NEXT = dict(zip(ALPHABET, ALPHABET[1:] + "a", strict=True))
CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2}")
LETTER = re.compile(r"[^\W\d_]")
BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
PRIMES = frozenset(n for n in range(2, 100) if all(n % divisor for divisor in range(2, n)))
MIN_PALINDROMES, MIN_PALINDROME_LETTERS = 10, 5
MAX_VOWELS = 3


@constraint("words:alphabet")
@dataclass(frozen=True, slots=True)
class Alphabet(Constraint):
    """Each word begins with the letter of the alphabet after that of the word before; A comes after Z.

    Repair: quotes, dashes and lone marks outside ASCII are no part of a word, and no word.
    """

    def check(self, text: str) -> Check:
        """Name the first word out of order."""
        found = words(text)
        expected = found[0][0].lower() if found else ""
        if expected not in NEXT:
            return Check(False, f'needed a first word that begins with a to z, found "{"".join(found[:1])[:40]}"', 1)
        for place, word in enumerate(found, start=1):
            if word[0].lower() != expected:
                reason = f'needed word {place} to begin with {expected.upper()}, found "{word[:40]}"'
                return Check(False, reason, place)
            expected = NEXT[expected]
        return Check(True, f"needed first letters in alphabetical order, found {len(found)} such words", len(found))

    def published(self, text: str) -> bool | None:
        """Divide at white space, without ASCII punctuation."""
        found = unmarked(text).split()
        expected = found[0][0].lower() if found else ""
        if expected not in NEXT:
            return False
        for word in found:
            if word.lower()[0] != expected:
                return False
            expected = NEXT[expected]
        return True


@constraint("words:vowel")
@dataclass(frozen=True, slots=True)
class Vowel(Constraint):
    """The answer is one paragraph with at most three of the vowels a, e, i, o, u.

    Repairs: a blank line divides paragraphs (published, any line break), and é is an e.
    """

    def check(self, text: str) -> Check:
        """Count the paragraphs, then the different vowels."""
        paragraphs = sum(1 for part in BLANK_LINE.split(text.replace("\r\n", "\n")) if part.strip())
        if paragraphs != 1:
            return Check(False, f"needed 1 paragraph, found {paragraphs}", paragraphs)
        found = _vowels(text if text.isascii() else unicodedata.normalize("NFD", text))
        reason = f"needed at most {MAX_VOWELS} vowels, found {len(found)} ({', '.join(found)})"
        return Check(len(found) <= MAX_VOWELS, reason, found)

    def published(self, text: str) -> bool | None:
        """Accept no line break."""
        return "\n" not in text.strip() and len(_vowels(text)) <= MAX_VOWELS


@constraint("words:consonants")
@dataclass(frozen=True, slots=True)
class Consonants(Constraint):
    """Each word has two consonants side by side, like "st".

    Repair: what holds no letter ("-", "1.") is no word.
    """

    def check(self, text: str) -> Check:
        """Name the first word without such a cluster."""
        tokens = text[:MAX_CHARACTERS].lower().split()
        lonely = next((word for word in tokens if not CLUSTER.search(word) and LETTER.search(word)), None)
        if lonely is not None:
            return Check(False, f'needed two consonants together in each word, found "{lonely[:40]}"', lonely[:200])
        clustered = any(CLUSTER.search(word) for word in tokens)
        return Check(
            clustered, f"needed two consonants together in each word, found {'all' if clustered else 'no word'}"
        )

    def published(self, text: str) -> bool | None:
        """Look at all that white space divides."""
        return all(CLUSTER.search(token) for token in set(text.lower().split()))


@constraint("words:palindrome")
@dataclass(frozen=True, slots=True)
class Palindrome(Constraint):
    """The answer has at least 10 words of at least 5 letters that read the same backwards.

    Repairs: a number ("12321") or one letter again and again ("aaaaa") is no word; quotes outside ASCII are no part of
    one.
    """

    def check(self, text: str) -> Check:
        """Collect them, each as often as it stands there."""
        found = [word for word in _palindromes(words(text.lower())) if _is_word(word)]
        reason = (
            f"needed at least {MIN_PALINDROMES} palindromes of {MIN_PALINDROME_LETTERS} letters, found {len(found)}"
        )
        return Check(len(found) >= MIN_PALINDROMES, reason, sorted(set(found))[:20])

    def published(self, text: str) -> bool | None:
        """Count whatever white space divides, without ASCII punctuation."""
        return len(_palindromes(unmarked(text).lower().split())) >= MIN_PALINDROMES


@constraint("words:prime_lengths")
@dataclass(frozen=True, slots=True)
class PrimeLengths(Constraint):
    """Every word has a prime number of letters and digits, below 100.

    Repairs: marks outside ASCII count for nothing, a dash divides words, and there must be a word.
    """

    def check(self, text: str) -> Check:
        """Name the first word whose length is not prime."""
        found = dict.fromkeys(words(text))
        wrong = next((word for word in found if _length(word) not in PRIMES), None)
        if wrong is not None:
            reason = f'needed words of prime length, found "{wrong[:40]}" with {_length(wrong)} letters'
            return Check(False, reason, wrong[:200])
        return Check(bool(found), f"needed words of prime length, found {'only such' if found else 'no word'}")

    def published(self, text: str) -> bool | None:
        """Measure what white space divides, without ASCII punctuation."""
        return all(len(token) in PRIMES for token in unmarked(text).split())


@constraint("words:no_consecutive")
@dataclass(frozen=True, slots=True)
class NoConsecutive(Constraint):
    """No word begins with the same letter as the word before it.

    Repairs: marks outside ASCII are no letters (published, two words in curly quotes share one), nor are digits.
    """

    def check(self, text: str) -> Check:
        """Name the first two neighbours that share their first letter."""
        for one, other in pairwise(words(text.lower())):
            if one[0] == other[0] and one[0].isalpha():
                reason = f'needed neighbours with different first letters, found "{one[:40]} {other[:40]}"'
                return Check(False, reason, f"{one[:100]} {other[:100]}")
        return Check(True, "needed neighbours with different first letters, found only such")

    def published(self, text: str) -> bool | None:
        """Compare the first characters of what white space divides, without ASCII punctuation."""
        return all(one[0] != other[0] for one, other in pairwise(unmarked(text.lower()).split()))


def _vowels(text: str) -> list[str]:
    text = text.lower()
    return [vowel for vowel in "aeiou" if vowel in text]


def _palindromes(found: list[str]) -> list[str]:
    return [
        word for word in found if word[0] == word[-1] and len(word) >= MIN_PALINDROME_LETTERS and word == word[::-1]
    ]


def _is_word(word: str) -> bool:
    return word.isalpha() and word != word[0] * len(word)


def _length(word: str) -> int:
    return len(word) - word.count("'") - word.count("’") - word.count("-")
