"""Ctrl-C and SIGTERM, noticed instead of suffered: a step at hand ends, and what it cost is not lost.

The first press is remembered; the second interrupts at once. Where somebody else minds the signals (a parent process,
torchrun) they are left alone. Does not know what is interrupted.
"""

import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context in which `pressed` tells whether somebody wants the work to end."""

    def __init__(self, wanted: bool) -> None:
        self.wanted, self.pressed = wanted, False
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if self.wanted and threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
                    self.before[number] = signal.signal(number, self._press)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
