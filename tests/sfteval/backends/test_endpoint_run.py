"""A served model and the engine together: what a server gets wrong is asked again, what it refuses is missing data."""

import asyncio
import json

import pytest

from sfteval.asking import AskingPolicy
from sfteval.backends import Serving, open_backend
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError
from sfteval.generate import generate
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.backends.server_faults import always, every, first_try, storm
from tests.sfteval.scripted import task

pytestmark = pytest.mark.slow

QUICK = AskingPolicy(backoff_seconds=0.001)


def asked(path, script, num=6, seconds=600.0):
    """Return the server and its answers to a task, asked into a run folder."""

    async def go():
        async with ScriptedServer(script) as server:
            checkpoint = resolve_checkpoint(f"{server.url}#toy")
            async with open_backend(checkpoint, serving=Serving(timeout_seconds=seconds)) as backend:
                with RunFolder(path) as folder:
                    found = await generate(
                        backend, checkpoint, [task(num)], folder, silent_progress(), seed=0, policy=QUICK
                    )
                    return server, list(found["sums"])

    return asyncio.run(go())


def failing(words, name):
    return lambda body, number: name if words in json.dumps(body["messages"]) else None


@pytest.mark.parametrize("fault", ["429", "500", "malformed", "empty_choices", "truncated", "disconnect", "nan"])
def test_what_goes_wrong_once_is_asked_once_more(tmp_path, fault):
    server, answers = asked(tmp_path, Script(fault=first_try(fault), say=lambda body: "4"))
    assert [answer.text for answer in answers] == ["4"] * 6
    assert len(server.questions) == 12


def test_an_answer_that_never_comes_is_given_up_in_time_and_asked_for_again(tmp_path):
    server, answers = asked(tmp_path, Script(fault=storm(2, "hang"), say=lambda body: "4"), seconds=1.0)
    assert [answer.text for answer in answers] == ["4"] * 6
    assert len(server.questions) == 8


def test_a_storm_costs_no_answer(tmp_path):
    server, answers = asked(tmp_path, Script(fault=storm(40, "503"), retry_after="0", say=lambda body: "4"))
    assert [answer.text for answer in answers] == ["4"] * 6
    assert len(server.questions) == 46


def test_a_request_that_keeps_failing_is_missing_data(tmp_path):
    _, answers = asked(tmp_path, Script(fault=failing("s1", "500")))
    assert [answer.finish_reason for answer in answers] == ["stop", "error", "stop", "stop", "stop", "stop"]
    assert "HTTP 500: scripted 500" in answers[1].error


def test_a_question_that_the_server_refuses_costs_no_other_and_is_asked_once(tmp_path):
    server, answers = asked(tmp_path, Script(fault=failing("s1", "400")))
    assert [answer.finish_reason for answer in answers] == ["stop", "error", "stop", "stop", "stop", "stop"]
    assert len(server.questions) == 6


def test_a_key_that_is_taken_back_ends_the_run(tmp_path):
    with pytest.raises(BackendError) as error:
        asked(tmp_path, Script(fault=every(3, "401")))
    assert "HTTP 401" in str(error.value)


def test_the_key_stands_in_no_file_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SFTEVAL_API_KEY", "hunter2")
    _, answers = asked(tmp_path, Script(key="hunter2", fault=always("echo_key")))
    assert {answer.finish_reason for answer in answers} == {"error"}
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if path.suffix == ".jsonl"]
    assert not [path for path in kept if b"hunter2" in path.read_bytes()]
