r"""Words and patterns from data, searched in bounded time.

`word_pattern` is ours: the words as written, at word boundaries, where an underscore is markup and not a letter.
`Published` is the published scorers' habit: the kwarg is a regular expression, unescaped, put into a frame such as
`\b...\b`; one that is more than words runs on an engine with a time limit. Does not know which constraint asks.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

import regex

TIMEOUT_SECONDS = 0.04
PLAIN = re.compile(r"[\w\s'’,;:!\"%&@#<>=~`/-]*")  # holds nothing that a regular expression reads specially


@lru_cache(maxsize=4096)
def word_pattern(words: str) -> "re.Pattern[str]":
    """Return the pattern of these words, in any case, standing on their own.

    What stands before the first letter is looked at after it is found: a search goes several times as fast.
    """
    spaced = r"\s+".join(re.escape(word) for word in words.split() or [words])
    first = re.escape(words.strip()[:1] or words[0])
    return re.compile(rf"{first}(?<![^\W_]{first}){spaced[len(first) :]}(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Published:
    """An unescaped pattern; every answer is None where it is broken or the time is up."""

    plain: "re.Pattern[str] | None"
    risky: "regex.Pattern[str] | None"

    def found(self, text: str) -> bool | None:
        """Tell whether the pattern is in the text."""
        if self.plain is not None:
            return self.plain.search(text) is not None
        if self.risky is None:
            return None
        try:
            return self.risky.search(text, timeout=TIMEOUT_SECONDS) is not None
        except TimeoutError:
            return None

    def count(self, text: str) -> int | None:
        """Count the matches."""
        if self.plain is not None:
            return sum(1 for _ in self.plain.finditer(text))
        if self.risky is None:
            return None
        try:
            return sum(1 for _ in self.risky.finditer(text, timeout=TIMEOUT_SECONDS))
        except TimeoutError:
            return None


def all_found(patterns: Iterable[Published], text: str) -> bool | None:
    """Tell whether all patterns are in the text; None where one before the first that is missing is broken or slow."""
    return next((found for found in _each(patterns, text) if not found), True)


def any_found(patterns: Iterable[Published], text: str) -> bool | None:
    """Tell whether any pattern is in the text; None where one before the first that is there is broken or slow."""
    return next((found for found in _each(patterns, text) if found is not False), False)


def _each(patterns: Iterable[Published], text: str) -> Iterator[bool | None]:
    """Search for one pattern after the other, all of them within one limit of time."""
    deadline = monotonic() + TIMEOUT_SECONDS
    for pattern in patterns:
        found = pattern.found(text)
        yield None if pattern.plain is None and monotonic() > deadline else found


@lru_cache(maxsize=4096)
def published_pattern(pattern: str, frame: str = "{}", *, ignore_case: bool = True) -> Published:
    """Compile a pattern as it is written, in its frame."""
    framed = frame.format(pattern)
    try:
        plain = re.compile(framed, re.IGNORECASE if ignore_case else 0)
        if PLAIN.fullmatch(pattern):
            return Published(plain, None)
        return Published(None, regex.compile(framed, regex.IGNORECASE if ignore_case else 0))
    except (re.error, regex.error):
        return Published(None, None)
