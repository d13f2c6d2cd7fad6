"""Fields of two JSON values, counted by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.jsontext.path import path_text
from sfteval.scorers.calls.values import same_words
from sfteval.scorers.fields import Rules, compare, fields_of, same, tally

ORDERED, SETS, WORDS = Rules(), Rules(are_sets=True), Rules(same_text=same_words)
ORDER = {"id": 7, "lines": [{"item": "pen", "price": 1.5}, {"item": "ink", "price": 4}], "note": None, "tags": []}


@pytest.mark.parametrize(
    ("target", "found", "rules", "counts"),
    [
        # right, wanted, claimed
        ({"a": 1}, {"a": 1}, ORDERED, (1, 1, 1)),
        ({"a": 5}, {"a": 5.0}, ORDERED, (1, 1, 1)),
        ({"a": 1}, {"a": True}, ORDERED, (0, 1, 1)),
        ({"a": 1}, {"a": "1"}, ORDERED, (0, 1, 1)),
        ({"a": 1}, {"b": 1}, ORDERED, (0, 1, 1)),
        ({"a": 1, "b": 2}, {"a": 1}, ORDERED, (1, 2, 1)),
        ({"a": 1}, {"a": 1, "b": 2}, ORDERED, (1, 1, 2)),
        ({"a": 1, "b": None}, {"a": 1}, ORDERED, (1, 1, 1)),
        ({"a": 1, "b": None}, {"a": 1, "b": "x"}, ORDERED, (1, 1, 2)),
        ({"a": 1, "b": "x"}, {"a": 1, "b": None}, ORDERED, (1, 2, 1)),
        ({"a": None}, {}, ORDERED, (0, 0, 0)),
        ({"a": {"b": 1, "c": 2}}, {"a": 1}, ORDERED, (0, 2, 1)),
        ({"a": 1}, {"a": {"b": 1, "c": 2}}, ORDERED, (0, 1, 2)),
        ({"a": [1, 2, 3]}, {"a": [2, 3]}, ORDERED, (0, 3, 2)),
        ({"a": [1, 2, 3]}, {"a": [2, 3]}, SETS, (2, 3, 2)),
        ({"a": [1, 1]}, {"a": [1]}, SETS, (1, 2, 1)),
        ({"a": [1]}, {"a": [1, 1]}, SETS, (1, 1, 2)),
        ({"a": []}, {"a": [1]}, SETS, (0, 0, 1)),
        (ORDER, ORDER, ORDERED, (5, 5, 5)),
        (ORDER, ORDER | {"lines": ORDER["lines"][::-1]}, ORDERED, (1, 5, 5)),
        (ORDER, ORDER | {"lines": ORDER["lines"][::-1]}, SETS, (5, 5, 5)),
        (ORDER, ORDER | {"lines": [{"item": "ink", "price": 1.5}]}, SETS, (2, 5, 3)),
        ([1, 2], [1, 2], ORDERED, (2, 2, 2)),
        (3, 3, ORDERED, (1, 1, 1)),
        (None, None, ORDERED, (0, 0, 0)),
        ({"a": "New-York"}, {"a": "new york"}, ORDERED, (0, 1, 1)),
        ({"a": "New-York"}, {"a": "new york"}, WORDS, (1, 1, 1)),
    ],
)
def test_fields_are_counted(target, found, rules, counts):
    count = tally(list(compare(target, found, rules)))
    assert (count.right, count.wanted, count.claimed) == counts
    assert (count.wanted, count.claimed) == (len(list(fields_of(target))), len(list(fields_of(found))))


def test_precision_recall_and_f1_are_those_of_the_counts():
    count = tally(list(compare({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5}, ORDERED)))
    assert (count.precision, count.recall, count.f1) == (0.5, 1 / 3, 0.4)


def test_where_nothing_is_claimed_or_wanted_a_share_is_none():
    nothing = tally(list(compare({"a": 1}, {}, ORDERED)))
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, 0.0, 0.0)
    unwanted = tally(list(compare({"a": None}, {"a": 1}, ORDERED)))
    assert (unwanted.precision, unwanted.recall, unwanted.f1) == (0.0, None, 0.0)
    both = tally(list(compare({"a": None}, {}, ORDERED)))
    assert (both.precision, both.recall, both.f1) == (None, None, 1.0)


def told(target, found, rules):
    return [(path_text(field.path), field.verdict, path_text(field.place)) for field in compare(target, found, rules)]


def test_a_verdict_names_the_nested_path_and_the_place_in_the_answer():
    target = {"orders": [{"price": 1, "name": "pen"}, {"price": 2, "name": "ink"}]}
    found = {"orders": [{"price": 2, "name": "ink"}, {"price": 9, "name": "pen"}, {"price": 3}]}
    assert told(target, found, SETS) == [
        ("$.orders[0].price", "wrong", "$.orders[1].price"),
        ("$.orders[0].name", "right", "$.orders[1].name"),
        ("$.orders[1].price", "right", "$.orders[0].price"),
        ("$.orders[1].name", "right", "$.orders[0].name"),
        ("$.orders[2].price", "extra", "$.orders[2].price"),
    ]
    assert told({"a": [1]}, {"a": [], "b": {"c": 2}}, ORDERED) == [
        ("$.a[0]", "missing", "$.a"),
        ("$.b.c", "extra", "$.b.c"),
    ]
    assert told([{"a": 1}], [{"a": 2}], SETS) == [("$[0].a", "missing", "$"), ("$[0].a", "extra", "$[0].a")]


def test_entries_of_sets_are_paired_for_the_most_right_fields_and_not_greedily():
    target = [{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 2}]
    found = [{"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 9, "c": 9}]
    assert tally(list(compare(target, found, SETS))).right == 4  # the first entry would take the first for 2, and 2 + 1
    greedy = [{"a": 1, "b": 1}, {"a": 1, "b": 2}]
    assert tally(list(compare(greedy, [{"a": 1, "b": 2}, {"a": 3, "b": 1}], SETS))).right == 3


ENTRIES = st.lists(st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.integers(0, 2)}), max_size=4)


@given(ENTRIES, ENTRIES)
def test_the_pairing_is_the_best_of_all_pairings(target, found):
    def gain(one, other):
        return sum(one[key] == other[key] for key in one)

    short, long = sorted((target, found), key=len)
    best = max(sum(map(gain, short, chosen)) for chosen in itertools.permutations(long, len(short)))
    assert tally(list(compare(target, found, SETS))).right == best


@pytest.mark.parametrize(
    ("target", "found", "rules", "is_same"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": [1.0, 2], "a": 1}, ORDERED, True),
        ({"a": None}, {}, ORDERED, False),
        ({"a": None}, {"a": []}, ORDERED, False),
        ({"a": 0}, {"a": False}, ORDERED, False),
        ({"a": False}, {"a": 0}, ORDERED, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, ORDERED, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, SETS, True),
        ({"a": [1, 1, 2]}, {"a": [2, 2, 1]}, SETS, False),
        ({"a": [[1, 2], [3]]}, {"a": [[3], [2, 1]]}, SETS, True),
        ({"a": "x"}, {"a": "X"}, ORDERED, False),
        ({"a": "x"}, {"a": "X"}, WORDS, True),
        ({"a": 10**400}, {"a": 1e300}, ORDERED, False),
    ],
)
def test_two_values_are_the_same_or_not(target, found, rules, is_same):
    assert same(target, found, rules) is is_same
