"""Pairs of marks: brackets five deep, quotes three deep, quoted phrases that are explained."""

import re
import string
from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check

OPENING = {")": "(", "]": "[", "}": "{"}
BRACKETS, QUOTES = re.compile(r"[()\[\]{}]+"), re.compile(r"[\"']+")
NO_BRACKET = {code: None for code in range(128) if not BRACKETS.match(chr(code))}
NO_QUOTE = {code: None for code in range(128) if not QUOTES.match(chr(code))}
MIN_BRACKETS, MIN_QUOTES = 5, 3
MAX_CHARACTERS = 100_000  # in which nesting is looked for
STRAIGHT = {**dict.fromkeys("“”„‟", '"'), **dict.fromkeys("‘’‚‛", "'")}
INNER_APOSTROPHE = re.compile(r"'(?<=\w')(?=\w)")
QUOTE = re.compile(r"[\"'](?:(?<![^\W_][\"'])|(?![^\W_]))")  # at the edge of a word
WORD = re.compile(r"[^\W_]")
STRIPPED = string.digits + string.punctuation.replace('"', "")


@constraint("format:parentheses")
@dataclass(frozen=True, slots=True)
class Parentheses(Constraint):
    """Brackets of any kind are nested at least 5 deep, and all five are closed in turn.

    Repairs: all levels must be closed, and a lone closing bracket ("1)") undoes nothing. Published, closing the
    innermost of five is enough.
    """

    def check(self, text: str) -> Check:
        """Measure the deepest group that is closed."""
        deepest = _deepest_closed(_brackets(text[:MAX_CHARACTERS]))
        reason = f"needed brackets {MIN_BRACKETS} levels deep, found {deepest}"
        return Check(deepest >= MIN_BRACKETS, reason, deepest)

    def published(self, text: str) -> bool | None:
        """Wait for a closing bracket once five are open; begin anew after one that does not fit."""
        stack: list[str] = []
        were_five_open = False
        for bracket in _brackets(text):
            if bracket in "([{":
                stack.append(bracket)
                were_five_open = were_five_open or len(stack) >= MIN_BRACKETS
            elif stack and stack[-1] == OPENING[bracket]:
                stack.pop()
                if were_five_open:
                    return True
            else:
                stack.clear()
                were_five_open = False
        return False


@constraint("format:quotes")
@dataclass(frozen=True, slots=True)
class Quotes(Constraint):
    """Quotes are nested at least 3 deep, double and single ones by turns, and all are closed.

    Repairs: an apostrophe ("don't", "5'") is no quote, and curly quotes are quotes. Published, every ' and " counts and
    only straight ones.
    """

    def check(self, text: str) -> Check:
        """Measure the deepest quote that is closed."""
        text = text[:MAX_CHARACTERS]
        for curly, straight in STRAIGHT.items() if not text.isascii() else ():
            text = text.replace(curly, straight)
        deepest = _deepest_quote(INNER_APOSTROPHE.sub("", text))
        return Check(deepest >= MIN_QUOTES, f"needed quotes {MIN_QUOTES} levels deep, found {deepest}", deepest)

    def published(self, text: str) -> bool | None:
        """Open at each mark that does not close the last; three levels must be closed from the deepest."""
        innermost, depth, deepest = "", 0, 0  # open marks take turns by construction, so that the innermost tells all
        for mark in _quotes(text):
            if mark != innermost:
                innermost, depth = mark, depth + 1
                if depth > deepest:
                    deepest = depth
            else:
                depth -= 1
                innermost = ("'" if mark == '"' else '"') if depth else ""
                if deepest - depth >= MIN_QUOTES:
                    return True
        return False


@constraint("format:quote_unquote")
@dataclass(frozen=True, slots=True)
class QuoteUnquote(Constraint):
    """Every phrase in double quotes is followed by words outside of quotes.

    Repairs: curly quotes are quotes, and only words explain (published, `"a", "b"` is explained by the comma).
    """

    def check(self, text: str) -> Check:
        """Look behind each closing quote."""
        parts = text.replace("“", '"').replace("”", '"').replace("'\"'", "").split('"')
        phrases, explanations = parts[1::2], parts[2::2]
        if len(phrases) > len(explanations):
            return Check(False, f'needed an end of the quote "{phrases[-1].strip()[:40]}", found none', len(phrases))
        for phrase, explanation in zip(phrases, explanations, strict=True):
            if not WORD.search(explanation):
                return Check(False, f'needed an explanation behind "{phrase.strip()[:40]}", found none', phrase[:200])
        return Check(True, f"needed an explanation behind each quote, found {len(phrases)} explained", len(phrases))

    def published(self, text: str) -> bool | None:
        """Refuse two marks in a row and one at the end, white space and ASCII punctuation at the ends aside."""
        bare = "".join(text.replace("'\"'", "").split())
        return '""' not in bare and not bare.strip(STRIPPED).endswith('"')


def _brackets(text: str) -> str:
    return text.translate(NO_BRACKET) if text.isascii() else "".join(BRACKETS.findall(text))


def _quotes(text: str) -> str:
    return text.translate(NO_QUOTE) if text.isascii() else "".join(QUOTES.findall(text))


def _deepest_closed(brackets: str) -> int:
    """Return how deep the deepest group is whose brackets are all closed; one that does not fit ends all open ones."""
    stack, deepest = Nesting(), 0
    for bracket in brackets:
        if bracket not in OPENING:
            stack.open(bracket)
        elif stack.innermost == OPENING[bracket]:
            deepest = max(deepest, stack.close())
        else:
            stack = Nesting()
    return deepest


def _deepest_quote(text: str) -> int:
    """Return how deep the deepest closed quote is; a mark behind a letter opens none."""
    stack, deepest = Nesting(), 0
    for found in QUOTE.finditer(text):
        if stack.innermost == found[0]:
            deepest = max(deepest, stack.close())
        elif not WORD.match(text[found.start() - 1 : found.start()]):
            stack.open(found[0])
    return deepest


class Nesting:
    """Marks that are open, each with the depth of what has been closed inside it."""

    def __init__(self) -> None:
        """Open none."""
        self._marks, self._depths = [""], [0]

    @property
    def innermost(self) -> str:
        """Return the mark that was opened last; "" where none is open."""
        return self._marks[-1]

    def open(self, mark: str) -> None:
        """Open a mark."""
        self._marks.append(mark)
        self._depths.append(0)

    def close(self) -> int:
        """Close the innermost mark and return how deep it was nested, itself included."""
        self._marks.pop()
        depth = self._depths.pop() + 1
        self._depths[-1] = max(self._depths[-1], depth)
        return depth
