"""Which words and letters an answer holds.

Repair against the published scorer: a keyword is the word as written, on its own, in any case. Published, `existence`
and `frequency` take it for a regular expression anywhere ("party" has "art", "c++" counts "ccc"), and a letter that is
not a-z is replaced by a random one. An underscore is markup here ("_art_" holds "art").
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, Counted, Relation, constraint
from sfteval.scorers.instructions.patterns import all_found, any_found, count_words, holds_words, published_pattern
from sfteval.types import Check


@constraint("keywords:existence")
@dataclass(frozen=True, slots=True)
class Existence(Constraint):
    """Every keyword stands in the answer."""

    keywords: tuple[str, ...]

    def check(self, text: str) -> Check:
        """Name the keywords that are missing."""
        missing = [word for word in self.keywords if not holds_words(word, text)]
        found = _but(missing, self.keywords)
        return Check(not missing, f"needed {_listed(self.keywords)}, found {found}", missing)

    def published(self, text: str) -> bool | None:
        """Take each keyword for a pattern."""
        return all_found((published_pattern(word) for word in sorted(self.keywords)), text)


@constraint("keywords:forbidden_words")
@dataclass(frozen=True, slots=True)
class ForbiddenWords(Constraint):
    """None of the words stands in the answer."""

    forbidden_words: tuple[str, ...]

    def check(self, text: str) -> Check:
        """Name the forbidden words that were used."""
        used = [word for word in self.forbidden_words if holds_words(word, text)]
        found = f"found {_listed(used)}" if used else "found none"
        return Check(not used, f"needed none of {_listed(self.forbidden_words)}, {found}", used)

    def published(self, text: str) -> bool | None:
        r"""Take each word for a pattern between `\b`."""
        found = any_found((published_pattern(word, r"\b{}\b") for word in self.forbidden_words), text)
        return None if found is None else not found


@constraint("keywords:frequency")
@dataclass(frozen=True, slots=True)
class Frequency(Counted):
    """The keyword stands less than, or at least, `frequency` times in the answer."""

    keyword: str
    frequency: int
    relation: Relation

    def check(self, text: str) -> Check:
        """Count the keyword on its own."""
        measured = count_words(self.keyword, text)
        reason = f'needed {self.relation} {self.frequency} times "{self.keyword}", found {measured}'
        return Check(self.relation.holds(measured, self.frequency), reason, measured)

    def published(self, text: str) -> bool | None:
        """Count the keyword as a pattern."""
        count = published_pattern(self.keyword.strip()).count(text)
        return None if count is None else self.relation.holds(count, self.frequency)


@constraint("keywords:letter_frequency")
@dataclass(frozen=True, slots=True)
class LetterFrequency(Counted):
    """The letter, in either case, stands less than, or at least, `let_frequency` times in the answer."""

    letter: str
    let_frequency: int
    let_relation: Relation

    def impossible(self) -> Mapping[str, str]:
        """Refuse what is more than a letter, too."""
        more = {} if len(self.letter) == 1 else {"letter": "one letter"}
        return {**Counted.impossible(self), **more}

    def check(self, text: str) -> Check:
        """Count the letter as it is, also when it is not one of a-z."""
        measured = text.lower().count(self.letter.lower())
        reason = f'needed {self.let_relation} {self.let_frequency} times the letter "{self.letter}", found {measured}'
        return Check(self.let_relation.holds(measured, self.let_frequency), reason, measured)

    def is_drawn(self) -> bool:
        """Published, what is not a letter a-z is replaced by a random one, and a bound of 0 is drawn."""
        is_letter = len(self.letter) == 1 and "a" <= self.letter.lower() <= "z"
        return not is_letter or self.let_frequency == 0


def _but(missing: list[str], keywords: tuple[str, ...]) -> str:
    if not missing:
        return "all"
    return f"all but {_listed(missing)}" if len(missing) < len(keywords) else "none"


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)
