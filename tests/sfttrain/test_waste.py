"""Each way of batching, counted by hand."""

from sfttrain.batch import ROUND_TOKENS
from sfttrain.waste import Way, ways_of_batching


def named(lengths: list[int], max_tokens: int) -> dict[str, Way]:
    ours, grouped, plain, blocks = ways_of_batching(lengths, max_tokens)
    return {"ours": ours, "grouped": grouped, "plain": plain, "blocks": blocks}


def test_equal_lengths_that_fill_the_budget_waste_nothing_anywhere() -> None:
    ways = named([ROUND_TOKENS] * 8, ROUND_TOKENS)
    assert [way.computed for way in ways.values()] == [8 * ROUND_TOKENS] * 4
    assert {way.factor for way in ways.values()} == {1.0}
    assert {way.num_cut for way in ways.values()} == {0}


def test_a_padded_batch_costs_its_longest_row_for_each() -> None:
    ways = named([1, 1, 1, 1, 1, 1, 1, 100], 1000)
    assert (ways["plain"].computed, ways["plain"].real) == (800, 107)
    assert ways["plain"].factor == 800 / 107


def test_a_last_batch_that_is_not_full_pays_for_its_own_rows_only() -> None:
    assert named([10] * 9, 1000)["plain"].computed == 90


def test_grouping_pads_within_a_budget_only() -> None:
    ways = named([10, 100, 10, 100, 90], 200)
    assert ways["grouped"].computed == 2 * 10 + 2 * 100 + 100  # 10 10 | 90 100 | 100


def test_side_by_side_pays_for_round_numbers_only() -> None:
    assert named([300, 300, 300], 600)["ours"].computed == 768 + 512  # 600 and 300, each up to a multiple of 256


def test_blocks_lose_no_token_and_cut_examples() -> None:
    ways = named([60, 60, 60], 100)
    assert (ways["blocks"].computed, ways["blocks"].num_cut) == (180, 1)  # 0-60, 60-120 over the edge, 120-180
    assert named([250], 100)["blocks"].num_cut == 1


def test_no_example_costs_nothing() -> None:
    assert {(way.computed, way.factor) for way in ways_of_batching([], 100)} == {(0, 0.0)}
