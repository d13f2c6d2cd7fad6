"""What a prompt is about, before any constraint: a request, words that fit it, and two words that a writer overuses.

A stem has a kind. An open one takes any constraint; some constraints need stems of their own (a question that yes
answers, a text to rewrite, a table with given columns), and their kind says so. Stems are written as a table of two
lines each, read by `read_stems`. Does not know which stems there are, nor what a constraint asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_PER_STEM = 5  # prompts that share a stem hang together; more would tell little more
OPEN, QUESTION, PASSAGE = "open", "question", "passage"
NUM_WORDS, NUM_AVOID = 5, 2


@dataclass(frozen=True, slots=True)
class Stem:
    """One thing to write about."""

    key: str  # names it, and its cluster
    request: str  # one or two whole sentences
    words: tuple[str, ...] = ()  # that an answer may well use; keywords are drawn from them
    avoid: tuple[str, ...] = ()  # that an answer is tempted to use; forbidden words are drawn from them
    kind: str = OPEN
    passage: str = ""  # the text to rewrite, of kind PASSAGE


def read_stems(table: str, kind: str = OPEN) -> Iterator[Stem]:
    """Yield the stems of a table: `key: request`, and below it, indented, `five words / two to avoid`."""
    lines = [line for line in table.splitlines() if line.strip()]
    for head, tail in zip(lines[::2], lines[1::2], strict=True):
        key, _, request = head.partition(": ")
        words, _, avoid = tail.partition(" / ")
        yield Stem(key.strip(), request.strip(), tuple(words.split()), tuple(avoid.split()), kind)
