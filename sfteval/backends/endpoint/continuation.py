"""What comes after given token ids: the body of a completions request, its answer into token ids.

The way past the chat template: no turn is opened or closed, so that an answer can be gone on with in its middle. Only
a server that tells the ids of what it generated can be asked; a text alone could be other tokens.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sfteval.backends.endpoint.hostile import Malformed, token_ids
from sfteval.backends.endpoint.likelihood import in_order
from sfteval.errors import TransientError
from sfteval.types import Json


def continuation_body(model: str, prompts: Sequence[Sequence[int]], max_tokens: int) -> dict[str, Any]:
    """Return the body that asks what comes greedily after each prompt."""
    return {
        "model": model,
        "prompt": [list(tokens) for tokens in prompts],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "n": 1,
        "return_token_ids": True,
    }


def read_continuations(
    row: Json, num: int, max_tokens: int, malformed: Callable[[str], TransientError]
) -> list[tuple[int, ...]] | None:
    """Return the token ids after each of `num` prompts, in the order in which they were asked; None: it tells none.

    Raises: what `malformed` makes of an answer that is malformed.
    """
    try:
        told = [choice.get("token_ids") for choice in in_order(row.get("choices"), num)]
        return None if None in told else [token_ids(ids)[:max_tokens] for ids in told]
    except Malformed as error:
        raise malformed(str(error)) from error
