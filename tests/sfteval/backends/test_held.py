"""Backends that stay open over several rounds. Run: pytest tests/sfteval/backends/test_held.py."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from sfteval.backends import held_open
from tests.sfteval.scripted import checkpoint


class Doors:
    """Backends that note when one is opened and closed."""

    def __init__(self, together):
        self.together, self.seen = together, []

    @asynccontextmanager
    async def open(self, one):
        self.seen.append(f"open {one.name}")
        yield f"backend of {one.name}"
        self.seen.append(f"close {one.name}")


async def rounds(doors, num):
    a, b = checkpoint("a"), checkpoint("b")
    async with held_open(doors, [a, b]) as held:
        for _ in range(num):
            for one in (a, b):
                async with held.open(one) as backend:
                    assert backend == f"backend of {one.name}"
        return held.together


def test_what_may_be_open_together_is_opened_once():
    doors = Doors(True)
    assert asyncio.run(rounds(doors, 3))
    assert doors.seen == ["open a", "open b", "close b", "close a"]


@pytest.mark.parametrize("num", [1, 2])
def test_what_may_not_is_opened_whenever_it_is_asked(num):
    doors = Doors(False)
    assert not asyncio.run(rounds(doors, num))
    assert doors.seen == ["open a", "close a", "open b", "close b"] * num
