"""Tool calls of Mistral: the list and the name with its arguments."""

import pytest

from sfteval.chat.dialects.mistral import MAX_TAGS, attempts, openings
from sfteval.types import ToolCall

GOOD = '{"name": "add", "arguments": {"a": 1}}'
TAG = "[TOOL_CALLS]"


def calls_in(text: str) -> list[ToolCall]:
    return attempts(text, 0, len(text))


def codes(text: str) -> list[str | None]:
    return [call.fault.code if call.fault else None for call in calls_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"{TAG}[{GOOD}]</s>",
        f"{TAG} [ {GOOD} ]",
        f'Let me see.{TAG}add{{"a": 1}}',
        f'{TAG}add[ARGS]{{"a": 1}}</s>',
        f'{TAG}add[CALL_ID]x1y2z3a4b[ARGS]{{"a": 1}}',
        f'{TAG}[{{"name": "add", "arguments": {{"a": 1}}, "id": "x1y2z3a4b"}}]',
    ],
)
def test_both_forms_are_read(text: str):
    (call,) = calls_in(text)
    assert (call.name, call.arguments, call.fault, call.start) == ("add", {"a": 1}, None, text.index(TAG))
    assert call.raw == text[call.start : call.end]


def test_entries_of_a_list_are_calls_of_their_own_and_leave_nothing_between_them():
    text = f"{TAG}[{GOOD}, {GOOD}]"
    first, second = calls_in(text)
    assert (first.start, first.end, second.end) == (0, second.start, len(text))


def test_the_second_form_repeats_its_tag():
    assert [call.name for call in calls_in(f'{TAG}add{{"a": "{TAG}"}}{TAG}sub{{}}')] == ["add", "sub"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{TAG}[{GOOD}", ["unclosed_tag"]),
        (f"{TAG}[{GOOD}, {GOOD[:-1]}]", [None, "json_invalid"]),
        (f"{TAG}[{GOOD},]", [None, "nonstandard_json"]),
        (f"{TAG}[]", ["wrong_envelope_shape"]),
        (f"{TAG}{GOOD}", ["wrong_envelope_shape"]),
        (f'{TAG}[{{"name": "f", "parameters": {{}}}}]', ["wrong_envelope_key"]),
        (f'{TAG}[{{"name": "f", "arguments": "{{}}"}}]', ["args_not_object"]),
        (f'{TAG}[{{"name": "f", "arguments": {{"a": Infinity}}}}]', ["nonstandard_json"]),
        (f'{TAG}add{{"a": 1', ["json_invalid"]),
        (f'{TAG}add{{"a": 1, "a": 2}}', ["duplicate_key"]),
        (TAG, ["json_invalid"]),
        (f"{TAG}[{GOOD[:-1]}{TAG}[{GOOD}]", ["json_invalid", None]),
        (f"{TAG}[{GOOD}{TAG}[{GOOD}]", ["unclosed_tag", None]),
        (f'{TAG}add{{"a": 1{TAG}sub{{}}', ["json_invalid", None]),
        (f"[{GOOD}]", ["missing_wrapper"]),
    ],
)
def test_each_way_to_break_a_call_has_its_own_code(text: str, found: list[str | None]):
    assert codes(text) == found


@pytest.mark.parametrize("text", [f"the {TAG} token", f"`{TAG}`", "no call", "", '{"a": 1}'])
def test_a_mention_is_no_attempt(text: str):
    assert calls_in(text) == []
    assert openings(text, 0, len(text)) == []


def test_more_calls_than_any_answer_holds_are_one_fault():
    many = codes(f"{TAG}[" + f"{GOOD}," * (MAX_TAGS + 5))
    assert (len(many), many[-1]) == (MAX_TAGS + 1, "too_many_calls")
    tags = codes(f"{TAG}f{{}}" * (MAX_TAGS + 5))
    assert (len(tags), tags[-1]) == (MAX_TAGS + 1, "too_many_calls")
