"""Tool calls of Llama 3: the envelope as the whole answer, with its tag and without."""

import pytest

from sfteval.chat.dialects.llama3_json import MAX_CALLS, attempts, openings
from sfteval.types import ToolCall

GOOD = '{"name": "add", "parameters": {"a": 1}}'
TAG = "<|python_tag|>"


def calls_in(text: str) -> list[ToolCall]:
    return attempts(text, 0, len(text))


def codes(text: str) -> list[str | None]:
    return [call.fault.code if call.fault else None for call in calls_in(text)]


@pytest.mark.parametrize("text", [GOOD, TAG + GOOD, f"\n{TAG} {GOOD}<|eom_id|>", f"{GOOD}<|eot_id|>", f" {GOOD}\n"])
def test_a_call_is_read_with_its_tag_and_without(text: str):
    (call,) = calls_in(text)
    assert (call.name, call.arguments, call.fault) == ("add", {"a": 1}, None)
    assert call.raw == text[call.start : call.end]
    assert call.start == max(text.find(TAG), 0) or text[call.start] == "{"


@pytest.mark.parametrize("text", [f"{GOOD}; {GOOD}", f"{TAG}{GOOD};{GOOD}", f"{GOOD}\n{GOOD}"])
def test_several_calls_follow_each_other(text: str):
    assert [(call.name, call.fault) for call in calls_in(text)] == [("add", None), ("add", None)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD[:-1], "json_invalid"),
        (f"{TAG}{GOOD[:-2]}", "json_invalid"),
        (GOOD + "}", "json_trailing_data"),
        (GOOD + " I hope this helps.", "json_trailing_data"),
        ('{"name": "f", "parameters": {"a": NaN}}', "nonstandard_json"),
        ('{"name": "f", "parameters": {"a": 1, "a": 2}}', "duplicate_key"),
        ('{"name": "f", "arguments": {}}', "wrong_envelope_key"),
        ('{"name": "f", "parameters": "{}"}', "args_not_object"),
        (f"{TAG}search.call(query='x')", "json_invalid"),
        (TAG, "json_invalid"),
        (f"Sure, here it is: {GOOD}", "missing_wrapper"),
        (f"```json\n{GOOD}\n```", "missing_wrapper"),
    ],
)
def test_each_way_to_break_a_call_has_its_own_code(text: str, code: str):
    assert codes(text) == [code]


@pytest.mark.parametrize("text", ['{"answer": 4}', '{"name": "Anna", "age": 3}', "4", "", "{", "[1]"])
def test_json_that_is_no_envelope_is_an_answer(text: str):
    assert calls_in(text) == []


def test_a_broken_call_takes_no_earlier_one_with_it():
    assert codes(f"{GOOD}; {GOOD[:-1]}") == [None, "json_invalid"]


def test_more_calls_than_any_answer_holds_are_one_fault():
    assert codes(f"{GOOD};" * (MAX_CALLS + 5))[-1] == "too_many_calls"
    assert len(calls_in(f"{GOOD};" * (MAX_CALLS + 5))) == MAX_CALLS + 1


def test_in_a_thought_only_the_tag_gives_a_call_away():
    assert openings(f"I could {TAG}{GOOD}", 0, 99) == [8]
    assert openings(GOOD, 0, len(GOOD)) == []
