r"""How long an answer is, in words, in sentences and in paragraphs.

A word is a run of word characters, so "don't" is two, as published with nltk before 3.10 (from then on nltk takes
combining marks for letters, too, and "²" for none). Paragraphs are divided by `***`, as published: a blank one at
either end does not count, a blank one in the middle is a failure. Does not know where a sentence ends; `splitting`
does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Counted, Relation, constraint
from sfteval.scorers.instructions.splitting import punkt, sentences, tokens
from sfteval.types import Check

DIVIDER = re.compile(r"\s?\*\*\*\s?")
QUOTES = "'\""


@constraint("length_constraints:number_words")
@dataclass(frozen=True, slots=True)
class NumberOfWords(Counted):
    """The answer has less than, or at least, `num_words` words."""

    num_words: int
    relation: Relation

    def check(self, text: str) -> Check:
        """Count runs of word characters."""
        measured = len(tokens(text))
        reason = f"needed {self.relation} {self.num_words} words, found {measured}"
        return Check(self.relation.holds(measured, self.num_words), reason, measured)


@constraint("length_constraints:number_sentences")
@dataclass(frozen=True, slots=True)
class NumberOfSentences(Counted):
    """The answer has less than, or at least, `num_sentences` sentences.

    Repairs: the number of a list's item is no sentence, nor is a line of brackets; the full stops of other scripts end
    one. Published, nltk's English model decides, and without its data there is no published verdict.
    """

    num_sentences: int
    relation: Relation

    def check(self, text: str) -> Check:
        """Count our sentences."""
        measured = len(sentences(text))
        reason = f"needed {self.relation} {self.num_sentences} sentences, found {measured}"
        return Check(self.relation.holds(measured, self.num_sentences), reason, measured)

    def published(self, text: str) -> bool | None:
        """Count nltk's sentences, where its data is present."""
        splitter = punkt()
        found = None if splitter is None else splitter.sentences(text)
        return None if found is None else self.relation.holds(len(found), self.num_sentences)


@constraint("length_constraints:number_paragraphs")
@dataclass(frozen=True, slots=True)
class NumberOfParagraphs(Counted):
    """The answer has exactly `num_paragraphs` paragraphs, divided by `***`."""

    num_paragraphs: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse none: an answer without a paragraph is none."""
        return {} if self.num_paragraphs else {"num_paragraphs": "at least 1"}

    def check(self, text: str) -> Check:
        """Count the parts between the dividers."""
        parts = DIVIDER.split(text) if "***" in text else [text]
        measured = sum(1 for part in parts if part.strip())
        if any(not part.strip() for part in parts[1:-1]):
            return Check(False, "needed text between all dividers ***, found a blank paragraph", measured)
        reason = f"needed exactly {self.num_paragraphs} paragraphs divided by ***, found {measured}"
        return Check(measured == self.num_paragraphs, reason, measured)


@constraint("length_constraints:nth_paragraph_first_word")
@dataclass(frozen=True, slots=True)
class NthParagraphFirstWord(Counted):
    r"""The answer has `num_paragraphs` paragraphs, divided by a blank line, and the nth begins with `first_word`.

    Repairs: paragraphs that are blank do not shift the numbering, `\r\n` divides like `\n`, markup before the word is
    no part of it. Published, the count skips blank paragraphs and the index does not: a leading blank line fails.
    """

    num_paragraphs: int
    nth_paragraph: int
    first_word: str

    def impossible(self) -> Mapping[str, str]:
        """Refuse a paragraph beyond the last, and what is not one word without punctuation."""
        if not 1 <= self.nth_paragraph <= self.num_paragraphs:
            return {"nth_paragraph": f"one of the {self.num_paragraphs} paragraphs"}
        return {} if _first_word(self.first_word) == self.first_word else {"first_word": "one word without punctuation"}

    def check(self, text: str) -> Check:
        """Count the paragraphs that are not blank, then read the nth one's first word."""
        paragraphs = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
        if len(paragraphs) != self.num_paragraphs:
            reason = f"needed exactly {self.num_paragraphs} paragraphs, found {len(paragraphs)}"
            return Check(False, reason, len(paragraphs))
        found = _first_word(paragraphs[self.nth_paragraph - 1].lstrip("*_# \n\t")).strip("*_").lower()
        reason = f'needed paragraph {self.nth_paragraph} to begin with "{self.first_word}", found "{found[:80]}"'
        return Check(found == self.first_word.lower(), reason, found[:80])

    def published(self, text: str) -> bool | None:
        """Count without the blank paragraphs, but index with them."""
        paragraphs = text.split("\n\n")
        count = sum(1 for part in paragraphs if part.strip())
        if self.nth_paragraph > count:
            return False
        paragraph = paragraphs[self.nth_paragraph - 1].strip()
        first = "".join(map(str.lower, _first_word(paragraph)))  # letter by letter: a final sigma is none
        return count == self.num_paragraphs and bool(paragraph) and first == self.first_word.lower()


def _first_word(paragraph: str) -> str:
    """Return the first word: without quotes before it, cut at the first punctuation mark."""
    words = paragraph.split(maxsplit=1)
    word = words[0].lstrip("'").lstrip('"') if words else ""
    return re.split(r"[.,?!'\"]", word, maxsplit=1)[0]
