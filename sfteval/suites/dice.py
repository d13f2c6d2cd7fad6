"""Draws from a seed for suites that are made: the same seed gives the same bytes on every machine.

Only `Random.random()` is promised to stay the same from one version of Python to the next, so that every draw is made
from it. Does not know what is drawn.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """Draws that depend on the seed alone."""

    def __init__(self, seed: str) -> None:
        """Start from a text, so that every row can have a seed of its own."""
        self._random = random.Random(seed).random

    def whole(self, least: int, most: int, step: int = 1) -> int:
        """Return a whole number of `least`, `least + step`, ... up to `most`."""
        return least + step * int(self._random() * ((most - least) // step + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.whole(0, len(items) - 1)]

    def some(self, items: Sequence[Item], num: int) -> list[Item]:
        """Return so many different items, in the order drawn."""
        left = list(items)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(min(num, len(left)))]
