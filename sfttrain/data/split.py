"""The held-out split: a fixed random share of the rows, by the hash of their ids and nothing else.

A row keeps its side when rows are added, removed or reordered, and in every arm. A repeated row, `<id>#2` beside a row
`<id>`, goes where the first one goes; a `#` in an id means nothing else.
"""

import hashlib
import re
from collections.abc import Sequence, Set

from sfteval.errors import DataError
from sfttrain.types import Conversation

REPEATED = re.compile(r"(.*)#\d+", re.DOTALL)  # as `read` names it


def split_held_out(
    conversations: Sequence[Conversation], share: float
) -> tuple[tuple[Conversation, ...], tuple[Conversation, ...]]:
    """Return (rows to learn from, rows held out)."""
    ids = {one.id for one in conversations}
    sides = [_is_held_out(_first_of(one.id, ids), share) for one in conversations]
    train = tuple(one for one, is_held_out in zip(conversations, sides, strict=True) if not is_held_out)
    held_out = tuple(one for one, is_held_out in zip(conversations, sides, strict=True) if is_held_out)
    if not train:
        raise DataError(
            "held-out split",
            expected="rows to learn from",
            got=f"{len(held_out)} rows, all of them held out",
            next_move="Lower held_out_share in [data], or add rows",
        )
    return train, held_out


def _first_of(row_id: str, ids: Set[str]) -> str:
    """Return the id of the row that this one repeats, else its own: a repeated row must not stand on both sides."""
    while (repeated := REPEATED.fullmatch(row_id)) and repeated[1] in ids:
        row_id = repeated[1]
    return row_id


def _is_held_out(row_id: str, share: float) -> bool:
    digest = hashlib.sha256(b"held-out/" + row_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
