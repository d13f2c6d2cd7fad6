"""The held-out split depends on a row's id and on nothing else."""

import pytest

from sfteval.errors import DataError
from sfttrain.data import split_held_out
from sfttrain.types import Conversation

ROWS = [Conversation(f"row-{number}", ()) for number in range(2000)]


def test_the_share_is_kept_about_and_nothing_is_lost() -> None:
    train, held_out = split_held_out(ROWS, 0.1)
    assert 150 < len(held_out) < 250
    assert {one.id for one in (*train, *held_out)} == {one.id for one in ROWS}


def test_a_row_keeps_its_side_whatever_stands_beside_it() -> None:
    _, held_out = split_held_out(ROWS, 0.1)
    assert split_held_out(ROWS[::-1][:1000], 0.1)[1] == tuple(one for one in ROWS[::-1][:1000] if one in held_out)


def test_a_larger_share_holds_out_the_same_rows_and_more() -> None:
    smaller, larger = ({one.id for one in split_held_out(ROWS, share)[1]} for share in (0.05, 0.1))
    assert smaller < larger


def test_a_repeated_row_stands_on_the_side_of_the_first() -> None:
    _, held_out = split_held_out(ROWS, 0.1)
    again = [Conversation(f"{one.id}#2", ()) for one in held_out]
    assert split_held_out([*ROWS, *again], 0.1)[1] == (*held_out, *again)


def test_ids_with_a_hash_mark_are_split_one_by_one() -> None:
    numbered = [Conversation(f"gsm8k#{number}", ()) for number in range(2000)]
    assert 150 < len(split_held_out(numbered, 0.1)[1]) < 250
    _, held_out = split_held_out(ROWS, 0.1)
    again = [Conversation(f"{one.id}{suffix}", ()) for one in held_out for suffix in ("#2", "#2#2")]
    assert split_held_out([*ROWS, *again], 0.1)[1] == (*held_out, *again)
    named = [Conversation(f"{one.id}#part", ()) for one in held_out]
    assert len(split_held_out([*held_out, *named, ROWS[1]], 0.1)[0]) > 100


def test_nothing_is_held_out_of_a_share_of_zero_and_all_is_an_error() -> None:
    assert split_held_out(ROWS, 0.0) == (tuple(ROWS), ())
    with pytest.raises(DataError, match="Lower held_out_share"):
        split_held_out(ROWS, 1.0)
