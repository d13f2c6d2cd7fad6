"""Single prompts of IFBench about order: multiples of 7, reversed sentences, an alphabetical story, dates."""

import re
from dataclasses import dataclass
from datetime import date

from sfteval.scorers.instructions.bench.counts import DIGITS
from sfteval.scorers.instructions.bench.letters import ALPHABET
from sfteval.scorers.instructions.bench.marks import unmarked
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import punkt, sentences, words
from sfteval.types import Check

MULTIPLES = ["14", "21", "28", "35", "42", "49"]
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
BORN, DIED = 1769, 1821
MOST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@constraint("custom:multiples")
@dataclass(frozen=True, slots=True)
class Multiples(Constraint):
    """The answer's numbers are the multiples of 7 between 10 and 50, in order, and no others."""

    def check(self, text: str) -> Check:
        """Compare all numbers of the answer."""
        found = DIGITS.findall(text)
        shown = " ".join(number[:10] for number in found[:10]) or "none"
        return Check(found == MULTIPLES, f"needed the numbers {' '.join(MULTIPLES)}, found {shown}", len(found))


@constraint("custom:word_reverse")
@dataclass(frozen=True, slots=True)
class WordReverse(Constraint):
    """The answer, read from its last word to its first, names the bald eagle.

    The published scorer also asks nltk whether the reversed text is one sentence. Without the marks that end sentences
    it always is, so that its verdict needs no data.
    """

    def check(self, text: str) -> Check:
        """Look for the two words in reverse."""
        reverse = " ".join(reversed(unmarked(text.lower()).split()))
        ok = "bald eagle" in reverse
        reason = f'needed "eagle bald", the words in reverse, found {"it" if ok else "none"}'
        return Check(ok, reason, reverse[:200])


@constraint("custom:character_reverse")
@dataclass(frozen=True, slots=True)
class CharacterReverse(Constraint):
    """The answer names the bald eagle letter by letter in reverse, in any case."""

    def check(self, text: str) -> Check:
        """Look for the name in reverse."""
        ok = "elgae dlab" in text.lower()
        return Check(ok, f'needed "elgae dlab", the letters in reverse, found {"it" if ok else "none"}', ok)


@constraint("custom:sentence_alphabet")
@dataclass(frozen=True, slots=True)
class SentenceAlphabet(Constraint):
    """The answer has 26 sentences, whose first words begin with A to Z in turn.

    Repair: quotes and other marks before the word are no part of it. Without nltk's data there is no published verdict.
    """

    def check(self, text: str) -> Check:
        """Count the sentences, then name the first out of order."""
        found = sentences(text)
        if len(found) != len(ALPHABET):
            return Check(False, f"needed exactly 26 sentences, found {len(found)}", len(found))
        for place, (sentence, letter) in enumerate(zip(found, ALPHABET, strict=True), start=1):
            word = words(sentence)[0]
            if word[0].lower() != letter:
                reason = f'needed sentence {place} to begin with {letter.upper()}, found "{word[:40]}"'
                return Check(False, reason, place)
        return Check(True, "needed 26 sentences from A to Z, found them", 26)

    def published(self, text: str) -> bool | None:
        """Compare the first characters of nltk's sentences."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        if found is None:
            return None
        return "".join(sentence.lstrip()[:1].lower()[:1] for sentence in found) == ALPHABET


@constraint("custom:date_format_list")
@dataclass(frozen=True, slots=True)
class DateFormatList(Constraint):
    """The answer is a list of dates of Napoleon's lifetime, YYYY-MM-DD, divided by commas, and nothing else.

    Repairs: every date must exist; published, month 0, day 0 and February 29 of any year do.
    """

    def check(self, text: str) -> Check:
        """Name the first that is no such date."""
        dates = [part.strip() for part in text.strip().split(",")]
        wrong = next((part for part in dict.fromkeys(dates) if not _exists(part)), None)
        if wrong is not None:
            return Check(False, f'needed dates YYYY-MM-DD of {BORN} to {DIED}, found "{wrong[:40]}"', wrong[:200])
        return Check(True, f"needed dates YYYY-MM-DD of {BORN} to {DIED}, found {len(dates)}", len(dates))

    def published(self, text: str) -> bool | None:
        """Compare year, month and day with bounds."""
        return all(map(_is_published_date, {part.strip() for part in text.strip().split(",")}))


def _exists(part: str) -> bool:
    if not part.isascii() or not DATE.fullmatch(part):
        return False
    try:
        return BORN <= date.fromisoformat(part).year <= DIED
    except ValueError:
        return False


def _is_published_date(part: str) -> bool:
    if not DATE.fullmatch(part):
        return False
    year, month, day = map(int, part.split("-"))
    return BORN <= year <= DIED and month <= 12 and (month == 0 or day <= MOST_DAYS[month - 1])
