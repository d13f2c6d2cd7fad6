"""Broken attempts where no call is needed: each is an attempt with its own code, and none is an abstention."""

import pytest

from sfteval.chat.reading import read
from sfteval.scorers import build_scorer
from sfteval.types import Generation, Message, Sample, Task

TOOL = {
    "type": "function",
    "function": {"name": "convert", "parameters": {"type": "object", "properties": {"amount": {"type": "integer"}}}},
}
ATTEMPTS = {
    "[TOOL_CALLS]convert(amount=1)": "json_invalid",
    "<tool_call>\nconvert(amount=1)": "unclosed_tag",
    '<tool_call>\n"name": "convert", "arguments": {"amount": 1}}\n</tool_call>': "json_invalid",
    '<tool_call>\n<tool_call>\n{"name": "convert", "arguments": {"amount": 1}}\n</tool_call>': "unclosed_tag",
    '<tool_call>\n\u00a0{"name": "convert", "arguments": {"amount": 1}}\n</tool_call>': None,
    "Thought: I need it.\nAction: convert\n": "missing_action_input",
    '{"type": "function", "function": {"name": "convert", "arguments": {"amount": 1}}}': "missing_wrapper",
}


def graded(text, target, finish="stop"):
    sample = Sample("1", (Message("user", "Well?"),), (TOOL,), target)
    scorer = build_scorer(Task("calls", "toolcalls", (sample,), ("exact",)))
    return scorer.grade(sample, read(Generation("calls", "1", 0, "q", text, finish)))


@pytest.mark.parametrize("text", ATTEMPTS)
def test_a_broken_attempt_is_no_abstention(text):
    found = graded(text, {"calls": []})
    assert found.metrics["exact"] == 0.0
    assert found.detail["failure_code"] == (ATTEMPTS[text] or found.detail["failure_code"])
    assert found.detail["failure_code"] is not None


def test_prose_that_names_the_tag_is_an_abstention():
    assert graded("Write <tool_call> around it, as I would.", {"calls": []}).metrics["exact"] == 1.0


def test_an_endless_call_is_not_checked_against_its_schema():
    text = '<tool_call>\n{"name": "convert", "arguments": {"l": [' + "1, " * 100_000 + "1]}}\n</tool_call>"
    found = graded(text, {"calls": [{"name": "convert", "arguments": {"amount": 1}}]})
    assert (found.metrics["schema_valid"], found.metrics["schema_valid_strict"]) == (0.0, 0.0)
    assert found.detail["failure_code"] == "arguments_too_long"
