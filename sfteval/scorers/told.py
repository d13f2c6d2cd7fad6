"""Whether an answer tells something: a text and what it must hold in, yes or no out, in linear time.

Both are compared by what they say: any case, any white space, 1,200 as 1200, full-width letters as plain ones. What is
looked for must stand by itself: "14" is not told by "142", "14.5" or "x14". Does not know what is true.
Source: the idea of tau-bench's and BFCL's answer checks, without their hole that "14" is found in "2014".
"""

import re
import unicodedata

LONGEST = 100_000  # characters of an answer that are looked at
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
SPACE = re.compile(r"\s++")


def holds(answer: str, wanted: str) -> bool:
    """Tell whether a text stands in an answer, by itself."""
    text, sought = normalised(answer[:LONGEST]), normalised(wanted)
    at = text.find(sought) if sought else -1
    while at >= 0:
        if not _goes_on(text, at - 1, at) and not _goes_on(text, at + len(sought) - 1, at + len(sought)):
            return True
        at = text.find(sought, at + 1)
    return False


def normalised(text: str) -> str:
    """Return a text by what it says."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return SPACE.sub(" ", THOUSANDS.sub("", folded)).strip()


def _goes_on(text: str, left: int, right: int) -> bool:
    """Tell whether a word or a number goes on between two neighbouring characters."""
    if left < 0 or right >= len(text):
        return False
    a, b = text[left], text[right]
    if a.isalnum() and b.isalnum():
        return True
    before, behind = text[max(0, left - 1) : left], text[right + 1 : right + 2]
    point_left = a in ".,:" and b.isdigit() and before.isdigit()
    point_right = b in ".,:" and a.isdigit() and behind.isdigit()
    return point_left or point_right
