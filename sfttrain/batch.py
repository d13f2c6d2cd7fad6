"""Examples become batches: whole sequences side by side, no padding, in an order that anybody can recompute.

The order is a pure function of (seed, epoch, index): a resumed run needs one number to go on. A step is filled with
whole conversations up to a token budget; what the model computes at once is a second budget within it. Constant
packing is for continued pretraining only: it cuts documents, which a conversation must never be.
Does not know arms, models or devices.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch

from sfttrain.types import NOT_LEARNED, Batch, Example, ids

ROUND_TOKENS = 256


def order(num_items: int, seed: int, epoch: int) -> list[int]:
    """Return the order in which an epoch meets the items."""
    shuffled: list[int] = np.random.default_rng((seed, epoch)).permutation(num_items).tolist()
    return shuffled


def plan_steps(costs: Sequence[int], step_tokens: int, seed: int, epoch: int) -> list[tuple[int, ...]]:
    """Return the steps of an epoch as indices: the shuffled items, cut wherever the next would exceed the budget."""
    steps: list[tuple[int, ...]] = []
    current: list[int] = []
    filled = 0
    for index in order(len(costs), seed, epoch):
        if current and filled + costs[index] > step_tokens:
            steps.append(tuple(current))
            current, filled = [], 0
        current.append(index)
        filled += costs[index]
    return [*steps, tuple(current)] if current else steps


def all_steps(costs: Sequence[int], step_tokens: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Yield the steps of epoch after epoch, without end."""
    for epoch in itertools.count():
        yield from plan_steps(costs, step_tokens, seed, epoch)


def micro_batches(examples: Iterable[Example], max_tokens: int) -> list[Batch]:
    """Return the examples of one step in as many batches as the token budget needs."""
    batches: list[list[Example]] = []
    filled = max_tokens
    for example in examples:
        if filled + example.num_tokens > max_tokens:
            batches.append([])
            filled = 0
        batches[-1].append(example)
        filled += example.num_tokens
    return [flatten(batch) for batch in batches]


def flatten(examples: Sequence[Example]) -> Batch:
    """Lay examples side by side."""
    lengths = [example.num_tokens for example in examples]
    input_ids = list(itertools.chain.from_iterable(example.token_ids for example in examples))
    targets = list(itertools.chain.from_iterable(example.targets for example in examples))
    position_ids = list(itertools.chain.from_iterable(range(length) for length in lengths))
    return Batch(
        input_ids=torch.tensor([input_ids]),
        targets=torch.tensor(targets),
        position_ids=torch.tensor([position_ids]),
        cu_seqlens=torch.tensor([0, *itertools.accumulate(lengths)], dtype=torch.int32),
        num_supervised=sum(example.num_supervised for example in examples),
    )


def rounded_up(batch: Batch) -> Batch:
    """Return the batch with one more sequence, which nobody sees or learns from, up to a round number of tokens.

    oneDNN compiles and keeps a kernel for every new height of a matrix: without this, two hundred different batches
    cost 1.4 GB and 8 seconds (measured with the starter's base model).
    """
    missing = -batch.input_ids.numel() % ROUND_TOKENS
    if not missing:
        return batch
    nothing = batch.input_ids.new_zeros(1, missing)
    return Batch(
        input_ids=torch.cat([batch.input_ids, nothing], dim=1),
        targets=torch.cat([batch.targets, batch.targets.new_full((missing,), NOT_LEARNED)]),
        position_ids=torch.cat([batch.position_ids, torch.arange(missing, device=nothing.device)[None]], dim=1),
        cu_seqlens=torch.cat([batch.cu_seqlens, batch.cu_seqlens[-1:] + missing]),
        num_supervised=batch.num_supervised,
    )


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch where the model is."""
    if device.type == "cpu":
        return batch
    return Batch(
        batch.input_ids.to(device),
        batch.targets.to(device),
        batch.position_ids.to(device),
        batch.cu_seqlens.to(device),
        batch.num_supervised,
    )


def constant_blocks(documents: Iterable[Example], num_tokens: int) -> list[Example]:
    """Join documents and cut them into blocks of equal length; the last one holds what is left. No token is lost."""
    token_ids, targets = ids(()), ids(())
    for document in documents:
        token_ids.extend(document.token_ids)
        targets.extend(document.targets)
    return [
        Example(token_ids[start : start + num_tokens], targets[start : start + num_tokens])
        for start in range(0, len(token_ids), num_tokens)
    ]
