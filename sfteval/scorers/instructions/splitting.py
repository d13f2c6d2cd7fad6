"""Where sentences and words end: ours in pure Python, and the published scorers' where nltk's punkt data is present.

`sentences` and `words` are small rules that read in linear time, and of a very long text only the first part; they
approximate what a reader would count. `Punkt` is the published splitter, executed; nothing is ever downloaded, and
without its data it is absent (`punkt()` is None). Does not know who counts, or what a count must be.
Source: punkt as in nltk, Kiss and Strunk 2006, Computational Linguistics 32:485.
"""

import re
from functools import cache
from itertools import islice
from typing import Any

MAX_CHARACTERS = 300_000  # of which sentences and words are counted
MAX_PUNKT_CHARACTERS, MAX_PUNKT_MARKS = 20_000, 1000  # beyond, nltk may take longer than a check may

MARK = re.compile(
    r"""
    [.!?…。！？｡।॥؟۔]  # one set first: what is in none is passed over quickly
    (?: (?<=[.!?…])(?<![.!?…]{2}) [.!?…]*+ [\"'”’»)\]}*_`]*+ (?=\s|\Z)  # more, what closes behind them, white space
      | (?<=[。！？｡।॥؟۔]) [。！？｡।॥؟۔]*+ [\"'”’»」』）)*]*+ )            # scripts that go on without white space
    """,
    re.VERBOSE,
)
LETTER = re.compile(r"[^\W_]")
WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
LOOSE_MARK = re.compile(r"['\-](?:['\-]+|(?<![A-Za-z0-9]['\-])|(?![A-Za-z0-9]))")  # not between two letters
TOKEN, PLAIN_TOKEN = re.compile(r"\w+"), re.compile(r"[^\W_]+")
NO_PLAIN_TOKEN = {code: " " for code in range(128) if not chr(code).isalnum()}
NO_TOKEN = {code: " " for code in NO_PLAIN_TOKEN if chr(code) != "_"}
NO_WORD = {code: " " for code in NO_PLAIN_TOKEN if chr(code) not in "'-"}
DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
ITEM = re.compile(r"(?:\A|\n)[(\[*_#>\s]*+\d{1,3}\Z")  # "1. First", at the beginning of a line
TITLES = {  # never the end of a sentence
    "mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "capt", "lt", "sgt", "rev", "hon", "sr", "messrs", "mt", "vs",
    "cf", "eg", "ie", "e.g", "i.e", "approx",
}  # fmt: skip
MAY_END = {  # the end only where a capital letter begins the next word
    "etc", "inc", "ltd", "co", "corp", "jr", "dept", "est", "al", "fig", "figs", "vol", "no", "nos", "a.m", "p.m", "am",
    "pm", "u.s", "u.s.a", "u.k", "e.u", "d.c", "b.c", "a.d", "ph.d", "b.a", "m.a", "m.d", "jan", "feb", "apr", "aug",
    "sep", "sept", "oct", "nov", "dec", "ave", "blvd", "rd",
}  # fmt: skip
LONGEST_CHARACTERS = 6  # a longer word without a dot is in neither list
OPENING = "\"'“‘«([{*_#>"
CONTEXT_CHARACTERS = 40  # what is looked at before and after a mark
MAX_MARKS = 10_000  # what follows so many is one sentence: a reader has stopped counting


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; a line break alone ends none, and a text without end marks is one."""
    text, found, start = text[:MAX_CHARACTERS], [], 0
    for mark in islice(MARK.finditer(text), MAX_MARKS):
        if _ends(text, mark):
            found.append(text[start : mark.end()].strip())
            start = mark.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if LETTER.search(sentence)]


def words(text: str) -> list[str]:
    """Return the words of a text; an apostrophe or a hyphen between letters divides none."""
    text = text[:MAX_CHARACTERS]
    return LOOSE_MARK.sub(" ", text.translate(NO_WORD)).split() if text.isascii() else WORD.findall(text)


def tokens(text: str) -> list[str]:
    r"""Return the runs of word characters (`\w+`), as the published scorers count words: "don't" is two, "a_b" one."""
    return text.translate(NO_TOKEN).split() if text.isascii() else TOKEN.findall(text)


def plain_tokens(text: str) -> list[str]:
    """Return the runs of letters and digits: "don't" is two, and "_a_" is "a"."""
    return text.translate(NO_PLAIN_TOKEN).split() if text.isascii() else PLAIN_TOKEN.findall(text)


def _ends(text: str, mark: "re.Match[str]") -> bool:
    """Tell whether a mark ends its sentence; only a full stop after some words, or an ellipsis, may not."""
    if mark[0][0] not in ".…":
        return True
    near = text[max(0, mark.start() - LONGEST_CHARACTERS - 1) : mark.start()]
    if len(near) > LONGEST_CHARACTERS and near.isalpha() and mark[0][0] == "." != mark[0][1:2]:
        return True  # most sentences end so; the steps below would come to the same
    before = text[max(0, mark.start() - CONTEXT_CHARACTERS) : mark.start()]
    word = before.rsplit(maxsplit=1)[-1].lstrip(OPENING) if before.strip() else ""
    if len(word) > LONGEST_CHARACTERS and "." not in word and mark[0][0] == "." and mark[0][1:2] != ".":
        return True
    after = text[mark.end() : mark.end() + CONTEXT_CHARACTERS].lstrip(OPENING + " \t\n")
    if mark[0].startswith(("..", "…")):
        return not after[:1].islower()
    if before[-1:].isdecimal() and ITEM.search(before):
        return False
    if word.lower() in TITLES or (len(word) == 1 and word.isupper() and word != "I"):
        return False
    if word.lower() in MAY_END:
        return after[:1].isupper() or not after
    return not DOTTED.fullmatch(word) or not after


class Punkt:
    """nltk's own splitters, as the published scorers call them; None where the text is too long to be split in time."""

    def __init__(self, tokenizer: Any, tokenize_words: Any) -> None:
        """Keep nltk's sentence tokenizer and its function for words."""
        self._tokenizer, self._tokenize_words = tokenizer, tokenize_words

    def sentences(self, text: str) -> list[str] | None:
        """Return nltk's sentences."""
        return list(self._tokenizer.tokenize(text)) if _is_short(text) else None

    def words(self, text: str) -> list[str] | None:
        """Return nltk's words: contractions and punctuation apart."""
        return list(self._tokenize_words(text)) if _is_short(text) else None


def _is_short(text: str) -> bool:
    return len(text) <= MAX_PUNKT_CHARACTERS and sum(map(text.count, ".?!")) <= MAX_PUNKT_MARKS


@cache
def punkt() -> Punkt | None:
    """Return nltk's English splitters where nltk and its punkt_tab data are installed."""
    try:
        import nltk
        from nltk.tokenize.punkt import PunktTokenizer

        return Punkt(PunktTokenizer("english"), nltk.word_tokenize)
    except (ImportError, LookupError):
        return None


def resources() -> dict[str, str | None]:
    """Return what the published splitting rests on here, for a run's settings; None: absent, its verdicts are null."""
    from importlib.metadata import version

    return {"punkt": None if punkt() is None else f"nltk {version('nltk')}, punkt_tab english"}
