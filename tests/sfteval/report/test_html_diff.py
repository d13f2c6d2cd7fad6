"""Word diffs: both texts come back whole, and the words that differ are the ones that are marked."""

from hypothesis import given
from hypothesis import strategies as st

from sfteval.report.html.diff import ONLY_A, ONLY_B, SAME, word_diff

TEXTS = st.lists(st.sampled_from(["the", "cat", "sat", " ", "\n", ".", "on", "7"]), max_size=30).map("".join)


def test_a_changed_word_is_marked_and_nothing_else() -> None:
    assert word_diff("Answer: west", "Answer: east") == [(SAME, "Answer: "), (ONLY_A, "west"), (ONLY_B, "east")]


def test_equal_texts_have_nothing_marked() -> None:
    assert word_diff("the same", "the same") == [(SAME, "the same")]
    assert word_diff("", "") == []


def test_an_empty_side_is_all_of_the_other() -> None:
    assert word_diff("", "said") == [(ONLY_B, "said")]
    assert word_diff("said", "") == [(ONLY_A, "said")]


def test_a_space_between_two_changes_is_part_of_the_change() -> None:
    segments = word_diff("we went home by the old road", "we went home by a new road")
    assert segments == [(SAME, "we went home by "), (ONLY_A, "the old"), (ONLY_B, "a new"), (SAME, " road")]


def test_texts_with_next_to_nothing_in_common_are_not_marked_word_by_word() -> None:
    assert word_diff("alpha beta gamma of", "one two three four of") == [
        (ONLY_A, "alpha beta gamma of"),
        (ONLY_B, "one two three four of"),
    ]


@given(TEXTS, TEXTS)
def test_the_segments_join_to_both_texts(a: str, b: str) -> None:
    segments = word_diff(a, b)
    assert "".join(text for kind, text in segments if kind != ONLY_B) == a
    assert "".join(text for kind, text in segments if kind != ONLY_A) == b
