"""Answers and complaints in, a number of requests under way out: the server's limit, found by trying.

Throughput is measured over as many answers as are under way, after as many have passed since the last change. A larger
number that brings enough is kept and a still larger one tried; one that does not is taken back, and tried again after
a pause that doubles. A complaint about load takes a third away, once for all requests that were under way then, and
what was complained about is not tried again for some time. Deterministic given the clock; knows no requests.
Source: additive increase, multiplicative decrease, Chiu and Jain 1989; the doubling start is TCP's slow start.
"""

from collections.abc import Callable

GROWTH = 2.0  # from one try to the next, until one does not pay
CAREFUL_GROWTH = 1.25  # from then on
SHRINKING = 0.7  # at a complaint
NEEDED_GAIN = 0.2  # twice the requests must bring a fifth more throughput, a quarter more a twentieth
FADING = 0.97  # of the best throughput seen, from window to window: a lucky window does not stand for ever
FEWEST_ANSWERS = 8  # of a window
FIRST_PAUSE, LONGEST_PAUSE = 2, 32  # in windows


class Concurrency:
    """How many requests may be under way at once; `lowest == highest` is a number that stays."""

    def __init__(self, start: int, clock: Callable[[], float], *, lowest: int = 1, highest: int = 512) -> None:
        """Begin with `start`; `clock` tells seconds and never goes back."""
        self.lowest, self.highest, self._clock = lowest, max(lowest, highest), clock
        self.limit = min(max(start, lowest), self.highest)
        self._growth = GROWTH
        self._pause, self._next_pause = 1, FIRST_PAUSE  # windows until something larger is tried
        self._rate = 0.0  # the best of the last windows at the number that is held
        self._held: int | None = None  # the number to go back to; None: nothing is being tried
        self._refused: int | None = None  # complained about: not tried until `_forget` windows have passed
        self._forget = 0
        self._shrunk_at = float("-inf")
        self._shrinking = False  # more may still be under way than the number allows: they will complain again
        self._settle()

    def answered(self, work: float) -> None:
        """Count an answer that was worth `work` (tokens, or 1)."""
        self._work += work
        self._answers_left -= 1
        if self._answers_left > 0:
            return
        now = self._clock()
        if self._settling:
            self._measure(now)
        elif now > self._since:
            self._judge(self._work / (now - self._since))

    def overloaded(self, started: float) -> None:
        """Take note that a request that was sent at `started` was refused for load or ran out of time."""
        if started < self._shrunk_at or self._shrinking:
            return
        self._shrunk_at, self._shrinking = self._clock(), True
        self._refused, self._forget = self.limit, LONGEST_PAUSE
        self._held, self._growth, self._pause, self._rate = None, CAREFUL_GROWTH, FIRST_PAUSE, 0.0
        self._move(int(self.limit * SHRINKING))

    def _judge(self, rate: float) -> None:
        """Close a window: keep what pays, take back what does not, try something larger when it is time."""
        self._forget -= 1
        if self._forget <= 0:
            self._refused = None
        if self._held is not None and rate < self._rate * (1 + NEEDED_GAIN * (self.limit / self._held - 1)):
            self._growth, self._pause = CAREFUL_GROWTH, self._next_pause
            self._next_pause = min(2 * self._next_pause, LONGEST_PAUSE)
            held, self._held = self._held, None
            self._move(held)
            return
        self._rate = max(rate, FADING * self._rate)
        self._pause -= 1
        larger = self._larger()
        if (self._held is not None or self._pause <= 0) and larger > self.limit:
            self._held = self.limit
            self._move(larger)
        else:
            self._held = None
            self._measure(self._clock())

    def _larger(self) -> int:
        wanted = max(self.limit + 1, int(self.limit * self._growth))
        return min(wanted, self.highest if self._refused is None else self._refused - 1)

    def _move(self, limit: int) -> None:
        self.limit = min(max(limit, self.lowest), self.highest)
        self._settle()

    def _settle(self) -> None:
        """Let as many answers pass as are under way: they were asked among others than those that come now."""
        self._settling, self._answers_left, self._work = True, self.limit, 0.0

    def _measure(self, now: float) -> None:
        self._settling, self._shrinking, self._since, self._work = False, False, now, 0.0
        self._answers_left = max(FEWEST_ANSWERS, self.limit)
