"""How an answer is laid out: bullets, highlights, titles, sections, JSON, a fixed set of answers, no comma.

Repairs are stated per class; where none is stated our rule is the published one. Every rule runs in linear time: what
the published pattern says is walked line by line where the pattern itself could go quadratic.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from sfteval.scorers.instructions.catalogue import Constraint, Counted, constraint
from sfteval.scorers.instructions.patterns import published_pattern
from sfteval.types import Check

# Each pattern begins with a character as it is, which is found fast; the first line gets a break before it.
BULLET = re.compile(r"\n[^\S\n]*([-*])[ \t]++(?!(?:\1[ \t]*+)++[^\S\n]*$)\S", re.MULTILINE)
# Published, a lone star takes the line break for the character after it, and so the next line with it.
DASH_LINE = re.compile(r"\n[^\S\n]*-")
STAR_LINE = re.compile(r"\n[^\S\n]*\*(?:[^*\n]|\n.*$)", re.MULTILINE)
HIGHLIGHT = re.compile(r"(\*\*{0,2})(?![\s*])[^*\n]*(?<!\s)\1")
# Runs of blank ones are one match, whose group is empty.
SINGLE = re.compile(r"\*(?:[^\S\n]*\*(?:\*[^\S\n]*\*)*+|([^\n*]*)\*)")
DOUBLE = re.compile(r"\*\*(?:[^\S\n]*\*\*(?:\*\*[^\S\n]*\*\*)*+|([^\n*]*)\*\*)")
TITLE = re.compile(r"^(?:[^\n<]|<(?!<))*+<<([^\n]+)>>", re.MULTILINE)  # from the first << of a line to its last >>
FENCES = ("```json", "```Json", "```JSON", "```")
OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
NAMED = ", ".join(f'"{option}"' for option in OPTIONS)


@constraint("punctuation:no_comma")
@dataclass(frozen=True, slots=True)
class NoComma(Constraint):
    """The answer holds no comma."""

    def check(self, text: str) -> Check:
        """Count the commas."""
        measured = text.count(",")
        return Check(measured == 0, f"needed no comma, found {measured}", measured)


@constraint("detectable_format:number_bullet_lists")
@dataclass(frozen=True, slots=True)
class NumberOfBullets(Counted):
    """The answer has exactly `num_bullets` bullets: lines that begin with `* ` or `- ` and go on with text.

    Repairs: a rule (`---`, `* * *`), a negative number and an emphasised line (`*so*`) are no bullets.
    """

    num_bullets: int

    def check(self, text: str) -> Check:
        """Count the lines that begin with a bullet mark, white space and text."""
        measured = len(BULLET.findall(f"\n{text}"))
        reason = f"needed exactly {self.num_bullets} bullets, found {measured}"
        return Check(measured == self.num_bullets, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count each line that begins with `-`, and with `*` and one character more that is no `*`."""
        text = f"\n{text}"
        return len(DASH_LINE.findall(text)) + len(STAR_LINE.findall(text)) == self.num_bullets


@constraint("detectable_format:number_highlighted_sections")
@dataclass(frozen=True, slots=True)
class NumberOfHighlights(Counted):
    """The answer highlights at least `num_highlights` stretches in Markdown, like `*this*` or `**this**`.

    Repairs: the star of a list item is no opening (`* item *x`), `***this***` is one highlight.
    """

    num_highlights: int

    def check(self, text: str) -> Check:
        """Count the stretches between equal stars that touch their text."""
        measured = sum(1 for _ in HIGHLIGHT.finditer(text))
        reason = f"needed at least {self.num_highlights} highlights, found {measured}"
        return Check(measured >= self.num_highlights, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count the single and the double stars each for itself."""
        num_single, num_double = (sum(map(bool, pattern.findall(text))) for pattern in (SINGLE, DOUBLE))
        return num_single + num_double >= self.num_highlights


@constraint("detectable_format:title")
@dataclass(frozen=True, slots=True)
class Title(Constraint):
    """The answer has a title in double angular brackets, like `<<this>>`, on one line."""

    def check(self, text: str) -> Check:
        """Find the first line with brackets around something."""
        for inner in TITLE.findall(text) if ">>" in text else ():
            if title := inner.lstrip("<").rstrip(">").strip():
                return Check(True, f"needed a title in << >>, found <<{title[:60]}>>", title[:200])
        return Check(False, "needed a title in << >>, found none")


@constraint("detectable_format:multiple_sections")
@dataclass(frozen=True, slots=True)
class MultipleSections(Counted):
    """The answer has at least `num_sections` sections, each begun by the splitter and a number.

    Repairs: the splitter is a word as written (published, a regular expression that "SUBSECTION 1" satisfies), any
    white space may stand before the number.
    """

    section_spliter: str  # the published name
    num_sections: int

    def check(self, text: str) -> Check:
        """Count the headings."""
        measured = sum(1 for _ in _heading(self.section_spliter).finditer(text))
        reason = f'needed at least {self.num_sections} sections "{self.section_spliter} 1" ..., found {measured}'
        return Check(measured >= self.num_sections, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count the parts that the unescaped splitter and a number divide."""
        heading = published_pattern(self.section_spliter.strip(), r"\s?{}\s?\d+\s?", ignore_case=False)
        count = heading.count(text)
        return None if count is None else count >= self.num_sections


@constraint("detectable_format:json_format")
@dataclass(frozen=True, slots=True)
class JsonFormat(Constraint):
    """The whole answer is JSON, in a code fence or not.

    Repair: `NaN` and `Infinity` are not JSON.
    """

    def check(self, text: str) -> Check:
        """Parse strictly and say where it broke."""
        try:
            json.loads(_unfenced(text), parse_constant=_refuse)
        except json.JSONDecodeError as error:
            return Check(False, f"needed JSON, found an error at character {error.pos}: {error.msg}", error.pos)
        except (ValueError, RecursionError) as error:
            return Check(False, f"needed JSON, found {str(error)[:80]}")
        return Check(True, "needed JSON, found JSON")

    def published(self, text: str) -> bool | None:
        """Parse as Python does."""
        try:
            json.loads(_unfenced(text))
        except (ValueError, RecursionError):
            return False
        return True


@constraint("detectable_format:constrained_response")
@dataclass(frozen=True, slots=True)
class ConstrainedResponse(Constraint):
    """The answer holds one of the three sentences "My answer is yes.", "... no.", "... maybe."."""

    def check(self, text: str) -> Check:
        """Find one of the sentences as written."""
        found = next((option for option in OPTIONS if option in text), None)
        shown = f'"{found}"' if found else "none"
        return Check(found is not None, f"needed one of {NAMED}, found {shown}", found)


@lru_cache(maxsize=1024)
def _heading(splitter: str) -> "re.Pattern[str]":
    word = re.escape(splitter.strip())
    return re.compile(rf"{word}(?<!\w{word})[^\S\n]*\d")


def _unfenced(text: str) -> str:
    text = text.strip()
    for fence in FENCES:
        text = text.removeprefix(fence)
    return text.removesuffix("```").strip()


def _refuse(literal: str) -> float:
    raise ValueError(f"{literal}, which is not JSON")
