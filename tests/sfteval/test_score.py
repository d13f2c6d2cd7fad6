"""Scoring: one answer at a time, each failure a zero, each error of transport missing data."""

from contextlib import contextmanager

from sfteval.progress import silent_progress
from sfteval.score import score
from sfteval.store import RunFolder
from sfteval.types import Generation, Outcome
from tests.sfteval.scripted import task


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
    monkeypatch.setattr("sfteval.score.read", lambda generation, think_end_id: generation.sample_id)
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
