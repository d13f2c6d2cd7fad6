"""Scoring: one answer at a time, each failure a zero, each error of transport missing data."""

import asyncio
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy
from sfteval.errors import DataError
from sfteval.generate import generate
from sfteval.progress import silent_progress
from sfteval.score import score, score_aside
from sfteval.store import RunFolder
from sfteval.types import Generation, Graded, Outcome
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task

ONE_BY_ONE = AskingPolicy(concurrency=1)


def said(n, text="4", finish="stop", **fields):
    return Generation("sums", f"s{n}", 0, f"q{n}", text, finish, **fields)


def scored(answers, folder, progress=None):
    with RunFolder(folder) as run:
        return score([task(len(answers))], {"sums": answers}, run, progress or silent_progress())[0]


def test_right_wrong_truncated_empty_and_missing_answers(tmp_path):
    answers = [said(0), said(1, "5"), said(2, "4", "length"), said(3, ""), said(4, "", "error", error="gone")]
    run = scored(answers, tmp_path)
    assert [(str(found.outcome), found.metrics["accuracy"]) for found in run.scores] == [
        ("ok", 1.0),
        ("ok", 0.0),
        ("truncated_answer", 0.0),
        ("empty", 0.0),
        ("error", None),
    ]
    assert run.scores[4].detail == {"error": "gone"}


def test_scores_are_those_on_disk(tmp_path):
    run = scored([said(0), said(1, "5")], tmp_path)
    assert tuple(run.scores) == tuple(RunFolder(tmp_path).scores("sums"))
    assert len((tmp_path / "scores" / "sums.jsonl").read_text().splitlines()) == 2


def test_readings_are_made_when_they_are_looked_at(tmp_path, monkeypatch):
    run = scored([said(0, "<think>\nhm\n</think>\n\n4"), said(1, "5", "length")], tmp_path)
    assert [reading.answer for reading in run.readings] == ["4", "5"]
    assert (run.readings[0].think, run.readings[-1].outcome) == ("hm", Outcome.TRUNCATED_ANSWER)
    monkeypatch.setattr("sfteval.score.read", lambda generation, **how: generation.sample_id)
    assert tuple(run.readings) == ("s0", "s1")


def test_answers_are_graded_one_at_a_time_and_not_held(tmp_path):
    alive, most = 0, 0

    class Watched:
        def __len__(self):
            return 50

        def __iter__(self):
            nonlocal alive, most
            for n in range(50):
                alive += 1
                most = max(most, alive)
                yield said(n)
                alive -= 1

    scored(Watched(), tmp_path)
    assert most == 1
    assert len(RunFolder(tmp_path).scores("sums")) == 50


def test_progress_hears_of_every_answer(tmp_path):
    heard = []

    class Watching:
        @contextmanager
        def stage(self, title, total=None):
            heard.append((title, total))
            yield self

        def advance(self, n=1, note=""):
            heard.append(n)

    scored([said(0), said(1)], tmp_path / "a-12", Watching())
    assert heard == [("scoring a-12", 2), 1, 1]


# -- beside the asking -------------------------------------------------------------------------------------------------


class Ponderous:
    """A scorer that takes its time over every answer, as one with a long text to read does."""

    metrics = ("accuracy",)

    def __init__(self, seconds):
        self.seconds, self.graded = seconds, 0

    def grade(self, sample, reading):
        ended = time.perf_counter() + self.seconds
        while time.perf_counter() < ended:
            pass  # computing, which gives way to others only now and then
        self.graded += 1
        return Graded({"accuracy": 1.0})


