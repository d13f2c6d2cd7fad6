"""A step's examples or batches in, one rank's batches out. Pure: every rank computes the same without a word.

Does not know processes, models or devices.
"""

import itertools
from collections.abc import Sequence

import torch

from sfttrain.distributed.world import World
from sfttrain.types import NOT_LEARNED, Batch, Example


def deal(examples: Sequence[Example], max_tokens: int, size: int) -> list[list[Example]]:
    """Cut the examples of a step into batches of nearly equal tokens: a multiple of `size` of them, where they suffice.

    All ranks end a step together, so the fullest batch decides how long it takes. The longest example goes first,
    each into the emptiest batch; a batch over the budget holds one example only.
    Source: longest processing time first, Graham 1969: at most a third above the best possible.
    """
    longest_first = sorted(range(len(examples)), key=lambda index: (-examples[index].num_tokens, index))
    total = sum(min(example.num_tokens, max_tokens) for example in examples)
    for rounds in itertools.count(max(-(-total // (max_tokens * size)), 1)):
        dealt: list[list[int]] = [[] for _ in range(rounds * size)]
        filled = [0] * len(dealt)
        for index in longest_first:
            emptiest = filled.index(min(filled))
            dealt[emptiest].append(index)
            filled[emptiest] += examples[index].num_tokens
        if all(tokens <= max_tokens or len(batch) == 1 for tokens, batch in zip(filled, dealt, strict=True)):
            return [[examples[index] for index in sorted(batch)] for batch in dealt if batch]
    raise AssertionError("as many batches as examples always fit")


def mine(batches: Sequence[Batch], world: World) -> list[Batch]:
    """Return this rank's batches of a step; every rank gets equally many, the last may be `empty`.

    Equally many, because ranks that share a model must enter it equally often.
    """
    own = list(batches[world.rank :: world.size])
    rounds = -(-len(batches) // world.size)
    return own + [empty()] * (rounds - len(own))


def empty() -> Batch:
    """Return a batch of one token that teaches nothing: its loss is 0, and so are its gradients."""
    return Batch(
        input_ids=torch.zeros(1, 1, dtype=torch.int64),
        targets=torch.full((1,), NOT_LEARNED),
        position_ids=torch.zeros(1, 1, dtype=torch.int64),
        cu_seqlens=torch.tensor([0, 1], dtype=torch.int32),
        num_supervised=0,
        num_tokens=0,
    )
