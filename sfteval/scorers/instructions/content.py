"""What an answer must hold: a postscript, placeholders.

Repairs: "P.P.S." is no "P.S.", and a marker is what is written, not a regular expression; an empty bracket, a task
list's box and a link are no placeholders.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, Counted, constraint
from sfteval.scorers.instructions.patterns import published_pattern
from sfteval.types import Check

POSTSCRIPT = re.compile(r"p\.(?<![\w.]p\.)\s?s\.")
POST_POSTSCRIPT = re.compile(r"p\.(?<![\w.]p\.)\s?p\.\s?s")
# A bracket without its end takes the rest of its line with it, in which no other could have one.
BRACKET = re.compile(r"\[[^\]\n]*+(\]?)")
PLACEHOLDER = re.compile(r"\[([^\]\n]*+)\](?!\()|\[[^\]\n]*+\]?")
PUBLISHED = {"P.S.": re.compile(r"p\.\s?s\."), "P.P.S": re.compile(r"p\.\s?p\.\s?s")}


@constraint("detectable_content:postscript")
@dataclass(frozen=True, slots=True)
class Postscript(Constraint):
    """The answer has a postscript that begins with the marker, in any case."""

    postscript_marker: str

    def check(self, text: str) -> Check:
        """Find the marker where no letter or dot goes before it."""
        lower, marker = text.lower(), self.postscript_marker.strip()
        if marker == "P.S.":
            found = POSTSCRIPT.search(lower) is not None
        elif marker == "P.P.S":
            found = POST_POSTSCRIPT.search(lower) is not None
        else:
            found = marker.lower() in lower
        return Check(found, f'needed a postscript "{marker}", found {"one" if found else "none"}', found)

    def published(self, text: str) -> bool | None:
        """Find the marker's pattern anywhere."""
        marker = self.postscript_marker.strip()
        if marker in PUBLISHED:
            return PUBLISHED[marker].search(text.lower()) is not None
        return published_pattern(marker.lower(), ignore_case=False).found(text.lower())


@constraint("detectable_content:number_placeholders")
@dataclass(frozen=True, slots=True)
class NumberOfPlaceholders(Counted):
    """The answer has at least `num_placeholders` placeholders in square brackets, like `[address]`."""

    num_placeholders: int

    def check(self, text: str) -> Check:
        """Count brackets on one line around text; `[ ]`, `[x]` and `[text](link)` are something else."""
        inside = Counter(PLACEHOLDER.findall(text))
        measured = sum(num for inner, num in inside.items() if inner.strip(" [") not in ("", "x", "X"))
        reason = f"needed at least {self.num_placeholders} placeholders, found {measured}"
        return Check(measured >= self.num_placeholders, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count every pair of brackets on one line."""
        return BRACKET.findall(text).count("]") >= self.num_placeholders
