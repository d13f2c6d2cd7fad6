"""Kwargs are checked when a suite is loaded, for every id. Run: pytest tests/sfteval/scorers/test_kwargs.py."""

import dataclasses
from typing import Any

import pytest

from sfteval.errors import DataError
from sfteval.scorers.instructions import CONSTRAINTS, build_constraint
from sfteval.scorers.instructions.catalogue import Relation
from sfteval.scorers.instructions.languages import LANGUAGES, _factory
from tests.sfteval.scorers.every import ALL

WRONG: dict[Any, list[Any]] = {
    int: [-1, 1.5, "2", True, [], float("nan"), float("inf"), 10**30],
    str: ["", " \n", 3, ["a"], {}],
    Relation: ["at most", "", 1, []],
    tuple[str, ...]: ["a", [], [""], ["a", " "], ["a", 1], {"a": 1}],
}
FIELDS = [(name, field.name) for name in ALL for field in dataclasses.fields(CONSTRAINTS[name])]


def refusal(name: str, kwargs: dict[str, Any]) -> str:
    with pytest.raises(DataError) as error:
        build_constraint(name, kwargs, 'task "t", sample "7"')
    assert str(error.value).startswith(f'task "t", sample "7", {name}')
    return str(error.value)


@pytest.mark.parametrize("name", ALL)
def test_every_id_refuses_a_kwarg_that_it_does_not_have(name: str):
    fields = [field.name for field in dataclasses.fields(CONSTRAINTS[name])]
    expected = f"only the kwargs {', '.join(fields)}" if fields else "no kwargs"
    assert f'expected {expected}, got "extra".' in refusal(name, ALL[name] | {"extra": 1})


@pytest.mark.parametrize(("name", "kwarg"), FIELDS)
def test_every_kwarg_that_is_missing_or_null_is_named(name: str, kwarg: str):
    kwargs = {key: value for key, value in ALL[name].items() if key != kwarg}
    for lacking in (kwargs, kwargs | {kwarg: None}):
        assert f'expected the kwarg "{kwarg}", got none. Add "{kwarg}" to its kwargs.' in refusal(name, lacking)


@pytest.mark.parametrize(("name", "kwarg"), FIELDS)
def test_every_kwarg_of_another_kind_is_named(name: str, kwarg: str):
    kind = next(field.type for field in dataclasses.fields(CONSTRAINTS[name]) if field.name == kwarg)
    for value in WRONG[kind]:
        assert f'{name}, "{kwarg}": expected ' in refusal(name, ALL[name] | {kwarg: value}), value


FIVE = {"keyword1": "a", "keyword2": "b", "keyword3": "c", "keyword4": "d", "keyword5": "e"}
NTH = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Day"}
SPAN = {"prompt_to_repeat": "a b c", "n_start": 1, "n_end": 2}
THIRD = {"keyword": "a", "n": 1, "m": 1}
IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    (
        "length_constraints:number_words",
        {"num_words": 0, "relation": "less than"},
        '"num_words": expected at least 1, got 0',
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 0, "relation": "less than"},
        '"num_sentences": expected at least 1, got 0',
    ),
    (
        "keywords:frequency",
        {"keyword": "a", "frequency": 0, "relation": "less than"},
        '"frequency": expected at least 1, got 0',
    ),
    (
        "keywords:letter_frequency",
        {"letter": "a", "let_frequency": 0, "let_relation": "less than"},
        '"let_frequency": expected at least 1, got 0',
    ),
    (
        "keywords:letter_frequency",
        {"letter": "ab", "let_frequency": 1, "let_relation": "at least"},
        "\"letter\": expected one letter, got 'ab'",
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 0, "capital_relation": "less than"},
        '"capital_frequency": expected at least 1, got 0',
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 0}, '"num_paragraphs": expected at least 1, got 0'),
    (
        "length_constraints:nth_paragraph_first_word",
        NTH | {"nth_paragraph": 3},
        '"nth_paragraph": expected one of the 2 paragraphs, got 3',
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        NTH | {"nth_paragraph": 0},
        '"nth_paragraph": expected one of the 2 paragraphs, got 0',
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        NTH | {"first_word": "The day"},
        "\"first_word\": expected one word without punctuation, got 'The day'",
    ),
    ("language:response_language", {"language": "english"}, '"language": expected one of af, ar, bg, '),
    (
        "count:word_count_range",
        {"min_words": 9, "max_words": 8},
        '"max_words": expected at least the 9 of min_words, got 8',
    ),
    ("count:conjunctions", {"small_n": 8}, '"small_n": expected at most 7, got 8'),
    ("count:person_names", {"N": 51}, '"N": expected at most 50, got 51'),
    ("count:words_japanese", {"N": 0}, '"N": expected at least 1, got 0'),
    ("count:keywords_multiple", FIVE | {"keyword4": "B "}, '"keyword4": expected another word than those before it'),
    ("ratio:stop_words", {"percentage": 101}, '"percentage": expected at most 100, got 101'),
    ("ratio:overlap", {"reference_text": "a b c", "percentage": 101}, '"percentage": expected at most 100, got 101'),
    ("sentence:keyword", {"word": "a", "N": 0}, '"N": expected at least 1, got 0'),
    ("words:repeats", {"small_n": 0}, '"small_n": expected at least 1, got 0'),
    ("words:keywords_specific_position", THIRD | {"n": 0}, '"n": expected at least 1, got 0'),
    ("words:keywords_specific_position", THIRD | {"m": 0}, '"m": expected at least 1, got 0'),
    ("words:keywords_specific_position", THIRD | {"keyword": "ice cream"}, '"keyword": expected one word, got \'ice'),
    ("words:words_position", {"keyword": "c++"}, "\"keyword\": expected one word, got 'c++'"),
    ("format:options", {"options": "/ or ,"}, "\"options\": expected some texts, divided by marks, got '/ or ,'"),
    ("repeat:repeat_span", SPAN | {"n_end": 0}, '"n_end": expected an index from 1 on, below the request\'s 3 words'),
    ("repeat:repeat_span", SPAN | {"n_end": 3}, '"n_end": expected an index from 1 on, below the request\'s 3 words'),
]


@pytest.mark.parametrize(("name", "kwargs", "message"), IMPOSSIBLE)
def test_kwargs_that_no_answer_could_meet_are_refused(name: str, kwargs: dict[str, Any], message: str):
    assert f"{name}, {message}" in refusal(name, kwargs)


def test_the_bounds_themselves_are_accepted():
    for name, kwargs in [
        ("count:word_count_range", {"min_words": 9, "max_words": 9}),
        ("count:conjunctions", {"small_n": 7}),
        ("count:person_names", {"N": 50}),
        ("ratio:stop_words", {"percentage": 100}),
        ("length_constraints:nth_paragraph_first_word", NTH),
        ("length_constraints:number_words", {"num_words": 0, "relation": "at least"}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 0}),
        ("repeat:repeat_span", SPAN),
        ("keywords:letter_frequency", {"letter": "#", "let_frequency": 1, "let_relation": "at least"}),
    ]:
        assert build_constraint(name, kwargs, "test") == CONSTRAINTS[name](**kwargs)


def test_an_unknown_id_names_the_nearest_known_one():
    with pytest.raises(DataError) as error:
        build_constraint("count:number", {}, "test")
    assert str(error.value) == (
        'test: expected a known instruction id, got "count:number". Did you mean "count:numbers"?'
    )


def test_the_languages_that_may_be_asked_for_are_those_that_can_be_detected():
    assert set(_factory().langlist) | {"zh"} == LANGUAGES
