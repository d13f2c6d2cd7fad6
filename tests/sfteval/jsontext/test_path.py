"""Paths within JSON that may be broken."""

import pytest

from sfteval.jsontext.path import LONGEST, json_path

TEXT = '{"name": "f", "a": {"b": [1, {"c d": "x, [{"}, 2'


@pytest.mark.parametrize(
    ("until", "path"),
    [
        ("", "$"),
        ('{"name": ', "$.name"),
        ('{"name": "f", ', "$"),
        ('{"name": "f", "a": {"b": ', "$.a.b"),
        ('{"name": "f", "a": {"b": [1', "$.a.b[0]"),
        ('{"name": "f", "a": {"b": [1, {"c d": "x, [', '$.a.b[1]["c d"]'),
        (TEXT, "$.a.b[2]"),
    ],
)
def test_the_path_is_that_of_the_entry_being_written(until: str, path: str):
    assert TEXT.startswith(until)
    assert json_path(TEXT, 0, len(until)) == path


def test_a_path_is_bounded():
    deep = '{"key":' * 10_000
    assert json_path(deep, 0, len(deep)) == ("$" + ".key" * 65)[:LONGEST]
    assert len(json_path('{"' + "k" * 10_000 + '": ', 0, 10_010)) < 50


def test_brackets_that_close_too_often_end_the_walk():
    assert json_path("{}}}[1, 2", 0, 9) == "$"
