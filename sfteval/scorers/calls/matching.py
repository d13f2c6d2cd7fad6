"""Which attempted call is which expected one: a table of who fits whom in, the largest matching out.

A greedy choice rejects right answers: where the first expected call accepts a or b and the second only a, the answers
a, b fit, but not if the first takes a. Does not know what fitting means.
Source: augmenting paths, Berge 1957; Kuhn 1955.
"""

from collections.abc import Sequence

Table = Sequence[Sequence[bool]]  # table[expected][attempted]


def largest_matching(table: Table) -> dict[int, int]:
    """Return for as many expected calls as possible the attempted call that each of them takes."""
    taken: dict[int, int] = {}  # attempted -> expected
    for expected in range(len(table)):
        _place(expected, table, taken, set())
    return {expected: attempted for attempted, expected in taken.items()}


def greedy_matching(table: Table) -> dict[int, int]:
    """Return what each expected call takes if it takes the first that is left, as the published checker does."""
    found: dict[int, int] = {}
    for expected, row in enumerate(table):
        free = (attempted for attempted, fits in enumerate(row) if fits and attempted not in found.values())
        first = next(free, None)
        if first is not None:
            found[expected] = first
    return found


def _place(expected: int, table: Table, taken: dict[int, int], asked: set[int]) -> bool:
    """Find a call for `expected`, moving others on to another one of theirs where that is needed."""
    for attempted, fits in enumerate(table[expected]):
        if not fits or attempted in asked:
            continue
        asked.add(attempted)
        if attempted not in taken or _place(taken[attempted], table, taken, asked):
            taken[attempted] = expected
            return True
    return False
