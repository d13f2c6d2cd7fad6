"""What the published IFBench scorer takes from elsewhere: stop words, part-of-speech tags, syllables, emoji.

Each is None where its package or its data is absent; nothing is ever downloaded. nltk's sentences and words are
`splitting.punkt`. Does not know which constraint asks.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import version

from sfteval.scorers.instructions.splitting import punkt

ABSENT = (ImportError, LookupError, OSError)


@cache
def stop_words() -> frozenset[str] | None:
    """Return nltk's English stop words."""
    try:
        return frozenset(import_module("nltk.corpus").stopwords.words("english"))
    except ABSENT:
        return None


@cache
def tagger() -> Callable[[Sequence[str]], str] | None:
    """Return what names the tag of the first of some words, by nltk's tagger."""
    try:
        tag = import_module("nltk").pos_tag
        tag(["a"])
    except ABSENT:
        return None
    return lambda words: str(tag(list(words))[0][1])


@cache
def syllable_counter() -> Callable[[str], int] | None:
    """Return syllapy's count of a word's syllables; 0 for a word with a digit."""
    try:
        count: Callable[[str], int] = import_module("syllapy").count
    except ABSENT:
        return None
    return lru_cache(maxsize=65536)(count)


@cache
def emoji_test() -> Callable[[str], bool] | None:
    """Return the test of the package emoji: is this one recommended emoji?"""
    try:
        test: Callable[[str], bool] = import_module("emoji").is_emoji
    except ABSENT:
        return None
    return test


def resources() -> dict[str, str | None]:
    """Return what the published verdicts rest on here, for a run's settings; None: absent, its verdicts are null."""
    nltk = f"nltk {version('nltk')}" if stop_words() or tagger() or punkt() else None
    return {
        "stop words": nltk if stop_words() else None,
        "tagger": nltk if tagger() else None,
        "syllables": f"syllapy {version('syllapy')}" if syllable_counter() else None,
        "emoji": f"emoji {version('emoji')}" if emoji_test() else None,
    }
