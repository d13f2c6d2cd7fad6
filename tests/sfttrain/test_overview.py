"""A dataset's figures, from examples whose lengths are known."""

import pytest

from sfttrain.overview import bin_end, bin_names, bin_of, filled_bins, overview_of
from sfttrain.types import NOT_LEARNED, Arm, Example, ids


def example(length: int, learned: int) -> Example:
    return Example(ids([7] * length), ids([NOT_LEARNED] * (length - learned) + [7] * learned))


def test_each_arm_is_counted_by_itself() -> None:
    examples = {
        Arm.THINK: [(example(16, 8), example(17, 4)), (example(100, 50),)],
        Arm.NO_THINK: [(example(10, 1),), (example(20, 2),)],
    }
    think, bare = overview_of(examples, 1000)
    assert (think.num_conversations, think.num_examples, think.num_tokens, think.num_supervised) == (2, 3, 133, 62)
    assert (think.longest_tokens, bare.longest_tokens) == (100, 20)
    assert think.examples_per_conversation == 1.5
    assert bare.supervised_share == 3 / 30
    assert think.bins == (1, 1, 0, 0, 0, 0, 1)
    assert bare.bins == (1, 1, 0, 0, 0, 0, 0)
    assert [way.real for way in bare.ways] == [30] * 4


@pytest.mark.parametrize(
    ("length", "number"), [(0, 0), (1, 0), (16, 0), (17, 1), (24, 1), (25, 2), (32, 2), (33, 3), (4096, 16), (4097, 17)]
)
def test_a_length_lies_in_the_bin_that_ends_next(length: int, number: int) -> None:
    assert bin_of(length) == number
    assert length <= bin_end(number)
    assert number == 0 or bin_end(number - 1) < length


def test_bins_are_named_by_their_ends() -> None:
    assert bin_names(4) == ["1–16", "17–24", "25–32", "33–48"]


def test_no_arm_and_no_example_are_no_mistake() -> None:
    assert overview_of({}, 100) == ()
    (empty,) = overview_of({Arm.THINK: []}, 100)
    assert (empty.supervised_share, empty.examples_per_conversation, empty.bins) == (0.0, 0.0, (0,))


def test_bins_that_no_arm_fills_are_left_out_at_both_ends() -> None:
    arms = overview_of({Arm.THINK: [(example(30, 1),)], Arm.NO_THINK: [(example(90, 1),)]}, 100)
    assert filled_bins(arms) == range(2, 6)
    assert list(filled_bins(())) == []
