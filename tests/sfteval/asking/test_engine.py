"""The engine that asks: everything is asked once, nothing answered is lost, one failure costs no other answer."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.errors import BackendError, StoreError
from sfteval.generate import generate, requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.asking.virtual_time import run_virtually
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task

QUICK = AskingPolicy(backoff_seconds=0.001)


def asked(backend, of, folder, policy=QUICK):
    with RunFolder(folder) as run:
        answers = asyncio.run(generate(backend, checkpoint(), [of], run, silent_progress(), seed=0, policy=policy))
    return tuple(answers[of.name])


def test_answers_come_back_in_the_order_of_the_samples(tmp_path):
    answers = asked(ScriptedBackend(lambda request: request.sample.id), task(9), tmp_path)
    assert [answer.text for answer in answers] == [f"s{i}" for i in range(9)]


def test_the_same_question_is_never_asked_twice(tmp_path):
    backend = ScriptedBackend(lambda request: "4")
    first = asked(backend, task(5), tmp_path)
    second = asked(backend, task(7), tmp_path)
    assert sorted(backend.asked[5:]) == ["s5", "s6"]
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
    impatient = AskingPolicy(backoff_seconds=0, num_tries=1, max_errors=3, concurrency=1)
    with pytest.raises(BackendError) as refused:
        asked(dead, task(30), tmp_path, impatient)
    assert "expected at most 3 failed requests, got 4, the last: " in str(refused.value)
    num_answered = len(RunFolder(tmp_path).generations("sums"))
    assert len(dead.asked) == 4 + num_answered
    assert f"with {30 - num_answered} answers still owed" in str(refused.value)


class Batching(ScriptedBackend):
    """Answers three at a time in an order of its own, as a model in this process does."""

    max_concurrency = 1

    def __init__(self):
        super().__init__(lambda request: "4", unit_size=3)


def test_an_unfinished_unit_is_redone_whole(tmp_path):
    asked(Batching(), task(6), tmp_path)
    path = tmp_path / "generations" / "sums.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    again = Batching()
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


class _Counting(RunFolder):
    """A run folder that remembers which samples were written together."""

    def __init__(self, path):
        super().__init__(path)
        self.groups = []

    def write(self, lines):
        self.groups.append([line.question for line in lines])
        time.sleep(0.02)
        super().write(lines)


def test_answers_that_arrive_while_the_disk_is_busy_go_to_it_together(tmp_path):
    with _Counting(tmp_path) as folder:
        requests = requests_of(task(40), checkpoint(), 0)
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, silent_progress(), "a", QUICK))
        assert sum(len(group) for group in folder.groups) == 40
        assert len(folder.groups) < 10


def test_a_disk_that_is_slower_than_the_server_makes_the_server_wait(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.asking.commit.MOST_WAITING", 5)
    with _Counting(tmp_path) as folder:
        requests = requests_of(task(60), checkpoint(), 0)
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, silent_progress(), "a", QUICK))
        assert max(len(group) for group in folder.groups) <= 5 + ScriptedBackend.concurrency


def test_an_answer_counts_when_it_is_on_disk_and_not_before(tmp_path):
    seen = []

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            yield self

        def advance(self, n=1, note=""):
            on_disk = (tmp_path / "generations" / "sums.jsonl").read_bytes().count(b"\n") if note else 0
            seen.append((n, on_disk))

    with _Counting(tmp_path) as folder:
        requests = requests_of(task(40), checkpoint(), 0)
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, Watching(), "a", QUICK))
    assert len(seen) > 2
    counted = 0
    for n, on_disk in seen:
        counted += n
        assert counted <= on_disk or counted == 0


def test_the_disk_running_full_ends_the_run_and_loses_nothing_that_counted(tmp_path):
    counted = []

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            yield self

        def advance(self, n=1, note=""):
            counted.append(n)

    class Full(_Counting):
        def write(self, lines):
            if self.groups:
                raise StoreError("runs/a", expected="room", got="No space left on device", next_move="Free space")
            super().write(lines)

    requests, backend = requests_of(task(40), checkpoint(), 0), ScriptedBackend(lambda request: "4")
    with Full(tmp_path) as folder, pytest.raises(StoreError, match="No space left"):
        asyncio.run(ask(backend, requests, folder, Watching(), "a", QUICK))
    assert 0 < len(RunFolder(tmp_path).generations("sums")) < 40
    assert sum(counted) == len(RunFolder(tmp_path).generations("sums"))


def test_an_error_that_ends_the_run_keeps_the_answers_of_the_others(tmp_path):
    class Gone(ScriptedBackend):
        async def answer(self, requests):
            if len(self.asked) >= 10:
                raise BackendError("gone", expected="a server", got="none", next_move="Start it")
            return await super().answer(requests)

    backend = Gone(lambda request: "4")
    with pytest.raises(BackendError, match="expected a server, got none"):
        asked(backend, task(30), tmp_path)
    assert len(RunFolder(tmp_path).generations("sums")) >= 10


def test_a_crew_is_never_larger_than_the_concurrency(tmp_path):
    class Crowded(ScriptedBackend):
        now = most = 0

        async def answer(self, requests):
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            return await super().answer(requests)

    backend = Crowded(lambda request: "4")
    asked(backend, task(50), tmp_path, AskingPolicy(concurrency=7))
    assert backend.most == 7


def test_the_crew_grows_to_what_the_server_bears_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.store.lines.os.fsync", lambda file: None)  # the virtual loop waits for each
    notes = []

    class Sharing(ScriptedBackend):
        """Serves 40 at once in a second; more than that take longer."""

        concurrency, max_concurrency, under_way = 16, 512, 0

        async def answer(self, requests):
            self.under_way += 1
            await asyncio.sleep(max(1.0, self.under_way / 40))
            self.under_way -= 1
            return await super().answer(requests)

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            yield self

        def advance(self, n=1, note=""):
            notes.extend([note] * n)

    requests = requests_of(task(3000), checkpoint(), 0)
    with RunFolder(tmp_path) as folder:
        _, seconds = run_virtually(ask(Sharing(lambda request: "4"), requests, folder, Watching(), "a", AskingPolicy()))
    assert sorted(notes[1500:])[750] == "64 at once"
    assert seconds < 1.15 * 3000 / 40


def test_seeds_follow_content_and_index_and_not_positions():
    from dataclasses import replace

    four = task(4, num_samples=2)
    seeds = {(r.sample.id, r.sample_index): r.seed for r in requests_of(four, checkpoint(), 0)}
    turned = replace(four, samples=four.samples[::-1])
    assert seeds == {(r.sample.id, r.sample_index): r.seed for r in requests_of(turned, checkpoint(), 0)}
    assert len(set(seeds.values())) == 8


def test_ask_reports_every_answer_to_the_stage(tmp_path):
    counted, notes = [], set()

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            counted.append((title, total))
            yield self

        def advance(self, n=1, note=""):
            counted.append(n)
            notes.add(note)

    requests = requests_of(task(6), checkpoint(), 0)
    with RunFolder(tmp_path) as folder:
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, Watching(), "a", QUICK))
        assert counted[:2] == [("opening a", None), ("asking a", 6)]
        assert sum(counted[2:]) == 6
        counted.clear()
        asyncio.run(ask(ScriptedBackend(lambda request: "4"), requests, folder, Watching(), "a", QUICK))
    assert counted == [("asking a", 6), 6]
    assert notes == {"", "4 at once"}


def test_who_is_cancelled_leaves_when_what_is_on_its_way_to_disk_is_there(tmp_path):
    async def cut_short(folder):
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, time.sleep, 0.3)  # the only thread: what is to be written waits for it
        requests = requests_of(task(40), checkpoint(), 0)
        work = ask(ScriptedBackend(lambda request: "4"), requests, folder, silent_progress(), "a", QUICK)
        asking = asyncio.create_task(work)
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert busy.done()
        return len(folder.generations("sums"))

    with RunFolder(tmp_path) as folder:
        stored = asyncio.run(cut_short(folder))
    assert len(RunFolder(tmp_path).generations("sums")) == stored == 40


def test_whoever_waits_for_the_backend_hears_how_much_was_there_before(tmp_path):
    heard = []

    async def once_ready(num_stored):
        heard.append(num_stored)

    with RunFolder(tmp_path) as folder:
        for num in (5, 12, 12):
            requests = requests_of(task(num), checkpoint(), 0)
            backend = ScriptedBackend(lambda request: "4")
            asyncio.run(ask(backend, requests, folder, silent_progress(), "a", QUICK, once_ready=once_ready))
    assert heard == [0, 5]
