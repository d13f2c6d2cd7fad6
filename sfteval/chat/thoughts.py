"""Where the thought stands in a raw text: text in, stretches of thought out, in linear time.

Closed pairs, nested or several; only `</think>` (the template wrote the opening tag); never closed. A tag in backticks
or in a closed code fence is text. What stands before a closing tag that a nested opening owes is thought.
Does not know tool calls, outcomes or tokens.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

OPEN = "<think>"
CLOSING = re.compile(r"</think>(?:(?!`)|(?<!`</think>))")  # in backticks it is a mention
TAG = re.compile(rf"<think>(?:(?!`)|(?<!`<think>))|{CLOSING.pattern}")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
FENCE_END = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[ \t]*$", re.MULTILINE)
MAX_THOUGHTS = 256  # a text with more is hostile or endless: the rest is thought


@dataclass(frozen=True, slots=True)
class Thought:
    """A stretch of thought, its tags included; `closed` is false when the text ends within it."""

    start: int
    end: int
    closed: bool

    def text_in(self, text: str) -> str:
        """Return what was thought, without tags."""
        return TAG.sub("", text[self.start : self.end]).strip()


def find_thoughts(text: str, prefilled: bool) -> list[Thought]:
    """Return the stretches of thought in order; they do not overlap."""
    thoughts: list[Thought] = []
    position, owed = 0, 0  # `owed`: nested openings whose closing tag is still to come
    if prefilled:
        position, owed = _close(text, 0, 0, thoughts)
    fences: _Fences | None = None
    while tag := TAG.search(text, position):
        fences = fences or _Fences(text, position)
        position = tag.end()
        if fences.cover(tag.start()):
            continue
        if len(thoughts) == MAX_THOUGHTS:
            return [*thoughts, Thought(tag.start(), len(text), False)]
        if tag[0] == OPEN:
            position, nested = _close(text, tag.start(), tag.end(), thoughts)
            owed += nested
        elif owed or not thoughts:  # closes a nested opening, or one that the template wrote
            start = thoughts.pop().start if thoughts else 0
            thoughts.append(Thought(start, position, True))
            owed = max(0, owed - 1)
        else:
            thoughts.append(Thought(tag.start(), position, True))  # a stray tag: cut, but thinks nothing
        fences.restart(position)
    return thoughts


def _close(text: str, start: int, inside: int, thoughts: list[Thought]) -> tuple[int, int]:
    """Append the thought that opens at `start`; return where reading goes on and how many nested tags it opened."""
    close = CLOSING.search(text, inside)
    if close is None:
        thoughts.append(Thought(start, len(text), False))
        return len(text), 0
    thoughts.append(Thought(start, close.end(), True))
    nested = text.count(OPEN, inside, close.start())
    if inside == 0 and text.startswith(OPEN, len(text) - len(text.lstrip())):
        nested -= 1  # the template opened the block and the model opened it again
    return close.end(), max(0, nested)


class _Fences:
    """The closed code fences of one visible stretch, walked once from left to right; one that never closes is none."""

    def __init__(self, text: str, position: int) -> None:
        self.lines = list(FENCE.finditer(text)) if FENCE_END.search(text) else []
        self.starts = [line.start() for line in self.lines]
        bare = [i for i, line in enumerate(self.lines) if not line[2].strip()]
        self.bare = {mark: [i for i in bare if self.lines[i][1][0] == mark] for mark in "`~"}
        self.restart(position)

    def restart(self, position: int) -> None:
        """Go on behind a thought: a fence that opened before it or within it is forgotten."""
        self.index = bisect_left(self.starts, position)

    def cover(self, position: int) -> bool:
        """Tell whether `position` stands in a fence; to be asked with rising positions."""
        while self.index < len(self.lines) and self.starts[self.index] < position:
            closing = self._closing(self.index)
            if closing is not None and self.lines[closing].end() > position:
                return True
            self.index = self.index + 1 if closing is None else closing + 1
        return False

    def _closing(self, opening: int) -> int | None:
        mark = self.lines[opening][1]
        if mark[0] == "`" and "`" in self.lines[opening][2]:
            return None  # inline code that happens to begin a line
        bare = self.bare[mark[0]]
        for i in range(bisect_right(bare, opening), len(bare)):
            if len(self.lines[bare[i]][1]) >= len(mark):
                return bare[i]
        return None
