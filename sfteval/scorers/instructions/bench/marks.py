"""Punctuation and bounds that several constraints of IFBench share.

The published scorer knows ASCII's 32 marks only: `unmarked` deletes them, `EDGES` are what it strips. Our own reading
of words is `splitting.words`. Does not know any constraint.
"""

import string

from sfteval.errors import DataError

MARKS = string.punctuation
EDGES = MARKS + " "  # what the published scorer strips from words and sentences
CLOSERS = "\"'”’»)]}*_`~ \t\n"  # what may stand behind the mark that ends a sentence
OPENERS = "\"'“‘«([{*_`~#>- \t\n"


def unmarked(text: str) -> str:
    """Return the text without ASCII punctuation: "don't" becomes "dont"; in time that does not depend on the text."""
    for mark in MARKS:
        if mark in text:
            text = text.replace(mark, "")
    return text


def end_mark(sentence: str) -> str:
    """Return the sentence's last character, quotes and brackets that close behind it aside."""
    return sentence.rstrip(CLOSERS)[-1:]


def require_at_least(bound: int, value: int, where: str) -> None:
    """Refuse a kwarg that is too small to mean anything."""
    if value < bound:
        raise DataError(
            where,
            expected=f"a whole number of at least {bound}",
            got=str(value),
            next_move="Mend the kwargs in the task's data file",
        )
