"""What a forgiving reader makes of broken calls, in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat.dialects.lenient_json import read_leniently

WANT = {"name": "f", "arguments": {"a": 1, "b": [True, None]}}


@pytest.mark.parametrize(
    "raw",
    [
        '<tool_call>{"name": "f", "arguments": {"a": 1, "b": [true, null]}</tool_call>',
        "{'name': 'f', 'arguments': {'a': 1, 'b': [True, None]}}",
        '{"name": "f", "arguments": {"a": 1, "b": [true, null,],},}',
        "{name: f, arguments: {a: 1, b: [true, none]}}",
        '```json\n{"name": "f", // why\n "arguments": {"a": 1, /* so */ "b": [true, null]}}\n```',
        '{"name": "f", "arguments": "{\\"a\\": 1, \\"b\\": [true, null]}"}',
        '{"name": "f", "parameters": {"a": 1, "b": [true, null]}} and more',
        '{"name": "f", "arguments": {"a": 2, "a": 1, "b": [true, null]}}',
        '[{"function": {"name": "f", "arguments": {"a": 1, "b": [true, null]}}}]',
        '{"name" : "f", "arguments" : {"a" : 1, "b" : [true, null',
    ],
)
def test_near_misses_are_read(raw: str):
    assert read_leniently(raw) == WANT


@pytest.mark.parametrize(
    "raw", ["", "no call", "{", '{"name": "f"}', '{"arguments": {}}', "{" * 1000, '{"name": "f", "arguments": 5}']
)
def test_what_is_no_call_stays_none(raw: str):
    assert read_leniently(raw) is None


def test_line_ends_and_escapes_within_texts_are_kept():
    raw = '{"name": "f", "arguments": {"a": "one\ntwo\\n\\u00e9\\"", "b": -1.5e2}}'
    assert read_leniently(raw) == {"name": "f", "arguments": {"a": 'one\ntwo\né"', "b": -150.0}}


def test_the_name_may_stand_outside_of_the_json():
    assert read_leniently('[TOOL_CALLS]f{"a": 1', "f") == {"name": "f", "arguments": {"a": 1}}


@given(raw=st.text() | st.lists(st.sampled_from(list("{}[]:,\"'\\/*#<a1 \n"))).map("".join))
def test_no_text_is_too_odd(raw: str):
    found = read_leniently(raw)
    assert found is None or set(found) == {"name", "arguments"}


@pytest.mark.parametrize(
    "unit", ["{", '{"a":', "[", '"', "'", "/*", "//", "\\", "a:", '{"name": "f", "arguments": {', ","]
)
def test_hostile_text_takes_no_time(unit: str):
    start = time.process_time()
    read_leniently("{" + unit * (1_000_000 // len(unit)))
    assert time.process_time() - start < 0.1
