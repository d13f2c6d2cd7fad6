"""Where the faults of one answer stand in lines and tokens: faults with their characters in, the same faults placed.

Lines are counted once for all faults. Tokens are told from the ids that the backend kept and from what they decode to;
where that is not the raw text, nothing is told: a place that may be wrong is worse than none.
Does not know dialects.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from sfteval.types import Fault

Decode = Callable[[Sequence[int]], str]
MAX_IN_TOKENS = 8  # faults of one answer that are placed in tokens, the first ones
MAX_TOKENS = 65_536  # of an answer: each place costs a score of decodings


def placed(faults: Sequence[Fault], text: str, token_ids: Sequence[int], decode: Decode | None) -> list[Fault]:
    """Return the faults with their lines, and the first of them with their tokens where those are known."""
    known = decode if faults and _is_known(text, token_ids, decode) else None
    out = list(faults)
    line, counted = 1, 0
    for num_placed, place in enumerate(sorted(range(len(out)), key=lambda place: out[place].position)):
        position = out[place].position
        if position < 0:
            continue
        line, counted = line + text.count("\n", counted, position), position
        token = None
        if known is not None and num_placed < MAX_IN_TOKENS:
            token = _token_at(position, token_ids, known)
        out[place] = replace(out[place], line=line, token=token)
    return out


def _is_known(text: str, token_ids: Sequence[int], decode: Decode | None) -> bool:
    """Tell whether the ids are those of the text."""
    if decode is None or not 0 < len(token_ids) <= MAX_TOKENS:
        return False
    return decode(token_ids).startswith(text)


def _token_at(position: int, token_ids: Sequence[int], decode: Decode) -> int:
    """Return the index of the token that writes the character at `position`; the last one for the end of the text."""
    first = bisect_right(range(len(token_ids)), position, key=lambda place: len(decode(token_ids[: place + 1])))
    return min(first, len(token_ids) - 1)
