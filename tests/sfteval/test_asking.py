"""The engine that asks: everything is asked once, nothing answered is lost, one failure costs no other answer."""

import asyncio
from contextlib import contextmanager

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.errors import BackendError
from sfteval.generate import generate, requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task

QUICK = AskingPolicy(backoff_seconds=0.001)


def asked(backend, of, folder, policy=QUICK):
    with RunFolder(folder) as run:
        return asyncio.run(generate(backend, checkpoint(), [of], run, silent_progress(), seed=0, policy=policy))[
            of.name
        ]


def test_answers_come_back_in_the_order_of_the_samples(tmp_path):
    answers = asked(ScriptedBackend(lambda request: request.sample.id), task(9), tmp_path)
    assert [answer.text for answer in answers] == [f"s{i}" for i in range(9)]


def test_the_same_question_is_never_asked_twice(tmp_path):
    backend = ScriptedBackend(lambda request: "4")
    first = asked(backend, task(5), tmp_path)
    second = asked(backend, task(7), tmp_path)
    assert backend.asked[5:] == ["s5", "s6"]
    assert second[:5] == first


def test_another_sampling_is_another_question(tmp_path):
    from dataclasses import replace

    from sfteval.types import Sampling

    backend = ScriptedBackend(lambda request: "4")
    asked(backend, task(2), tmp_path)
    asked(backend, replace(task(2), sampling=Sampling(max_tokens=9)), tmp_path)
    assert len(backend.asked) == 4


def test_a_failing_request_costs_no_other_answer_and_is_owed_again(tmp_path):
    broken = ScriptedBackend(lambda request: "!" if request.sample.id == "s2" else "4")
    answers = asked(broken, task(5), tmp_path)
    assert [answer.finish_reason for answer in answers] == ["stop", "stop", "error", "stop", "stop"]
    mended = ScriptedBackend(lambda request: "4")
    assert asked(mended, task(5), tmp_path)[2].text == "4"
    assert mended.asked == ["s2"]


def test_a_request_that_mends_at_the_second_try_is_an_answer(tmp_path):
    flaky = ScriptedBackend(lambda request: "!!" if request.sample.id == "s1" else "4")
    # The toy fails once per question and then says "!!" itself.
    assert asked(flaky, task(3), tmp_path)[1].text == "!!"


def test_too_many_failures_end_the_run_and_keep_what_was_answered(tmp_path):
    dead = ScriptedBackend(lambda request: "4" if request.sample.id == "s0" else "!")
    with pytest.raises(BackendError) as refused:
        asked(dead, task(30), tmp_path, AskingPolicy(backoff_seconds=0, num_tries=1, max_errors=3, concurrency=1))
    assert "at most 3 failed requests" in str(refused.value)
    assert len(RunFolder(tmp_path).generations("sums")) == 1


def test_an_unfinished_unit_is_redone_whole(tmp_path):
    backend = ScriptedBackend(lambda request: "4", unit_size=3)
    asked(backend, task(6), tmp_path)
    path = tmp_path / "generations" / "sums.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    again = ScriptedBackend(lambda request: "4", unit_size=3)
    asked(again, task(6), tmp_path)
    assert again.asked == ["s3", "s4", "s5"]


def test_a_killed_run_resumed_equals_an_uninterrupted_one(tmp_path):
    class Killed(BaseException):
        pass

    def dying(request):
        if request.sample.id == "s7":
            raise Killed
        return request.sample.id.upper()

    with pytest.raises(Killed):
        asked(ScriptedBackend(dying), task(12), tmp_path / "killed")
    resumed = asked(ScriptedBackend(lambda request: request.sample.id.upper()), task(12), tmp_path / "killed")
    whole = asked(ScriptedBackend(lambda request: request.sample.id.upper()), task(12), tmp_path / "whole")
    assert resumed == whole


def test_seeds_follow_content_and_index_and_not_positions():
    from dataclasses import replace

    four = task(4, num_samples=2)
    seeds = {(r.sample.id, r.sample_index): r.seed for r in requests_of(four, checkpoint(), 0)}
    turned = replace(four, samples=four.samples[::-1])
    assert seeds == {(r.sample.id, r.sample_index): r.seed for r in requests_of(turned, checkpoint(), 0)}
    assert len(set(seeds.values())) == 8


def test_ask_reports_every_answer_to_the_stage(tmp_path):
    counted = []

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            counted.append((title, total))
            yield self

        def advance(self, n=1, note=""):
            counted.append(n)

    requests = requests_of(task(6), checkpoint(), 0)
    with RunFolder(tmp_path) as folder:
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, Watching(), "a", QUICK))
        assert counted[:2] == [("opening a", None), ("asking a", 6)]
        assert sum(counted[2:]) == 6
        counted.clear()
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, Watching(), "a", QUICK))
    assert counted == [("asking a", 6), 6]
