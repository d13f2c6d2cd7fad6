"""Tool calls in Qwen's XML: spans, values as texts, faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat.dialects.qwen3_xml import attempts, openings, read_leniently
from sfteval.types import Fault, ToolCall

A, B = "<parameter=a>\n1\n</parameter>", "<parameter=b>\ntwo\nlines\n</parameter>"
GOOD = f"<tool_call>\n<function=add>\n{A}\n{B}\n</function>\n</tool_call>"


def calls_in(text: str) -> list[ToolCall]:
    return attempts(text, 0, len(text))


def fault_of(text: str) -> Fault:
    (call,) = calls_in(text)
    assert call.fault is not None
    return call.fault


def function(inner: str, after: str = "") -> str:
    return f"<tool_call>\n<function=f>\n{inner}\n</function>{after}\n</tool_call>"


def test_values_are_texts_without_the_template_s_line_ends():
    text = f"Sure. {GOOD} Done."
    (call,) = calls_in(text)
    assert (call.name, call.arguments, call.as_text, call.fault) == ("add", {"a": "1", "b": "two\nlines"}, True, None)
    assert text[call.start : call.end] == call.raw == GOOD


def test_a_function_without_parameters_and_on_one_line_is_a_call():
    (call,) = calls_in("<tool_call><function=now></function></tool_call>")
    assert (call.name, call.arguments, call.fault) == ("now", {}, None)


def test_a_closing_tag_inside_a_value_ends_nothing():
    value = 'x </parameter> y </function> "</tool_call>" {'
    (call,) = calls_in(function(f"<parameter=a>\n{value}\n</parameter>"))
    assert call.arguments == {"a": value}


def test_parallel_calls_stand_or_fall_alone():
    first, second, third = calls_in(GOOD + "<tool_call>\n<function=f>\n<parameter=a>\n1" + GOOD)
    assert (first.fault, third.fault) == (None, None)
    assert second.fault is not None
    assert (second.fault.code, second.name, second.arguments, second.as_text) == (
        "unclosed_parameter",
        "f",
        None,
        False,
    )


@pytest.mark.parametrize(
    ("text", "code", "layer"),
    [
        (GOOD.removesuffix("</tool_call>"), "unclosed_tag", "envelope"),
        ("<tool_call>\n<function=f>\n</tool_call>", "unclosed_function", "envelope"),
        ("<tool_call>\n<function=f>\n<parameter=a>1</function></tool_call>", "unclosed_parameter", "envelope"),
        ("<tool_call>\n<function=f>", "unclosed_function", "envelope"),
        ("<tool_call>", "unclosed_tag", "envelope"),
        (function("<parameter=a>1</parameter> and <parameter=b>2</parameter>"), "text_inside_tag", "envelope"),
        (function("<parameter=a>1<parameter=b>2</parameter>"), "unclosed_parameter", "envelope"),
        (function("a = 1"), "text_inside_tag", "envelope"),
        (function("", " as you see"), "text_inside_tag", "envelope"),
        (function("<parameter=a>1</parameter><parameter=a>2</parameter>"), "duplicate_key", "json"),
        ('<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>', "wrong_envelope_shape", "envelope"),
        ("<tool_call>add(a=1)</tool_call>", "wrong_envelope_shape", "envelope"),
        ("<function=f>\n<parameter=a>1</parameter>\n</function>", "missing_wrapper", "envelope"),
    ],
)
def test_each_way_to_break_a_call_has_its_own_code(text: str, code: str, layer: str):
    fault = fault_of(text)
    assert (fault.code, fault.layer) == (code, layer)


@pytest.mark.parametrize("text", ["use the <tool_call> tag", "`<tool_call>`<function=f>", "no call", ""])
def test_a_mention_is_no_attempt(text: str):
    assert calls_in(text) == [] or text.startswith("`")
    assert openings(text, 0, len(text)) == []


def test_openings_are_where_attempts_begin():
    text = f"a {GOOD} b {GOOD}"
    assert openings(text, 0, len(text)) == [call.start for call in calls_in(text)]


def test_a_forgiving_reader_ends_a_value_at_whatever_tag_follows():
    raw = "<tool_call><function=f><parameter=a>1<parameter=b>\n2</tool_call>"
    assert read_leniently(raw, "f") == {"name": "f", "arguments": {"a": "1", "b": "2"}}
    assert read_leniently('<tool_call>{"name": "f", "arguments": {}}', "") == {"name": "f", "arguments": {}}


KEYS = st.text(alphabet="abc_", min_size=1, max_size=4)
VALUES = st.text(alphabet=st.characters(exclude_characters="<"), max_size=30)


@given(arguments=st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_call_that_the_template_writes_is_read_back(arguments: dict[str, str]):
    inner = "\n".join(f"<parameter={key}>\n{value}\n</parameter>" for key, value in arguments.items())
    (call,) = calls_in(function(inner))
    assert (call.fault, call.arguments) == (None, arguments)
