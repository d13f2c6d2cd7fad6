"""Opening and closing tags of one stretch of text, and which opening is an attempt to call and not a mention.

Found once, so that hostile text costs no more than its length. Does not know what stands between the tags.
"""

import re
from bisect import bisect_left

from sfteval.chat.dialects.envelope import NOT_SPACE
from sfteval.chat.dialects.faults import fault_at
from sfteval.types import ToolCall

OPEN, CLOSE = "<tool_call>", "</tool_call>"
MAX_TAGS = 1024  # a text with more is hostile or endless: the rest is one fault
OPENING, CLOSING = re.compile(OPEN), re.compile(CLOSE)


class Tags:
    """Where `<tool_call>` opens and closes between `start` and `end`; a call begins with one of `bodies`."""

    def __init__(self, text: str, start: int, end: int, bodies: tuple[str, ...]) -> None:
        """Find them all."""
        self.text, self.start, self.end, self.bodies = text, start, end, bodies
        self.opens = [match.start() for match in OPENING.finditer(text, start, end)]
        self.closes = [match.start() for match in CLOSING.finditer(text, start, end)]

    def attempts(self) -> list[int]:
        """Return where an attempt opens, among the first `MAX_TAGS` openings."""
        return [opening for opening in self.opens[:MAX_TAGS] if self._is_attempt(opening)]

    def rest(self, position: int) -> list[ToolCall]:
        """Return what stands behind the last opening that is read, as one fault; empty where nothing does."""
        if len(self.opens) <= MAX_TAGS or self.opens[MAX_TAGS] < position:
            return []
        opening = self.opens[MAX_TAGS]
        fault = fault_at(self.text, "too_many_calls", "envelope", f"more than {MAX_TAGS} opening tags", opening)
        return [ToolCall("", None, self.text[opening : self.end], opening, self.end, fault)]

    def end_of_call(self, position: int) -> tuple[int, bool]:
        """Return where a call that was read up to `position` ends, and whether it is closed before another one opens.

        A call that is not closed ends where the next one opens, or with the text.
        """
        close, following = self._next_close(position), self._next_open(position)
        if close is not None and close < following:
            return close + len(CLOSE), True
        return following, False

    def first_inside(self, opening: int) -> int:
        """Return the first character after the tag that is not white space, or the end of the text."""
        found = NOT_SPACE.search(self.text, opening + len(OPEN), self.end)
        return found.start() if found else self.end

    def _next_open(self, position: int) -> int:
        index = bisect_left(self.opens, position)
        return self.opens[index] if index < len(self.opens) else self.end

    def _next_close(self, position: int) -> int | None:
        index = bisect_left(self.closes, position)
        return self.closes[index] if index < len(self.closes) else None

    def _is_attempt(self, opening: int) -> bool:
        """Tell an attempt from a mention: a call's body follows, or nothing, or the tag closes before the next one."""
        after = opening + len(OPEN)
        if self.text[opening - 1 : opening] == "`" and self.text[after : after + 1] == "`":
            return False
        first = self.first_inside(opening)
        if first == self.end or self.text.startswith((*self.bodies, OPEN), first, self.end):
            return True
        if self.text.startswith("\n", after) or not self.text[self.start : opening].strip():
            return True  # the tag stands where only a call's does
        close = self._next_close(after)
        return close is not None and close < self._next_open(after)
