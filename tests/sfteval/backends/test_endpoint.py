"""Any OpenAI-compatible server: what is sent to it, what is kept of its answer, and what else it is asked for."""

import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.backends import open_backend
from sfteval.backends.endpoint.client import key_of_environment
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError, ConfigurationError, RefusedError
from sfteval.types import Message
from tests.sfteval.backends.endpoints import answered, request, with_server
from tests.sfteval.backends.scripted_server import Script, ScriptedServer, logprob_of
from tests.sfteval.backends.server_faults import always

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
CALL = {"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}


def test_everything_about_sampling_is_said_explicitly():
    server, answer = answered(Script(), request(temperature=0.5, top_k=3, stop=("\n",)))
    assert server.questions == [
        {
            "model": "toy",
            "messages": [{"role": "user", "content": "2 + 2?"}],
            "temperature": 0.5,
            "top_p": 1.0,
            "top_k": 3,
            "stop": ["\n"],
            "n": 1,
            "min_p": 0.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "repetition_penalty": 1.0,
            "max_tokens": 8,
            "seed": 7,
            "return_token_ids": True,
            "skip_special_tokens": False,
        }
    ]
    assert answer.seed == 7


def test_no_limit_on_the_number_of_tokens_drawn_from_is_said_too():
    server, _ = answered(Script())
    assert server.questions[0]["top_k"] == -1
    assert "stop" not in server.questions[0]


def test_an_answer_is_kept_with_its_token_ids_and_the_servers_own_parse():
    _, answer = answered(Script(say=lambda body: "Answer: 4"))
    assert answer.text == "Answer: 4"
    assert answer.token_ids == tuple(b"Answer: 4")
    assert answer.prompt_token_ids == tuple(b"<user>2 + 2?\n<assistant>")
    assert (answer.num_prompt_tokens, answer.num_tokens) == (24, 9)
    assert answer.finish_reason == "stop"
    assert answer.server == {"content": "Answer: 4", "finish_reason": "stop"}
    assert answer.verified is None
    assert 0 < answer.latency_seconds < 5


def test_an_endpoint_without_token_ids_is_asked_and_marked_unverified():
    async def ask(backend):
        await backend.ready()
        (answer,) = await backend.answer([request()])
        return answer, backend.description()

    server, (answer, description) = with_server(Script(token_ids=False, say=lambda body: "4"), ask)
    assert answer.text == "4"
    assert answer.token_ids == answer.prompt_token_ids == ()
    assert (answer.num_prompt_tokens, answer.num_tokens) == (24, 1)
    assert description["verified"] is False
    assert "return_token_ids" not in server.questions[0]


def test_nothing_is_described_before_the_server_was_asked():
    async def ask(backend):
        return backend.description()

    server, description = with_server(Script(), ask)
    assert description is None
    assert server.seen.headers == []


def test_a_question_is_the_same_before_and_after_the_server_was_asked_what_it_can():
    async def ask(backend):
        asked = [request(), request(index=1), request("3 + 3?"), request(max_tokens=9)]
        before = backend.questions(asked)
        await backend.ready()
        (answer,) = await backend.answer(asked[:1])
        return before, backend.questions(asked), answer.question

    _, (before, after, of_answer) = with_server(Script(), ask)
    assert before == after
    assert before[0] == of_answer
    assert len(set(before)) == 4


def test_a_seed_makes_another_question_where_something_is_drawn():
    async def ask(backend):
        asked = [request(temperature=temperature) for temperature in (0.0, 0.5)]
        return backend.questions([*asked, *(replace(one, seed=8) for one in asked)])

    greedy, drawn, other_greedy, other_drawn = with_server(Script(), ask)[1]
    assert greedy == other_greedy
    assert drawn != other_drawn


def test_tool_arguments_travel_as_text_and_results_name_their_call():
    said = (
        Message("user", "x"),
        Message("assistant", "", tool_calls=(CALL, CALL)),
        Message("tool", "2"),
        Message("tool", "3"),
    )
    server, _ = answered(Script(), request(messages=said, tools=[TOOL]))
    body = server.questions[0]
    calls = body["messages"][1]["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == ['{"a": 1}', '{"a": 1}']
    assert [call["id"] for call in calls] == ["call_0", "call_1"]
    assert [message["tool_call_id"] for message in body["messages"][2:]] == ["call_0", "call_1"]
    assert body["tools"] == [TOOL]
    assert body["tool_choice"] == "auto"


def test_a_thought_in_the_history_goes_by_both_of_its_names():
    said = (Message("user", "x"), Message("assistant", "4", reasoning_content="hm"), Message("user", "y"))
    server, _ = answered(Script(), request(messages=said))
    message = server.questions[0]["messages"][1]
    assert (message["reasoning_content"], message["reasoning"]) == ("hm", "hm")


def test_template_kwargs_are_sent():
    server, _ = answered(Script(), request(kwargs={"enable_thinking": False}))
    assert server.questions[0]["chat_template_kwargs"] == {"enable_thinking": False}


def test_what_the_server_took_apart_is_put_together_and_kept_beside():
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    said = {"content": None, "reasoning": "hm", "tool_calls": [call]}
    _, answer = answered(Script(say=lambda body: said))
    assert answer.text == '<think>\nhm\n</think>\n\n\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
    assert answer.server == {"reasoning": "hm", "tool_calls": [call], "finish_reason": "stop"}


# -- given tokens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["vllm", "echo"])
def test_given_tokens_have_natural_log_probabilities_and_the_first_has_none(form):
    async def ask(backend):
        return await backend.logprobs([[10, 11, 12], [5], [], [20, 21]])

    server, told = with_server(Script(prompt_logprobs=form), ask)
    assert told == [[logprob_of(11, 1), logprob_of(12, 2)], [], [], [logprob_of(21, 1)]]
    assert server.seen.completions[-1]["prompt"] == [[10, 11, 12], [20, 21]]


def test_tokens_beyond_the_context_are_refused_before_they_are_sent():
    async def ask(backend):
        assert len((await backend.logprobs([[1] * 63]))[0]) == 62
        with pytest.raises(ConfigurationError) as error:
            await backend.logprobs([[1] * 64])
        return str(error.value)

    server, message = with_server(Script(max_model_len=64), ask)
    assert "expected at most 63 tokens to score, got 64" in message
    assert len(server.seen.completions) == 3


def test_a_server_that_tells_no_probabilities_is_said_to_be_one():
    async def ask(backend):
        with pytest.raises(BackendError) as error:
            await backend.logprobs([[1, 2]])
        return str(error.value)

    _, message = with_server(Script(prompt_logprobs=""), ask)
    assert "expected a server that tells how likely given tokens are" in message


# -- conversations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokenize", ["/tokenize", ""])
def test_a_server_tells_what_it_makes_of_a_conversation(tokenize):
    async def ask(backend):
        said = [Message("user", "hi"), Message("assistant", "ho")]
        return (
            await backend.served_prompt(said, [], {}, add_generation_prompt=False),
            await backend.served_prompt(said, [TOOL], {"enable_thinking": False}),
        )

    server, (plain, full) = with_server(Script(tokenize=tokenize), ask)
    assert plain == tuple(b"<user>hi\n<assistant>ho")
    text = f'{json.dumps([TOOL], sort_keys=True)}\n{{"enable_thinking": false}}\n<user>hi\n<assistant>ho\n<assistant>'
    assert full == tuple(text.encode())
    assert len(server.questions) == (0 if tokenize else 2)


def test_a_server_that_cannot_tell_says_nothing_about_a_conversation():
    async def ask(backend):
        return await backend.served_prompt([Message("user", "hi")], [], {})

    assert with_server(Script(tokenize="", token_ids=False), ask)[1] is None


def test_a_conversation_that_the_server_refuses_is_a_refusal():
    async def ask(backend):
        await backend.ready()
        with pytest.raises(RefusedError) as error:
            await backend.served_prompt([Message("user", "refuse me")], [], {})
        return str(error.value)

    assert "HTTP 400: roles must alternate" in with_server(Script(refused_words="refuse me"), ask)[1]


# -- keys --------------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_stands_in_no_answer_and_no_description(monkeypatch):
    monkeypatch.setenv("SFTEVAL_API_KEY", "sk-1")

    async def ask(backend):
        await backend.ready()
        return await backend.answer([request()]), backend.description()

    server, kept = with_server(Script(key="sk-1"), ask)
    assert {headers["Authorization"] for headers in server.seen.headers} == {"Bearer sk-1"}
    assert "sk-1" not in repr(kept)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.openai.com/v1", "sk-openai"),
        ("https://eu.api.OpenAI.com/v1", "sk-openai"),
        ("http://api.openai.com/v1", ""),
        ("https://notopenai.com/v1", ""),
        ("https://api.openai.com.example.org/v1", ""),
        ("https://openai.com@example.org/v1", ""),
        ("https://127.0.0.1:8000/v1", ""),
    ],
)
def test_a_key_made_for_openai_goes_nowhere_else(monkeypatch, url, sent):
    monkeypatch.delenv("SFTEVAL_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    assert key_of_environment(url) == sent
    monkeypatch.setenv("SFTEVAL_API_KEY", "sk-1")
    assert key_of_environment(url) == "sk-1"


def test_a_server_elsewhere_sees_no_key_of_openai(monkeypatch):
    monkeypatch.delenv("SFTEVAL_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    server, _ = answered(Script())
    assert server.seen.headers
    assert not [headers for headers in server.seen.headers if "Authorization" in headers]


def test_a_key_that_is_given_goes_before_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("SFTEVAL_API_KEY", "sk-1")
    server, _ = answered(Script(key="sk-2"), key="sk-2")
    assert len(server.questions) == 1


@pytest.mark.parametrize("key", ["se\ncret", "geheim\u00e4"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(monkeypatch, key):
    monkeypatch.setenv("SFTEVAL_API_KEY", key)
    with pytest.raises(ConfigurationError) as error:
        answered(Script())
    assert "expected a key in printable ASCII" in str(error.value)
    assert "cret" not in str(error.value)
    assert "geheim" not in str(error.value)


def test_a_wrong_key_is_said_before_the_first_question_and_not_shown():
    with pytest.raises(BackendError) as error:
        answered(Script(key="right", fault=always("500")), key="hunter2")
    assert "HTTP 401: Incorrect API key provided: Bearer (key). Set SFTEVAL_API_KEY" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_an_endpoint_opens_by_its_address():
    async def go():
        async with (
            ScriptedServer(Script(say=lambda body: "4")) as server,
            open_backend(resolve_checkpoint(f"{server.url}#toy")) as backend,
        ):
            return (await backend.answer([request()]))[0].text

    assert asyncio.run(go()) == "4"