def test_while_one_side_is_scored_the_others_answers_go_on_arriving(tmp_path, monkeypatch):
    scorer, arrived = Ponderous(0.02), []
    monkeypatch.setattr("sfteval.score.build_scorer", lambda task: scorer)

    class Prompt(ScriptedBackend):
        async def answer(self, requests):
            await asyncio.sleep(0.01)
            arrived.append(scorer.graded)
            return await super().answer(requests)

    async def side(folder):
        backend = Prompt(lambda request: "4")
        return await generate(backend, checkpoint(), [task(10)], folder, silent_progress(), seed=0, policy=ONE_BY_ONE)

    async def both(a, b):
        graded = score_aside([task(40)], {"sums": [said(n) for n in range(40)]}, a, silent_progress())
        return await asyncio.gather(graded, side(b))

    with RunFolder(tmp_path / "a") as a, RunFolder(tmp_path / "b") as b:
        (run,), answers = asyncio.run(both(a, b))
    assert [score.metrics["accuracy"] for score in run.scores] == [1.0] * 40
    assert [answer.text for answer in answers["sums"]] == ["4"] * 10
    assert arrived[-1] < 40  # all had come before the last was graded
    assert len(set(arrived)) > 3  # and not in one heap


def test_who_is_cancelled_while_scoring_waits_for_one_answer_and_leaves_the_old_scores(tmp_path, monkeypatch):
    scored([said(0)], tmp_path)
    scorer = Ponderous(0.05)
    monkeypatch.setattr("sfteval.score.build_scorer", lambda task: scorer)

    async def cut_short(folder):
        answers = {"sums": [said(n) for n in range(1000)]}
        work = asyncio.create_task(score_aside([task(1000)], answers, folder, silent_progress()))
        while not scorer.graded:
            await asyncio.sleep(0.01)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return scorer.graded

    with RunFolder(tmp_path) as folder:
        graded = asyncio.run(cut_short(folder))
    assert graded == scorer.graded < 10
    assert [path.name for path in (tmp_path / "scores").iterdir()] == ["sums.jsonl"]
    assert [score.sample_id for score in RunFolder(tmp_path).scores("sums")] == ["s0"]


def test_two_sides_are_never_graded_at_the_same_time(tmp_path, monkeypatch):
    under_way, most = 0, 0

    class Crowded(Ponderous):
        def grade(self, sample, reading):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            graded = super().grade(sample, reading)
            under_way -= 1
            return graded

    monkeypatch.setattr("sfteval.score.build_scorer", lambda task: Crowded(0.002))

    async def both(*folders):
        answers = {"sums": [said(n) for n in range(20)]}
        await asyncio.gather(*(score_aside([task(20)], answers, one, silent_progress()) for one in folders))

    with RunFolder(tmp_path / "a") as a, RunFolder(tmp_path / "b") as b:
        asyncio.run(both(a, b))
    assert most == 1


def test_a_mistake_while_scoring_aside_is_said_as_anywhere(tmp_path):
    broken = replace(task(1), scorer="exakt")
    with RunFolder(tmp_path) as folder, pytest.raises(DataError, match='Did you mean "exact"'):
        asyncio.run(score_aside([broken], {"sums": [said(0)]}, folder, silent_progress()))


def test_every_answer_is_heeded_once(tmp_path):
    heard = []
    with RunFolder(tmp_path) as folder:
        score([task(3)], {"sums": [said(n) for n in range(3)]}, folder, silent_progress(), heed=heard.append)
    assert [answer.sample_id for answer in heard] == ["s0", "s1", "s2"]


def test_ctrl_c_while_scoring_waits_for_one_answer_and_not_for_all(tmp_path, monkeypatch):
    scorer = Ponderous(0.02)
    monkeypatch.setattr("sfteval.score.build_scorer", lambda task: scorer)

    def stop():
        raise KeyboardInterrupt

    async def interrupted(folder):
        asyncio.get_running_loop().call_later(0.1, stop)
        answers = {"sums": [said(n) for n in range(1000)]}
        await score_aside([task(1000)], answers, folder, silent_progress())

    with RunFolder(tmp_path) as folder, pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted(folder))
    assert scorer.graded < 100
    assert list((tmp_path / "scores").iterdir()) == []
