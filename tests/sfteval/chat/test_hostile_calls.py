"""Hostile tool calls: every dialect reads a megabyte in linear time, and what begins like a call gets a typed fault."""

import time

import pytest

from sfteval.chat.dialects import DIALECTS
from sfteval.chat.reading import read
from sfteval.types import Generation, Reading

MEGABYTE = 1_000_000
LIMIT_SECONDS = 0.1
CALL = '<tool_call>{"name": "f", "arguments": {"a": '
CLOSED = "}}</tool_call>"


def quickly(text: str, dialect: str | None) -> Reading:
    """Read a text three times and hold the best of it against the limit, in CPU time."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        out = read(Generation("task", "1", 0, "q", text, "stop"), dialect)
        seconds.append(time.process_time() - start)
        if seconds[-1] < LIMIT_SECONDS:
            return out
    raise AssertionError(f"{min(seconds):.3f} s for {len(text):,} characters")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<tool_call>{" * (MEGABYTE // 12), "too_many_calls"),
        (CALL + "[" * 10_000 + CLOSED, "json_too_deep"),
        (CALL + '{"a":' * 10_000 + CLOSED, "json_too_deep"),
        (CALL + "[" * 10_000 + "]" * 10_000 + CLOSED, "json_too_deep"),
        (CALL + "{" * 100_000 + CLOSED, "json_invalid"),
        (CALL + "{}" * 50_000 + CLOSED, "json_invalid"),
        (CALL + "[" + "{}," * 33_333 + CLOSED, "nonstandard_json"),
        (CALL + '"' + "x" * MEGABYTE + CLOSED, "json_invalid"),
        (CALL + '"' * 100_000 + CLOSED, "json_invalid"),
        (CALL + '"' + "\\n" * (MEGABYTE // 2) + CLOSED, "json_invalid"),
        (CALL + "[" + "1," * (MEGABYTE // 2) + "NaN]" + CLOSED, "nonstandard_json"),
        (CALL + "{" + '"a":1,' * (MEGABYTE // 6) + '"a":1}' + CLOSED, "duplicate_key"),
        ("<tool_call>" * (MEGABYTE // 11), "too_many_calls"),
        (CALL + "1" * MEGABYTE + CLOSED, "json_invalid"),
        (CALL + " " * MEGABYTE + CLOSED, "json_invalid"),
        ((CALL + "tru" + CLOSED) * (MEGABYTE // 60), "too_many_calls"),
    ],
    ids=lambda value: value if len(value) < 30 else value[40:60],
)
def test_a_hostile_call_is_a_typed_fault_in_no_time(text: str, code: str):
    fault = quickly(text, "hermes").tool_calls[-1].fault
    assert fault is not None
    assert fault.code == code
    assert fault.line is not None


@pytest.mark.parametrize(
    ("dialect", "text", "code"),
    [
        ("qwen3_xml", "<tool_call><function=f>" + "<parameter=a>1</parameter>" * 38_000, "unclosed_parameter"),
        ("qwen3_xml", "<tool_call><function=f>" + "<parameter=a>" * 76_000, "unclosed_parameter"),
        ("qwen3_xml", "<tool_call><function=f>" * 43_000, "too_many_calls"),
        ("qwen3_xml", "<tool_call><function=f><parameter=a>" * 27_000, "too_many_calls"),
        ("llama3_json", "<|python_tag|>" + "{" * MEGABYTE, "json_invalid"),
        ("llama3_json", '{"name": "f", "parameters": {}};' * 31_000, "too_many_calls"),
        ("mistral", "[TOOL_CALLS][" * 76_000, "too_many_calls"),
        ("mistral", "[TOOL_CALLS][" + '{"name": "f", "arguments": {}},' * 31_000, "too_many_calls"),
        ("mistral", "[TOOL_CALLS]f" + "{" * MEGABYTE, "json_invalid"),
        ("react", "Action: f\n" * 100_000, "too_many_calls"),
        ("react", "Action: f\nAction Input: " + "[" * MEGABYTE, "json_too_deep"),
    ],
    ids=lambda value: value if len(value) < 30 else value[40:60],
)
def test_no_dialect_takes_its_time(dialect: str, text: str, code: str):
    fault = quickly(text, dialect).tool_calls[-1].fault
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize(
    "unit", ["[{},", '"\\', "</parameter>", "```json\n{", '{"name": "', "Observation: ", "\x00", "\ud800"]
)
@pytest.mark.parametrize("dialect", [None, *DIALECTS])
def test_a_megabyte_of_anything_is_read_by_every_dialect(unit: str, dialect: str | None):
    quickly(unit * (MEGABYTE // len(unit)), dialect)
