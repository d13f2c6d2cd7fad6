"""Examples become batches: whole sequences side by side, no padding, in an order that anybody can recompute.

The order is a pure function of (seed, epoch, index): a resumed run needs one number to go on. A step is filled with
whole conversations up to a token budget; what the model computes at once is a second budget within it. Models whose
layers cannot keep packed sequences apart get sequences of similar length in rows of their own, padded at the end.
Constant packing is for continued pretraining only: it cuts documents, which a conversation must never be.
Does not know arms, models or devices.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

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
        num_tokens=len(input_ids),
    )


def grouped_batches(examples: Iterable[Example], max_tokens: int) -> list[Batch]:
    """Return the examples of one step in padded batches of similar length; padding counts towards the budget."""
    groups: list[list[Example]] = []
    for example in sorted(examples, key=lambda one: -one.num_tokens):
        if not groups or (len(groups[-1]) + 1) * groups[-1][0].num_tokens > max_tokens:
            groups.append([])
        groups[-1].append(example)
    return [padded(group) for group in groups]


def padded(examples: Sequence[Example]) -> Batch:
    """Lay examples below each other, each padded at its end with tokens that nobody sees or learns from."""
    longest = max(example.num_tokens for example in examples)
    fill = [longest - example.num_tokens for example in examples]
    held = [list(example.token_ids) + [0] * missing for example, missing in zip(examples, fill, strict=True)]
    targets = [list(example.targets) + [NOT_LEARNED] * missing for example, missing in zip(examples, fill, strict=True)]
    return Batch(
        input_ids=torch.tensor(held),
        targets=torch.tensor(targets).flatten(),
        position_ids=torch.arange(longest).expand(len(examples), -1).contiguous(),
        cu_seqlens=torch.arange(0, longest * len(examples) + 1, longest, dtype=torch.int32),
        num_supervised=sum(example.num_supervised for example in examples),
        num_tokens=sum(example.num_tokens for example in examples),
        attention_mask=torch.tensor([[1] * (longest - missing) + [0] * missing for missing in fill]),
    )


def placed(batch: Batch, device: torch.device) -> Batch:
    """Return the batch where the model is, in the shape that computes best there."""
    return rounded_up(batch) if device.type == "cpu" else to_device(batch, device)


def rounded_up(batch: Batch) -> Batch:
    """Return the batch with one more sequence, which nobody sees or learns from, up to a round number of tokens.

    oneDNN compiles and keeps a kernel for every new height of a matrix: without this, two hundred different batches
    cost 1.4 GB and 8 seconds (measured with the starter's base model).
    """
    missing = -batch.input_ids.numel() % ROUND_TOKENS
    if not missing or batch.attention_mask is not None:
        return batch
    nothing = batch.input_ids.new_zeros(1, missing)
    return replace(
        batch,
        input_ids=torch.cat([batch.input_ids, nothing], dim=1),
        targets=torch.cat([batch.targets, batch.targets.new_full((missing,), NOT_LEARNED)]),
        position_ids=torch.cat([batch.position_ids, torch.arange(missing, device=nothing.device)[None]], dim=1),
        cu_seqlens=torch.cat([batch.cu_seqlens, batch.cu_seqlens[-1:] + missing]),
    )


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch where the model is."""
    if device.type == "cpu":
        return batch
    return replace(
        batch,
        input_ids=batch.input_ids.to(device),
        targets=batch.targets.to(device),
        position_ids=batch.position_ids.to(device),
        cu_seqlens=batch.cu_seqlens.to(device),
        attention_mask=None if batch.attention_mask is None else batch.attention_mask.to(device),
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
