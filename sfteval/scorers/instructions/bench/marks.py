"""Punctuation that several constraints of IFBench share.

The published scorer knows ASCII's 32 marks only: `unmarked` deletes them, `EDGES` are what it strips. Our own reading
of words is `splitting.words`. Does not know any constraint.
"""

import string

MARKS = string.punctuation
EDGES = MARKS + " "  # what the published scorer strips from words and sentences
DELETED = str.maketrans("", "", MARKS)
CLOSERS = "\"'”’»)]}*_`~ \t\n"  # what may stand behind the mark that ends a sentence
OPENERS = "\"'“‘«([{*_`~#>- \t\n"


def unmarked(text: str) -> str:
    """Return the text without ASCII punctuation: "don't" becomes "dont"; a step for each mark, not for each letter."""
    if text.isascii():
        return text.translate(DELETED)
    for mark in MARKS:
        if mark in text:
            text = text.replace(mark, "")
    return text


def end_mark(sentence: str) -> str:
    """Return the sentence's last character, quotes and brackets that close behind it aside."""
    return sentence.rstrip(CLOSERS)[-1:]
