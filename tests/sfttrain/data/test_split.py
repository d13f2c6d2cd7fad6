"""A row's side and share depend on its id and on nothing else; names are unique whatever the ids are."""

import pytest

from sfttrain.data.split import is_held_out, times_an_epoch, unique_names

IDS = [f"row-{number}" for number in range(2000)]


def held_out(share: float) -> set[str]:
    return {one for one in IDS if is_held_out(one, share)}


def test_the_share_is_kept_about() -> None:
    assert 150 < len(held_out(0.1)) < 250
    assert (held_out(0.0), held_out(1.0)) == (set(), set(IDS))


def test_a_larger_share_holds_out_the_same_rows_and_more() -> None:
    assert held_out(0.05) < held_out(0.1)


def test_rows_held_out_stay_those_that_earlier_runs_held_out() -> None:
    assert [one for one in IDS[:40] if is_held_out(one, 0.1)] == ["row-20", "row-31"]


@pytest.mark.parametrize("weight", [1, 2, 7])
def test_a_whole_weight_shows_every_row_so_often(weight: int) -> None:
    assert {times_an_epoch(one, weight) for one in IDS} == {weight}


def test_a_fraction_shows_that_share_of_the_rows_once_more_and_always_the_same() -> None:
    half = {one for one in IDS if times_an_epoch(one, 0.5)}
    assert 900 < len(half) < 1100
    assert {one: times_an_epoch(one, 2.5) for one in IDS} == {one: 2 + (one in half) for one in IDS}


def test_a_larger_weight_takes_no_row_away() -> None:
    weights = [0.1, 0.5, 0.9, 1.0, 1.1, 2.0]
    for one in IDS:
        times = [times_an_epoch(one, weight) for weight in weights]
        assert times == sorted(times)


def test_the_weight_says_nothing_about_the_side() -> None:
    aside = held_out(0.1)
    assert 0.35 < sum(times_an_epoch(one, 0.5) for one in aside) / len(aside) < 0.65


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a#2"], ["a", "a#3", "a#2"]),
        (["a#2", "a", "a", "a"], ["a#2", "a", "a#3", "a#4"]),
        (["a", "a", "a#2", "a#2"], ["a", "a#3", "a#2", "a#2#2"]),
    ],
)
def test_a_repeated_row_gets_a_name_that_no_row_has(ids: list[str], names: list[str]) -> None:
    assert unique_names(ids) == names


def test_ids_that_no_disk_can_hold_have_a_side_too() -> None:
    assert times_an_epoch("\ud800", 1.0) == 1
    assert not is_held_out("\ud800", 0.0)
