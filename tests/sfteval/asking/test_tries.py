"""Trying again: errors of transport a few times, a busy server for as long as it asks; hours pass in virtual time."""

import asyncio
import time

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.asking.virtual_time import run_virtually
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task


def broken(**load):
    return TransientError("server", expected="an answer", got="HTTP 503", next_move="Call again", **load)


class Moody(ScriptedBackend):
    """Raises what `mood(number of the call)` gives, and answers where that is None."""

    def __init__(self, mood):
        super().__init__(lambda request: "4")
        self.mood, self.calls, self.times = mood, 0, []

    async def answer(self, requests):
        self.calls += 1
        self.times.append(asyncio.get_running_loop().time())
        error = self.mood(self.calls)
        if error is not None:
            raise error
        return await super().answer(requests)


def asked(backend, folder, num=1, **policy):
    """Return the folder's answers and the virtual seconds that asking took."""
    requests = requests_of(task(num), checkpoint(), 0)
    with RunFolder(folder) as run:
        _, seconds = run_virtually(ask(backend, requests, run, silent_progress(), "a", AskingPolicy(**policy)))
    return RunFolder(folder).generations("sums"), seconds


def test_pauses_double_and_are_never_quite_the_same(tmp_path):
    backend = Moody(lambda call: broken() if call < 6 else None)
    answers, _ = asked(backend, tmp_path, num_tries=6)
    pauses = [after - before for before, after in zip(backend.times, backend.times[1:], strict=False)]
    assert len(answers) == 1
    assert all(0.5 * 2**n <= pause <= 1.5 * 2**n for n, pause in enumerate(pauses))
    assert len({pause / 2**n for n, pause in enumerate(pauses)}) == 5


def test_what_keeps_failing_is_an_error_after_so_many_tries(tmp_path):
    backend = Moody(lambda call: broken())
    answers, seconds = asked(backend, tmp_path, num_tries=3)
    assert (backend.calls, len(answers)) == (3, 0)
    assert 1.5 <= seconds <= 4.5
    (error,) = RunFolder(tmp_path).errors("sums").values()
    assert "got HTTP 503" in error.error


def test_being_refused_for_load_is_no_try_and_waits_as_long_as_the_server_asks(tmp_path):
    backend = Moody(lambda call: broken(is_load=True, retry_after_seconds=90.0) if call <= 5 else None)
    answers, seconds = asked(backend, tmp_path, num_tries=2)
    assert (backend.calls, len(answers)) == (6, 1)
    assert 450 <= seconds < 500


def test_a_server_that_only_refuses_ends_the_run_when_patience_does(tmp_path):
    backend = Moody(lambda call: broken(is_load=True))
    with pytest.raises(BackendError, match="expected one answer in 600 s, got HTTP 503"):
        asked(backend, tmp_path, num=30)
    assert 600 <= max(backend.times) < 700


def test_one_answer_to_anybody_renews_the_patience(tmp_path):
    # Every tenth call is answered: 200 questions take far longer than the patience, and nobody is given up.
    backend = Moody(lambda call: broken(is_load=True, retry_after_seconds=60.0) if call % 10 else None)
    answers, seconds = asked(backend, tmp_path, num=200)
    assert len(answers) == 200
    assert seconds > 1200


def test_a_refused_question_is_not_asked_again(tmp_path):
    refusal = RefusedError("server", expected="an answer", got="HTTP 400", next_move="Shorten the prompt")
    backend = Moody(lambda call: refusal if call == 1 else None)
    answers, seconds = asked(backend, tmp_path, num=3)
    assert (backend.calls, len(answers), seconds) == (3, 2, 0)


def test_a_storm_costs_no_answer(tmp_path):
    backend = Moody(lambda call: broken(is_load=True) if call <= 40 else None)
    answers, _ = asked(backend, tmp_path, num=100, num_tries=1)
    assert len(answers) == 100


def test_requests_that_run_out_of_time_lower_the_concurrency(tmp_path):
    late = broken()
    late.__cause__ = TimeoutError()
    notes = []

    class Watching:
        def stage(self, title, total=None):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            pass

        def advance(self, n=1, note=""):
            notes.append(note)

    backend = Moody(lambda call: late if call <= 4 else None)
    with RunFolder(tmp_path) as run:
        run_virtually(ask(backend, requests_of(task(4), checkpoint(), 0), run, Watching(), "a", AskingPolicy()))
    assert notes[-1] == "2 at once"


def test_a_crew_shrinks_with_the_concurrency(tmp_path):
    class Crowded(Moody):
        now, crowds = 0, ()

        async def answer(self, requests):
            self.now += 1
            self.crowds = (*self.crowds, self.now)
            await asyncio.sleep(1)
            self.now -= 1
            return await super().answer(requests)

    backend = Crowded(lambda call: broken(is_load=True) if call <= 4 else None)
    assert len(asked(backend, tmp_path, num=40)[0]) == 40
    assert (max(backend.crowds[:8]), max(backend.crowds[8:14])) == (4, 2)


def test_a_clock_that_is_set_changes_nothing(tmp_path, monkeypatch):
    jumps = iter(range(10**9, -(10**9), -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    backend = Moody(lambda call: broken(is_load=True, retry_after_seconds=10.0) if call % 2 else None)
    answers, seconds = asked(backend, tmp_path, num=8, budget_seconds=1000)
    assert (len(answers), backend.calls) == (8, 16)
    assert 10 <= seconds < 100
