"""Whether an answer tells something: by what it says, standing by itself, in linear time."""

import time

import pytest

from sfteval.scorers.told import holds


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("It starts at 14:30.", "14:30"),
        ("The total is 1,200 euros.", "1200"),
        ("the TEAM   meeting", "Team meeting"),
        ("Orders o1, o4", "o4"),
        ("ＡＢ１２", "ab12"),
        ("(drafts/poem_old.txt)", "drafts/poem_old.txt"),
        ("It is 14.", "14"),
        ("14, 15", "14"),
    ],
)
def test_what_is_told_by_itself_is_found(answer, wanted):
    assert holds(answer, wanted)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("2014", "14"),
        ("142", "14"),
        ("14.5", "14"),
        ("3.14", "14"),
        ("at 14:30", "30"),
        ("12,14,500", "14"),
        ("o41", "o4"),
        ("", "14"),
        ("14", ""),
        ("unfree", "free"),
    ],
)
def test_what_is_part_of_something_else_is_not_told(answer, wanted):
    assert not holds(answer, wanted)


def test_hostile_text_costs_no_more_than_its_length():
    started = time.perf_counter()
    assert not holds("1" * 1_000_000, "11")
    assert time.perf_counter() - started < 0.5
