"""A length and a function in, a Sequence out whose items are made when they are looked at.

For what is too much to hold: answers, readings and scores of a large run. What is looked at twice is made twice.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class LazySequence(Sequence[T], Generic[T]):
    """`length` items, each made by `item(position)`."""

    def __init__(self, length: int, item: Callable[[int], T]) -> None:
        """Make nothing yet."""
        self._length, self._item = length, item

    def __len__(self) -> int:
        """Return the number of items."""
        return self._length

    @overload
    def __getitem__(self, position: int) -> T: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[T, ...]: ...

    def __getitem__(self, position: int | slice) -> T | tuple[T, ...]:
        """Make one item, or a tuple of those in a slice."""
        if isinstance(position, slice):
            return tuple(self._item(i) for i in range(self._length)[position])
        return self._item(range(self._length)[position])

    def __iter__(self) -> Iterator[T]:
        """Make one item after the other."""
        return map(self._item, range(self._length))
