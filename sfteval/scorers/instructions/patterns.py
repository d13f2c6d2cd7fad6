r"""Words and patterns from data, searched in bounded time.

`holds_words` and `count_words` are ours: the words as written, in any case, at word boundaries, where an underscore is
markup and not a letter. `Published` is the published scorers' habit: the kwarg is a regular expression, unescaped, put
into a frame such as `\b...\b`; one that is more than words runs on an engine with a time limit. Words in ASCII are
searched in the text in small letters, several times as fast as in any case. Does not know which constraint asks.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from time import thread_time
from typing import TypeVar

import regex

TIMEOUT_SECONDS = 0.04
MAX_TRIES = 20
PLAIN = re.compile(r"[\w\s'’,;:!\"%&@#<>=~`/-]*")  # holds nothing that a regular expression reads specially
ALIKE = {"\u017f": "s", "\u212a": "k", "\u0131": "i", "\u0130": "i"}  # what `re.IGNORECASE` takes for a letter in ASCII
BROKEN = (re.error, regex.error, OverflowError, RecursionError)
Found = TypeVar("Found")


def holds_words(words: str, text: str) -> bool:
    """Tell whether these words stand in the text on their own, in any case."""
    if words.isascii():
        return _small_words(words.lower()).search(_small(text)) is not None
    return word_pattern(words).search(text) is not None


def count_words(words: str, text: str) -> int:
    """Count how often these words stand in the text on their own, in any case."""
    if words.isascii():
        return sum(1 for _ in _small_words(words.lower()).finditer(_small(text)))
    return sum(1 for _ in word_pattern(words).finditer(text))


@lru_cache(maxsize=4096)
def word_pattern(words: str) -> "re.Pattern[str]":
    """Return the pattern of these words, in any case, standing on their own."""
    return re.compile(_bounded(words), re.IGNORECASE)


@lru_cache(maxsize=4096)
def _small_words(words: str) -> "re.Pattern[str]":
    return re.compile(_bounded(words))


def _bounded(words: str) -> str:
    """Return the pattern's text; what stands before the first word is looked at when that is found, which is faster."""
    first, *others = map(re.escape, words.split() or [words])
    spaced = "".join(rf"\s+{word}" for word in others)
    return rf"{first}(?<![^\W_]{first}){spaced}(?![^\W_])"


@lru_cache(maxsize=2)  # one text is asked for several words in a row
def _small(text: str) -> str:
    """Return the text in small letters, so that ASCII finds in it what `re.IGNORECASE` would find."""
    if not text.isascii():
        for letter, plain in ALIKE.items():
            text = text.replace(letter, plain)
    return text.lower()


@dataclass(frozen=True, slots=True)
class Published:
    """An unescaped pattern; every answer is None where it is broken or the time is up."""

    plain: "re.Pattern[str] | None"  # for the text as it is
    small: "re.Pattern[str] | None"  # the same for the text in small letters
    risky: "regex.Pattern[str] | None"  # more than words: needs the limit

    @property
    def is_timed(self) -> bool:
        """Tell whether a search may run out of time."""
        return self.plain is None and self.small is None

    def found(self, text: str) -> bool | None:
        """Tell whether the pattern is in the text."""
        if self.small is not None:
            return self.small.search(_small(text)) is not None
        if self.plain is not None:
            return self.plain.search(text) is not None
        return None if self.risky is None else _in_time(partial(_search, self.risky, text))

    def count(self, text: str) -> int | None:
        """Count the matches."""
        if self.small is not None:
            return sum(1 for _ in self.small.finditer(_small(text)))
        if self.plain is not None:
            return sum(1 for _ in self.plain.finditer(text))
        return None if self.risky is None else _in_time(partial(_count, self.risky, text))


def _search(pattern: "regex.Pattern[str]", text: str) -> bool:
    return pattern.search(text, timeout=TIMEOUT_SECONDS, concurrent=False) is not None


def _count(pattern: "regex.Pattern[str]", text: str) -> int:
    return len(pattern.findall(text, timeout=TIMEOUT_SECONDS, concurrent=False))


def _in_time(search: Callable[[], Found]) -> Found | None:
    """Return what is found within the limit; None when it is up.

    The engine's clock is that of the whole process: when other threads used the time up, the search begins anew.
    """
    for _ in range(MAX_TRIES):
        start = thread_time()
        try:
            return search()
        except TimeoutError:
            if thread_time() - start > TIMEOUT_SECONDS / 2:
                break
    return None


def all_found(patterns: Iterable[Published], text: str) -> bool | None:
    """Tell whether all patterns are in the text; None where one before the first that is missing is broken or slow."""
    return next((found for found in _each(patterns, text) if not found), True)


def any_found(patterns: Iterable[Published], text: str) -> bool | None:
    """Tell whether any pattern is in the text; None where one before the first that is there is broken or slow."""
    return next((found for found in _each(patterns, text) if found is not False), False)


def _each(patterns: Iterable[Published], text: str) -> Iterator[bool | None]:
    """Search for one pattern after the other, all of them within one limit of time."""
    deadline = thread_time() + TIMEOUT_SECONDS
    for pattern in patterns:
        found = pattern.found(text)
        yield None if pattern.is_timed and thread_time() > deadline else found


@lru_cache(maxsize=4096)
def published_pattern(pattern: str, frame: str = "{}", *, ignore_case: bool = True) -> Published:
    """Compile a pattern as it is written, in its frame."""
    framed = frame.format(pattern)
    try:
        plain = re.compile(framed, re.IGNORECASE if ignore_case else 0)
        if PLAIN.fullmatch(pattern):
            return Published(plain, _in_small_letters(pattern, frame) if ignore_case else None, None)
        return Published(None, None, regex.compile(framed, regex.IGNORECASE if ignore_case else 0))
    except BROKEN:
        return Published(None, None, None)


def _in_small_letters(words: str, frame: str) -> "re.Pattern[str] | None":
    r"""Return the pattern for a text in small letters, for words in ASCII; one that begins with them is fast to search.

    `\b` before a letter is: no letter before it.
    """
    word = re.escape(words.lower())
    if not words.isascii() or not words:
        return None
    if frame == "{}":
        return re.compile(word)
    if frame == r"\b{}\b" and re.match(r"\w", words[0]) and re.match(r"\w", words[-1]):
        return re.compile(rf"{word}(?<!\w{word})(?!\w)")
    return None
