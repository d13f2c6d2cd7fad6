"""Who wants the work to end is noticed, a second time obeyed at once, and the handlers of before are put back."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sfttrain.interrupts import SIGNALS, Interrupts


@pytest.fixture(autouse=True)
def as_a_program_starts() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_press_is_noticed_and_the_second_interrupts(number: signal.Signals) -> None:
    with Interrupts(True) as interrupts:
        assert not interrupts.pressed
        signal.raise_signal(number)
        assert interrupts.pressed
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_minded_the_signals_before_does_so_again_even_after_an_error() -> None:
    interrupts = Interrupts(True)
    with pytest.raises(ZeroDivisionError), interrupts:
        raise ZeroDivisionError
    assert list(interrupts.before) == list(SIGNALS)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_that_somebody_else_minds_are_left_alone() -> None:
    heard: list[int] = []

    def parent(number: int, frame: Any) -> None:
        heard.append(number)

    signal.signal(signal.SIGTERM, parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupts(True) as interrupts:
        for number in SIGNALS:
            signal.raise_signal(number)
        assert (heard, interrupts.pressed) == ([signal.SIGTERM], False)
    with Interrupts(False):
        assert signal.getsignal(signal.SIGTERM) is parent


def test_a_thread_may_not_set_handlers_and_does_not_try() -> None:
    seen: list[bool] = []

    def work() -> None:
        with Interrupts(True) as interrupts:
            seen.append(interrupts.pressed)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
