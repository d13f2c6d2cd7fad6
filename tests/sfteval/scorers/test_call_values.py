"""Accepted values, to the character and by what they say; texts typed by a schema; the largest matching."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.scorers.calls.matching import greedy_matching, largest_matching
from sfteval.scorers.calls.typed import typed
from sfteval.scorers.calls.values import accepted_slots, exact_slots, fits, same_characters, same_words
from sfteval.scorers.tool_schemas import tools_of
from sfteval.types import ToolCall

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@given(arguments=ARGUMENTS)
def test_arguments_fit_their_own_slots_and_no_others(arguments: dict):
    slots = exact_slots(arguments)
    assert fits(arguments, slots, same_characters)
    assert fits(arguments, slots, same_words)
    assert not fits(arguments | {"another": 1}, slots, same_words)
    for key in arguments:
        assert not fits({name: value for name, value in arguments.items() if name != key}, slots, same_words)


@pytest.mark.parametrize(
    ("said", "accepted", "same"),
    [
        ("New York", "new-york", True),
        ("April 1, 2024", "april 1 2024", True),
        ("2024-04-01", "2024/04/01", True),
        ("it's", 'it"s', True),
        ("STRASSE", "straße", True),
        ("-5", "5", False),
        ("1.5", "15", False),
        ("10-5", "105", False),
        ("", " .-", False),
        (".", "-", False),
        ("a", "b", False),
    ],
)
def test_words_are_compared_without_case_and_punctuation_but_for_digits(said: str, accepted: str, same: bool):
    assert same_words(said, accepted) is same
    assert same_words(accepted, said) is same


@pytest.mark.parametrize(
    ("accepted", "given_", "same"),
    [
        ({"a": [1]}, {"a": 1.0}, True),
        ({"a": [1]}, {"a": True}, False),
        ({"a": [True]}, {"a": 1}, False),
        ({"a": [None, 2]}, {"a": None}, True),
        ({"a": [2]}, {"a": None}, False),
        ({"a": ["", 2]}, {}, True),
        ({"a": ["", "x"]}, {"a": ""}, True),
        ({"a": ["", 2]}, {"a": []}, False),
        ({"a": [[1, [2, 3]]]}, {"a": [1.0, [2, 3]]}, True),
        ({"a": [[1, 2]]}, {"a": [2, 1]}, False),
        ({"a": [[1, 2], [2, 1]]}, {"a": [2, 1]}, True),
        ({"a": [{"b": [{"c": [1, 2]}]}]}, {"a": {"b": {"c": 2}}}, True),
        ({"a": [{"b": [1], "c": ["", 2]}]}, {"a": {"b": 1}}, True),
        ({"a": [{"b": [1], "c": [2]}]}, {"a": {"b": 1}}, False),
        ({"a": [[{"b": [1]}]]}, {"a": [{"b": 1}]}, True),
        ({"a": [{"b": 1}]}, {"a": {"b": 1}}, True),
        ({"a": []}, {"a": 1}, False),
    ],
)
def test_accepted_sets_at_any_depth(accepted: dict, given_: dict, same: bool):
    assert fits(given_, accepted_slots(accepted), same_words) is same


@given(
    table=st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_no_other_matching_is_larger(table: list[list[bool]]):
    found = largest_matching(table)
    assert all(table[expected][attempted] for expected, attempted in found.items())
    assert len(set(found.values())) == len(found)
    places = [*range(len(table[0])), *[None] * len(table)]
    best = max(
        sum(place is not None and table[row][place] for row, place in enumerate(choice))
        for choice in itertools.permutations(places, len(table))
    )
    assert len(found) == best >= len(greedy_matching(table))


def test_a_greedy_choice_takes_the_first_and_may_leave_another_with_nothing():
    table = [[True, True], [True, False]]
    assert greedy_matching(table) == {0: 0}
    assert largest_matching(table) == {0: 1, 1: 0}


KINDS = {
    "type": "object",
    "properties": {
        "i": {"type": "integer"},
        "n": {"type": "number"},
        "b": {"type": "boolean"},
        "s": {"type": "string"},
        "o": {"type": "object"},
        "l": {"type": "array"},
        "u": {"type": ["integer", "null"]},
        "e": {"enum": [1, 2]},
        "x": {},
    },
}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("i", "5", 5),
        ("i", "-0", 0),
        ("i", "5.0", 5.0),
        ("i", "five", "five"),
        ("i", "05", "05"),
        ("n", "5", 5),
        ("n", "1.5e3", 1500.0),
        ("n", "1e999", "1e999"),
        ("n", "NaN", "NaN"),
        ("b", "True", True),
        ("b", "false", False),
        ("b", "yes", "yes"),
        ("s", "5", "5"),
        ("s", "true", "true"),
        ("o", '{"a": [1]}', {"a": [1]}),
        ("o", '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("o", "{'a': 1}", "{'a': 1}"),
        ("l", "[NaN]", "[NaN]"),
        ("l", "[1, 2]", [1, 2]),
        ("l", "[" * 64 + "]" * 64, json.loads("[" * 64 + "]" * 64)),
        ("l", "[" * 65 + "]" * 65, "[" * 65 + "]" * 65),
        ("l", "[" * 30_000 + "]" * 30_000, "[" * 30_000 + "]" * 30_000),
        ("u", "None", None),
        ("u", "7", 7),
        ("e", "2", 2),
        ("x", "2", "2"),
        ("unknown", "2", "2"),
    ],
)
def test_a_text_gets_the_type_that_its_schema_declares_or_stays_a_text(key: str, text: str, value: Any):
    tools = tools_of([{"name": "f", "parameters": KINDS}], "here")
    call = ToolCall("f", {key: text}, "", 0, 1, as_text=True)
    found = typed(call, tools).arguments
    assert found == {key: value}
    assert type((found or {})[key]) is type(value)


def test_calls_of_json_dialects_and_of_unknown_tools_stay_as_they_are():
    tools = tools_of([{"name": "f", "parameters": KINDS}], "here")
    assert typed(ToolCall("f", {"i": "5"}, "", 0, 1), tools).arguments == {"i": "5"}
    assert typed(ToolCall("g", {"i": "5"}, "", 0, 1, as_text=True), tools).arguments == {"i": "5"}
