"""Which side of the held-out split a row stands on, and how often an epoch sees it: by the hash of its id alone.

A row keeps its side and its share when rows are added, removed or reordered, in every arm and in every epoch. Rows of
one id stand on one side; only then does each get a name of its own. Pure.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence


def is_held_out(row_id: str, share: float) -> bool:
    """Return whether a row is kept aside; a larger share holds out the same rows and more."""
    return _place(row_id, "held-out") < share


def times_an_epoch(row_id: str, weight: float) -> int:
    """Return how often an epoch sees a row of a source: the weight's whole part, and once more for its fraction.

    The fraction is that share of the rows, always the same ones: of weight 0.5, the rows whose hash lies below a half
    are seen once, the others never; of weight 2.5, the same rows three times and the others twice. A larger weight
    never takes a row away.
    """
    whole = int(weight)
    return whole + (_place(row_id, "weight") < weight - whole)


def unique_names(ids: Sequence[str]) -> list[str]:
    """Return a name for each row that no other has: the first of an id keeps it, a repeated one is `<id>#2`."""
    given, seen = set(ids), set[str]()
    following: dict[str, int] = defaultdict(lambda: 2)  # by id, the next number to try
    names = []
    for row_id in ids:
        name = row_id
        while name in seen or (name != row_id and name in given):
            name = f"{row_id}#{following[row_id]}"
            following[row_id] += 1
        seen.add(name)
        names.append(name)
    return names


def _place(row_id: str, purpose: str) -> float:
    """Return where an id falls between 0 and 1; for each purpose elsewhere."""
    digest = hashlib.sha256(f"{purpose}/{row_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
