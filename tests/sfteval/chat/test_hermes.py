"""Tool calls in the Hermes dialect: spans, strict JSON, faults. Run: pytest tests/sfteval/chat/test_hermes.py."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.chat.dialects.faults import printable
from sfteval.chat.dialects.hermes import attempts
from sfteval.chat.dialects.tags import MAX_TAGS
from sfteval.types import Fault, ToolCall


def calls_in(text: str) -> list[ToolCall]:
    return attempts(text, 0, len(text))


def fault_of(text: str) -> Fault:
    (call,) = calls_in(text)
    assert call.fault is not None
    return call.fault


def wrapped(inner: str) -> str:
    return f"<tool_call>\n{inner}\n</tool_call>"


GOOD = '{"name": "add", "arguments": {"a": 1}}'


def test_a_call_knows_its_name_arguments_and_span():
    text = f"Sure. {wrapped(GOOD)} Done."
    (call,) = calls_in(text)
    assert (call.name, call.arguments, call.fault) == ("add", {"a": 1}, None)
    assert text[call.start : call.end] == call.raw == wrapped(GOOD)


@pytest.mark.parametrize("text", [f"<tool_call>{GOOD}</tool_call>", f"<tool_call>\n\n {GOOD}   </tool_call>"])
def test_white_space_around_the_json_does_not_matter(text: str):
    assert calls_in(text)[0].fault is None


def test_a_closing_tag_inside_a_string_ends_nothing():
    (call,) = calls_in(wrapped('{"name": "say", "arguments": {"text": "</tool_call> <tool_call>{"}}'))
    assert call.arguments == {"text": "</tool_call> <tool_call>{"}


def test_parallel_calls_stand_or_fall_alone():
    first, second, third = calls_in(wrapped(GOOD) + wrapped('{"name": "add", "arguments": {"a": 1}') + wrapped(GOOD))
    assert (first.fault, third.fault) == (None, None)
    assert second.fault is not None
    assert second.fault.code == "json_invalid"


def test_a_missing_bracket_is_placed_at_the_character():
    text = wrapped('{"name": "add", "arguments": {"a": 1}')
    fault = fault_of(text)
    assert (fault.code, fault.layer, fault.position) == ("json_invalid", "json", text.index("</tool_call>"))
    assert fault.message == "Expecting ',' delimiter"
    assert fault.excerpt == printable(text[fault.position - 30 : fault.position + 30])
    assert fault.path == "$.arguments"


def test_a_call_that_is_never_closed_is_a_fault_of_the_envelope_even_when_its_json_is_fine():
    assert (fault_of("<tool_call>" + GOOD).code, fault_of("<tool_call>" + GOOD).layer) == ("unclosed_tag", "envelope")
    assert fault_of('<tool_call>{"name').code == "unclosed_tag"
    assert fault_of("<tool_call>").code == "unclosed_tag"


def test_a_call_that_the_next_one_interrupts_is_unclosed_and_the_next_one_is_read():
    first, second = calls_in("<tool_call>" + GOOD + wrapped(GOOD))
    assert first.fault is not None
    assert (first.fault.code, first.name, first.arguments) == ("unclosed_tag", "add", None)
    assert second.fault is None


@pytest.mark.parametrize(
    ("inner", "code", "layer"),
    [
        (GOOD + "}", "json_trailing_data", "json"),
        (GOOD + " and more", "json_trailing_data", "json"),
        ('{"name": "f", "arguments": {"a": NaN}}', "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {"a": -Infinity}}', "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {"a": 1e999}}', "nonstandard_json", "json"),
        ("{'name': 'f', 'arguments': {}}", "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {"a": True}}', "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {"a": 1,}}', "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {}} // why', "json_trailing_data", "json"),
        ('{"name": "f", // why\n "arguments": {}}', "nonstandard_json", "json"),
        ('{"name": "f", "arguments": {"a": 1, "a": 2}}', "duplicate_key", "json"),
        ('{"name": "f", "arguments": {"a": "line\nbreak"}}', "json_invalid", "json"),
        ('{"name": "f", "arguments": {"a": 01}}', "json_invalid", "json"),
        ('{"name": "f", "parameters": {}}', "wrong_envelope_key", "envelope"),
        ('{"function": "f", "arguments": {}}', "wrong_envelope_key", "envelope"),
        ("{}", "wrong_envelope_key", "envelope"),
        (f"[{GOOD}]", "wrong_envelope_shape", "envelope"),
        ('{"name": {"f": 1}, "arguments": {}}', "wrong_envelope_shape", "envelope"),
        ('{"name": "f", "arguments": "{}"}', "args_not_object", "envelope"),
        ('{"name": "f", "arguments": null}', "args_not_object", "envelope"),
        (f"```json\n{GOOD}\n```", "code_fence", "envelope"),
        (f"Call: {GOOD}", "text_inside_tag", "envelope"),
        ("add(a=1)", "json_invalid", "json"),
        ("", "json_invalid", "json"),
    ],
)
def test_each_way_to_break_a_call_has_its_own_code(inner: str, code: str, layer: str):
    fault = fault_of(wrapped(inner))
    assert (fault.code, fault.layer) == (code, layer)


def test_faults_of_json_stand_where_they_are():
    twice = wrapped('{"name": "f", "arguments": {"a": "\\"a\\":", "b": {"a": 1}, "a": 2}}')
    assert fault_of(twice).position == twice.rindex('"a": 2')
    assert fault_of(twice).message == 'key "a" stands twice'
    nan = wrapped('{"name": "f", "arguments": {"a": "NaN", "b": 1.5, "c": NaN}}')
    assert fault_of(nan).position == nan.rindex("NaN")
    assert fault_of(nan).message == "NaN is not JSON"


def test_an_argument_of_more_than_one_window_is_read_whole():
    text = "x" * 5_000 + "\u00e9\\n"
    (call,) = calls_in(wrapped(f'{{"name": "say", "arguments": {{"text": "{text}"}}}}'))
    assert call.arguments == {"text": "x" * 5_000 + "\u00e9\n"}


def test_an_integer_beyond_python_s_digits_is_a_typed_fault():
    assert fault_of(wrapped('{"name": "f", "arguments": {"a": %s}}' % ("1" * 5_000))).code == "json_invalid"


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_nesting_ten_thousand_deep_is_a_typed_fault(bracket: str):
    fault = fault_of(wrapped('{"name": "f", "arguments": {"a": %s' % (bracket * 10_000)))
    assert (fault.code, fault.layer) == ("json_too_deep", "json")


def test_nesting_of_sixty_levels_is_read_and_of_sixty_five_is_not():
    def nested(depth: int) -> str:
        inner = "[" * (depth - 2) + "]" * (depth - 2)
        return wrapped(f'{{"name": "f", "arguments": {{"a": {inner}}}}}')

    assert calls_in(nested(60))[0].fault is None
    assert fault_of(nested(65)).message == "nested deeper than 64 levels"


def test_more_tags_than_any_answer_holds_are_one_fault():
    calls = calls_in("<tool_call>{" * (MAX_TAGS + 5_000))
    assert len(calls) == MAX_TAGS + 1
    assert calls[-1].fault is not None
    assert calls[-1].fault.code == "too_many_calls"


@pytest.mark.parametrize("text", ["use the <tool_call> tag", "`<tool_call>`{}", "no call", "", '{"answer": 4}', "{"])
def test_a_mention_is_no_attempt(text: str):
    assert calls_in(text) == []


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```", GOOD + "</tool_call>", " " + GOOD])
def test_an_envelope_without_tags_is_an_attempt(text: str):
    fault = fault_of(text)
    assert (fault.code, fault.layer) == ("missing_wrapper", "envelope")


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! {GOOD}",
        f"You could write\n```json\n{GOOD}\n```\nfor that.",
        '{"id": "1", "name": "add", "arguments": {}}',
        '{"name": "add", "arguments": {"a": 1',
        '{"name": "add", "parameters": {"a": NaN}}',
    ],
)
def test_an_envelope_without_tags_is_an_attempt_wherever_it_stands_and_whether_it_ends_or_not(text: str):
    fault = fault_of(text)
    assert (fault.code, fault.position) == ("missing_wrapper", text.index("{"))
    assert calls_in(text)[0].name == "add"


@pytest.mark.parametrize("text", ['{"name": "Anna", "age": 3}', '{"name": 1, "arguments": {}}', '{"arguments": {}}'])
def test_json_that_is_no_envelope_is_an_answer(text: str):
    assert calls_in(text) == []


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ('{"name": "f", "arguments": {"a": {"b": [1, {"c": tru}]}}}', "$.arguments.a.b[1].c"),
        ('{"name": "f", "arguments": {"a": 1, "a": 2}}', "$.arguments"),
        ('{"name": "f", "arguments": {"x": 1, "a": NaN}}', "$.arguments.a"),
        ('{"name": "f", "arguments": "{}"}', "$.arguments"),
        ('{"name": 5, "arguments": {}}', "$.name"),
        ('{"name": "f", "arguments": {"two words": [0, nil]}}', '$.arguments["two words"][1]'),
    ],
)
def test_a_fault_names_the_json_path_that_was_reached(inner: str, path: str):
    assert fault_of(wrapped(inner)).path == path


def test_control_characters_around_a_fault_are_shown_and_move_nothing():
    text = wrapped('{"name": "f",\t"arguments": {"a": \x1b[31m}}')
    fault = fault_of(text)
    assert fault.excerpt[fault.position - max(0, fault.position - 30)] == "␛"
    assert "␉" in fault.excerpt
    assert fault.excerpt.isprintable()


def test_only_what_begins_within_the_given_stretch_is_read():
    text = wrapped(GOOD) + wrapped(GOOD)
    half = len(wrapped(GOOD))
    assert [call.start for call in attempts(text, half, len(text))] == [half]
    (cut,) = attempts(text, 0, half - 3)
    assert cut.fault is not None
    assert (cut.fault.code, cut.end) == ("unclosed_tag", half - 3)


@pytest.mark.parametrize("inner", ["{" * 100_000, "[{}," * 25_000, '{"a":' * 20_000, '"' * 100_000])
def test_a_hundred_thousand_brackets_take_no_time(inner: str):
    text = wrapped('{"name": "f", "arguments": {"a": ' + inner)
    start = time.process_time()
    assert calls_in(text)[0].fault is not None
    assert time.process_time() - start < 0.2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(arguments=st.dictionaries(st.text(), VALUES, max_size=4), ascii_only=st.booleans(), before=st.text(max_size=20))
def test_every_call_that_json_can_write_is_read_back(arguments: dict, ascii_only: bool, before: str):
    text = before + wrapped(json.dumps({"name": "f", "arguments": arguments}, ensure_ascii=ascii_only))
    (call,) = calls_in(text)
    assert (call.fault, call.arguments, call.start) == (None, arguments, len(before))
