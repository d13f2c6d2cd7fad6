"""What a server said, read: how it ended, what the raw text was, and nothing that could break a later reader."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.backends.endpoint.answers import Answer, raw_text, read_answer, starts_in_thought
from sfteval.backends.endpoint.hostile import Malformed, is_shallow, logprob, objects
from sfteval.errors import RefusedError, TransientError
from tests.sfteval.backends.endpoints import answered
from tests.sfteval.backends.scripted_server import Script


def malformed(got):
    return TransientError("server", expected="an answer", got=got, next_move="Call again")


def row(finish="stop", **message):
    return {"choices": [{"message": {"content": "4", **message}, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("model_length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("eos_token", "stop"),
        (None, "stop"),
        ("repetition", "stop"),
    ],
)
def test_how_an_answer_ended(said, meant):
    assert read_answer(row(said), malformed).finish_reason == meant


@pytest.mark.parametrize("said", ["abort", "error"])
def test_an_answer_that_broke_off_is_no_answer(said):
    with pytest.raises(TransientError):
        read_answer(row(said), malformed)


def test_what_ended_an_answer_is_kept():
    _, answer = answered(Script(say=lambda body: "4", stop_reason=151645))
    assert answer.stop_reason == 151645


def test_content_null_is_an_empty_answer_and_no_mishap():
    answer = read_answer(row(content=None), malformed)
    assert (answer.text, answer.server) == ("", {"finish_reason": "stop"})


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_a_thought_goes_by_either_name(name):
    assert read_answer(row(**{name: "hm"}), malformed).text == "<think>\nhm\n</think>\n\n4"


def test_a_thought_that_was_cut_stays_open():
    assert read_answer(row("length", content=None, reasoning="hm"), malformed).text == "<think>\nhm"
    assert read_answer(row("length", reasoning="hm"), malformed).text == "<think>\nhm\n</think>\n\n4"


@pytest.mark.parametrize(
    ("said", "within"),
    [
        ("hm", True),  # cut, or never ended
        ("hm</think>4", True),
        ({"content": "4", "reasoning": "hm"}, False),  # the server took the thought out
        ({"content": None, "reasoning": "hm"}, False),
    ],
)
def test_a_text_may_start_in_a_thought_that_the_prompt_opened(said, within):
    assert answered(Script(opens_thought=True, say=lambda body: said))[1].think_prefilled is within
    assert answered(Script(say=lambda body: said))[1].think_prefilled is False
    assert answered(Script(opens_thought=True, thinks=False, say=lambda body: said))[1].think_prefilled is False


def test_a_text_whose_thought_the_server_dropped_does_not_start_in_one():
    ended = Answer("4", "stop", prompt_token_ids=(1, 299, 10), token_ids=(300, 52))
    assert not starts_in_thought(ended, 299, 300)
    assert not starts_in_thought(replace(ended, prompt_token_ids=(299, 300), token_ids=(52,)), 299, 300)
    assert starts_in_thought(replace(ended, token_ids=(52,)), 299, 300)


def test_calls_become_markup_whatever_their_arguments_are():
    calls = [{"function": {"name": "f", "arguments": {"a": [1]}}}, {"function": 3}, {}]
    assert raw_text({"tool_calls": calls}, cut=False) == (
        '\n<tool_call>\n{"name": "f", "arguments": {"a": [1]}}\n</tool_call>'
        '\n<tool_call>\n{"name": null, "arguments": null}\n</tool_call>'
        '\n<tool_call>\n{"name": null, "arguments": null}\n</tool_call>'
    )


def test_counts_come_from_usage_where_there_are_no_token_ids():
    told = row() | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    answer = read_answer(told, malformed)
    assert (answer.num_prompt_tokens, answer.num_tokens) == (5, 2)
    told["choices"][0]["token_ids"] = [1, 2, 3]
    assert read_answer(told, malformed).num_tokens == 3


def test_escaped_pairs_are_text():
    _, answer = answered(Script(say=lambda body: "😀"))
    assert answer.text == "😀"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 0.1, "x", None, True, pytest.param(10**400, id="huge")]
)
def test_a_log_probability_that_is_none(value):
    with pytest.raises(Malformed):
        logprob(value)


def test_a_log_probability_may_be_nought_by_rounding():
    assert logprob(1e-7) == 0.0
    assert logprob(-2) == -2.0


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_value_that_is_nested_beyond_measure_is_not_kept():
    assert is_shallow(nested(20))
    assert not is_shallow(nested(50_000))
    with pytest.raises(Malformed):
        objects([{"deep": nested(100)}], "tool_calls")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
messages = st.fixed_dictionaries(
    {}, optional={name: values for name in ("content", "reasoning", "reasoning_content", "tool_calls")}
)
choices = st.fixed_dictionaries(
    {},
    optional={"message": messages | values, **{name: values for name in ("finish_reason", "stop_reason", "token_ids")}},
)
rows = st.fixed_dictionaries(
    {}, optional={"choices": st.lists(choices, max_size=2) | values, "usage": values, "prompt_token_ids": values}
)


@settings(deadline=None)
@given(rows)
def test_whatever_comes_is_an_answer_or_an_error_of_ours(row):
    try:
        answer = read_answer(row, malformed)
    except (TransientError, RefusedError):
        return
    assert isinstance(answer, Answer)
    assert isinstance(answer.text, str)
    assert answer.num_tokens >= 0
    json.dumps(dict(answer.server))
