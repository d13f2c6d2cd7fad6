"""Any OpenAI-compatible server: what is sent, what is read, and every way in which a server can misbehave."""

import asyncio
import json

import pytest
from aiohttp import web

from sfteval.asking import AskingPolicy
from sfteval.backends import open_backend
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError
from sfteval.generate import generate
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.scripted import task

QUICK = AskingPolicy(backoff_seconds=0.001)


class Server:
    """A scripted server on a loopback port; `reply(body, number)` returns a status and a JSON value or a text."""

    def __init__(self, reply, models=("toy",)):
        self.reply, self.models, self.bodies, self.keys = reply, models, [], []

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.answer)
        app.router.add_get("/v1/models", self.listed)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *exc):
        await self.runner.cleanup()

    async def listed(self, request):
        if self.models is None:
            return web.Response(status=401)
        return web.json_response({"data": [{"id": name} for name in self.models]})

    async def answer(self, request):
        body = json.loads(await request.text())
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization"))
        status, value = self.reply(body, len(self.bodies))
        text = value if isinstance(value, str) else json.dumps(value)
        return web.Response(status=status, text=text, content_type="application/json")


def said(content="Answer: 4", finish="stop", **message):
    choice = {
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": finish,
        "token_ids": [5, 6],
    }
    return 200, {
        "choices": [choice],
        "prompt_token_ids": [1, 2, 3],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }


def asked(tmp_path, reply, *, of=None, models=("toy",), model="toy", policy=QUICK):
    async def go():
        async with Server(reply, models) as server:
            checkpoint = resolve_checkpoint(f"{server.url}#{model}")
            async with open_backend(checkpoint) as backend:
                with RunFolder(tmp_path / "run") as folder:
                    found = await generate(
                        backend, checkpoint, [of or task(3)], folder, silent_progress(), seed=0, policy=policy
                    )
            return server, next(iter(found.values()))

    return asyncio.run(go())


def test_everything_about_sampling_is_said_explicitly(tmp_path):
    server, answers = asked(tmp_path, lambda body, number: said())
    assert [answer.text for answer in answers] == ["Answer: 4"] * 3
    body = server.bodies[0]
    assert body["temperature"] == 0.0
    assert body["top_p"] == 1.0
    assert body["max_tokens"] == 8
    assert body["n"] == 1
    assert "seed" in body
    assert body["return_token_ids"] is True
    assert answers[0].token_ids == (5, 6)
    assert answers[0].prompt_token_ids == (1, 2, 3)


def test_a_server_that_refuses_unknown_fields_is_asked_plainly(tmp_path):
    def reply(body, number):
        return (400, {"error": "unknown field"}) if "return_token_ids" in body else said()

    server, answers = asked(tmp_path, reply, of=task(12))
    assert all(answer.text == "Answer: 4" for answer in answers)
    assert "return_token_ids" not in server.bodies[-1]


def test_what_the_server_took_apart_is_put_together_and_kept_beside(tmp_path):
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    _, answers = asked(tmp_path, lambda body, number: said(None, "tool_calls", reasoning="hm", tool_calls=[call]))
    assert (
        answers[0].text
        == '<think>\nhm\n</think>\n\n\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
    )
    assert answers[0].server == {"reasoning": "hm", "tool_calls": [call], "finish_reason": "tool_calls"}


def test_a_cut_answer_is_marked(tmp_path):
    _, answers = asked(tmp_path, lambda body, number: said("Answ", "length"))
    assert {answer.finish_reason for answer in answers} == {"length"}


@pytest.mark.parametrize(
    "bad",
    [
        (429, "slow down"),
        (500, "oops"),
        (503, ""),
        (200, "not json"),
        (200, {"choices": []}),
        (200, {"choices": [{"message": None}]}),
        (200, "[" * 5000),
    ],
)
def test_load_and_nonsense_are_asked_again(tmp_path, bad):
    seen = {}

    def reply(body, number):
        key = json.dumps(body["messages"])
        seen[key] = seen.get(key, 0) + 1
        return bad if seen[key] == 1 else said()

    server, answers = asked(tmp_path, reply)
    assert [answer.text for answer in answers] == ["Answer: 4"] * 3
    assert len(server.bodies) == 6


def test_a_request_that_keeps_failing_is_missing_data(tmp_path):
    _, answers = asked(tmp_path, lambda body, number: (500, "oops") if "s1" in json.dumps(body) else said())
    assert [answer.finish_reason for answer in answers] == ["stop", "error", "stop"]
    assert "HTTP 500" in answers[1].error


def test_a_refusal_ends_the_run(tmp_path):
    with pytest.raises(BackendError) as error:
        asked(tmp_path, lambda body, number: (404, "no such model"))
    assert "HTTP 404" in str(error.value)


def test_an_unknown_model_names_those_that_are_served(tmp_path):
    with pytest.raises(BackendError) as error:
        asked(tmp_path, lambda body, number: said(), models=("a", "b"))
    assert 'expected the model "toy", got a, b' in str(error.value)


def test_a_wrong_key_is_said_before_the_first_question(tmp_path):
    with pytest.raises(BackendError) as error:
        asked(tmp_path, lambda body, number: said(), models=None)
    assert "SFTEVAL_API_KEY" in str(error.value)


def test_the_key_is_sent_and_never_stored(tmp_path, monkeypatch):
    monkeypatch.setenv("SFTEVAL_API_KEY", "sk-secret-1")
    server, _ = asked(tmp_path, lambda body, number: said())
    assert server.keys[0] == "Bearer sk-secret-1"
    assert not [path for path in (tmp_path / "run").rglob("*") if path.is_file() and "sk-secret-1" in path.read_text()]


def test_a_server_that_is_not_there_is_one_sentence():
    async def go():
        async with open_backend(resolve_checkpoint("http://127.0.0.1:9/v1#toy")) as backend:
            await backend.ready()

    with pytest.raises(BackendError) as error:
        asyncio.run(go())
    assert "a server that answers" in str(error.value)
    assert error.value.exit_code == 13


def test_tool_arguments_travel_as_text(tmp_path):
    from dataclasses import replace

    from sfteval.types import Message

    calls = ({"type": "function", "function": {"name": "add", "arguments": {"a": 1}}},)
    one = task(1)
    sample = replace(one.samples[0], messages=(Message("user", "x"), Message("assistant", "", tool_calls=calls),
                                               Message("tool", "2")), tools=({"type": "function"},))  # fmt: skip
    server, _ = asked(tmp_path, lambda body, number: said(), of=replace(one, samples=(sample,)))
    assert server.bodies[0]["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    assert server.bodies[0]["tool_choice"] == "auto"


def test_a_question_that_the_server_refuses_costs_no_other_and_is_not_asked_for_ever(tmp_path):
    one_by_one = AskingPolicy(concurrency=1, backoff_seconds=0.001)
    server, answers = asked(
        tmp_path, lambda body, number: (400, "too long") if "s1" in json.dumps(body) else said(), policy=one_by_one
    )
    assert [answer.finish_reason for answer in answers] == ["stop", "error", "stop"]
    assert "HTTP 400: too long" in answers[1].error
    assert len(server.bodies) == 4
    assert "return_token_ids" in server.bodies[-1]  # the question was refused, not the field
