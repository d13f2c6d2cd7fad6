"""What a backend told of given answers, as a Generation's text and back: `{"logprobs": [...], "is_greedy": [...]}`.

One entry for each continuation of a `LikelihoodSample`, in its order: the log probability in nats, and whether the
likeliest token stood at every place (null: the server does not say). Written as text so that it is stored, replayed and
read as any other answer is. Does not know what the continuations say.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from sfteval.errors import DataError

LONGEST = 1_000_000  # characters: some ten thousand continuations


class Likelihood(NamedTuple):
    """How likely one given continuation is."""

    logprob: float  # in nats, of all its tokens together
    is_greedy: bool | None  # every token is the likeliest at its place; None: not known


def write_likelihoods(told: Sequence[Likelihood]) -> str:
    """Return the text under which these are stored."""
    return json.dumps({"logprobs": [one.logprob for one in told], "is_greedy": [one.is_greedy for one in told]})


def read_likelihoods(text: str, num: int) -> tuple[Likelihood, ...]:
    """Return what `write_likelihoods` wrote of `num` continuations.

    Raises: DataError for any other text.
    """
    row = _parsed(text) if len(text) <= LONGEST else None
    logprobs, greedy = (row.get("logprobs"), row.get("is_greedy")) if isinstance(row, dict) else (None, None)
    if not isinstance(logprobs, list) or not isinstance(greedy, list) or not len(logprobs) == len(greedy) == num:
        raise _other(text, num)
    if not all(type(one) in (float, int) and not math.isnan(one) for one in logprobs):
        raise _other(text, num)
    if not all(one is None or type(one) is bool for one in greedy):
        raise _other(text, num)
    return tuple(Likelihood(float(value), most) for value, most in zip(logprobs, greedy, strict=True))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _other(text: str, num: int) -> DataError:
    return DataError(
        "an answer to a question of likelihood",
        expected=f"the log probabilities of {num} continuations",
        got=repr(text[:60]),
        next_move="Ask the checkpoint itself: words that it wrote tell nothing of given words",
    )
