"""The held-out split: a fixed random share of the rows, by the hash of their ids and nothing else.

A row keeps its side when rows are added, removed or reordered, and in every arm.
"""

import hashlib
from collections.abc import Sequence

from sfteval.errors import DataError
from sfttrain.types import Conversation


def split_held_out(
    conversations: Sequence[Conversation], share: float
) -> tuple[tuple[Conversation, ...], tuple[Conversation, ...]]:
    """Return (rows to learn from, rows held out)."""
    train = tuple(one for one in conversations if not _is_held_out(one.id, share))
    held_out = tuple(one for one in conversations if _is_held_out(one.id, share))
    if not train:
        raise DataError(
            "held-out split",
            expected="rows to learn from",
            got=f"{len(held_out)} rows, all of them held out",
            next_move="Lower held_out_share in [data], or add rows",
        )
    return train, held_out


def _is_held_out(row_id: str, share: float) -> bool:
    original = row_id.partition("#")[0]  # a repeated row must not stand on both sides
    digest = hashlib.sha256(b"held-out/" + original.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
