"""Batches: no token lost, no padding, and an order that depends on seed, epoch and index alone."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from sfttrain.batch import (
    ROUND_TOKENS,
    all_steps,
    constant_blocks,
    flatten,
    grouped_batches,
    micro_batches,
    order,
    padded,
    placed,
    plan_steps,
    rounded_up,
)
from sfttrain.types import NOT_LEARNED, Example

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=30)


def example(length: int, start: int = 0) -> Example:
    targets = (NOT_LEARNED,) * (length // 2) + tuple(range(length - length // 2))
    return Example(tuple(range(start, start + length)), targets)


def test_a_batch_lies_side_by_side_without_padding() -> None:
    batch = flatten([example(3), example(2, 10)])
    assert batch.input_ids.tolist() == [[0, 1, 2, 10, 11]]
    assert batch.targets.tolist() == [-100, 0, 1, -100, 0]
    assert batch.position_ids.tolist() == [[0, 1, 2, 0, 1]]
    assert batch.cu_seqlens.tolist() == [0, 3, 5]
    assert batch.num_supervised == 3


@given(LENGTHS, st.integers(1, 100), st.integers(0, 5), st.integers(0, 5))
def test_every_item_stands_in_exactly_one_step_of_an_epoch(
    costs: list[int], budget: int, seed: int, epoch: int
) -> None:
    steps = plan_steps(costs, budget, seed, epoch)
    assert [index for step in steps for index in step] == order(len(costs), seed, epoch)
    assert all(len(step) == 1 or sum(costs[index] for index in step) <= budget for step in steps)


def test_the_order_is_a_pure_function_of_seed_epoch_and_index() -> None:
    assert order(50, 1, 2) == order(50, 1, 2)
    assert sorted(order(50, 1, 2)) == list(range(50))
    assert len({tuple(order(50, seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


def test_steps_go_on_into_the_next_epoch_in_another_order() -> None:
    steps = all_steps([1, 1, 1, 1], 4, seed=0)
    assert [next(steps) for _ in range(2)] == [tuple(order(4, 0, 0)), tuple(order(4, 0, 1))]


@given(LENGTHS, st.integers(1, 60))
def test_cutting_a_step_into_batches_loses_no_token_and_no_target(lengths: list[int], max_tokens: int) -> None:
    examples = [example(length, 100 * number) for number, length in enumerate(lengths)]
    batches = micro_batches(examples, max_tokens)
    found = [token for batch in batches for token in batch.input_ids[0].tolist()]
    assert found == [token for one in examples for token in one.token_ids]
    learned = [target for batch in batches for target in batch.targets.tolist()]
    assert learned == [target for one in examples for target in one.targets]
    assert sum(batch.num_supervised for batch in batches) == sum(one.num_supervised for one in examples)


@given(LENGTHS, st.integers(1, 60))
def test_constant_packing_loses_no_token(lengths: list[int], num_tokens: int) -> None:
    documents = [example(length, 100 * number) for number, length in enumerate(lengths)]
    blocks = constant_blocks(documents, num_tokens)
    assert [t for one in blocks for t in one.token_ids] == [t for one in documents for t in one.token_ids]
    assert [t for one in blocks for t in one.targets] == [t for one in documents for t in one.targets]
    assert all(one.num_tokens == num_tokens for one in blocks[:-1])


def test_rounding_up_adds_one_unseen_sequence_and_changes_nothing_else() -> None:
    batch = flatten([Example((1, 2, 3), (2, 3, NOT_LEARNED)), Example((4, 5), (5, NOT_LEARNED))])
    round_batch = rounded_up(batch)
    assert round_batch.input_ids.numel() == ROUND_TOKENS
    assert round_batch.cu_seqlens.tolist() == [0, 3, 5, ROUND_TOKENS]
    assert torch.equal(round_batch.input_ids[:, :5], batch.input_ids)
    assert round_batch.targets[5:].eq(NOT_LEARNED).all()
    assert round_batch.position_ids[0, 5:8].tolist() == [0, 1, 2]
    assert round_batch.num_supervised == batch.num_supervised == 3
    assert rounded_up(round_batch) is round_batch


def test_padding_stands_at_the_end_unseen_and_unlearned() -> None:
    batch = padded([example(3), example(2, 10)])
    assert batch.input_ids.tolist() == [[0, 1, 2], [10, 11, 0]]
    assert batch.targets.tolist() == [-100, 0, 1, -100, 0, -100]
    assert batch.position_ids.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert batch.cu_seqlens.tolist() == [0, 3, 6]
    assert batch.attention_mask is not None
    assert batch.attention_mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert (batch.num_supervised, batch.num_tokens) == (3, 5)
    assert placed(batch, torch.device("cpu")) is batch


@given(LENGTHS, st.integers(1, 200))
def test_groups_waste_nothing_that_the_order_by_length_saves(lengths: list[int], max_tokens: int) -> None:
    batches = grouped_batches([example(length) for length in lengths], max_tokens)
    widths = [batch.input_ids.shape[1] for batch in batches]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == max(lengths)
    assert sum(batch.input_ids.shape[0] for batch in batches) == len(lengths)
    assert all(batch.input_ids.numel() <= max_tokens or batch.input_ids.shape[0] == 1 for batch in batches)
    assert sum(batch.num_tokens for batch in batches) == sum(lengths)


@given(LENGTHS, st.integers(1, 100), st.integers(0, 3))
def test_the_steps_of_a_run_can_be_joined_anywhere(costs: list[int], budget: int, seed: int) -> None:
    first, again = all_steps(costs, budget, seed), all_steps(costs, budget, seed)
    whole = [next(first) for _ in range(12)]
    for _ in range(5):
        next(again)
    assert [next(again) for _ in range(7)] == whole[5:]
    assert whole[: len(plan_steps(costs, budget, seed, 0))] == plan_steps(costs, budget, seed, 0)[:12]
