"""A tiny judge that earned no vote is left out of the comparison, and one line says so; nothing is trained here."""

import json

import pytest

from sfteval.cli.quickstart import _judged_by
from sfteval.errors import DataError
from sfteval.judge import Judge, Lock, read_rubric
from sfttrain.starter.judging import gold_rows


class Heard:
    """A progress that remembers what was said."""

    def __init__(self):
        self.said = []

    def say(self, words):
        self.said.append(words)


@pytest.fixture
def words_after(tmp_path, monkeypatch):
    """Return the words by which a judge with a given lock, or a given error, is asked, and what was said."""
    rows = gold_rows(0, 10)
    (tmp_path / "judge-gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    judge = Judge("judge@0", read_rubric("starter_reference"))
    monkeypatch.setattr("sfteval.judge.opening.judge_named", lambda *_: (judge, None))

    def asked(found):
        async def heard(*_):
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr("sfteval.cli.judge.heard", heard)
        progress = Heard()
        return _judged_by(tmp_path / "judge", tmp_path, tmp_path / "runs", progress), progress.said

    return asked


def lock(standing, *reasons):
    share = {"count": 9, "num": 10, "value": 0.9, "low": 0.6, "high": 0.99}
    names = ("agreement", "sensitivity", "specificity", "swap_consistency", "repeat_consistency", "first_place")
    figures = {
        **dict.fromkeys((*names, "failures"), share),
        "kappa": {"value": 0.8, "low": 0.7, "high": 0.9, "num": 10},
    }
    return Lock("0" * 64, "judge@0", "0" * 64, standing, reasons, {**figures, "fooled": {}, "speechless": {},
                "length_slope": None})  # fmt: skip


def test_a_judge_that_is_found_wanting_is_not_asked(words_after):
    words, said = words_after(lock("advisory", "kappa may be as low as 0.31"))
    assert words == []
    (line,) = said
    assert line.endswith("judge did not earn its vote (kappa may be as low as 0.31): it is not asked about the answers")


def test_a_judge_without_any_verdict_is_not_asked(words_after):
    error = DataError("judge validation", expected="a verdict on at least one pair", got="none on 10", next_move="Look")
    words, said = words_after(error)
    assert words == []
    (line,) = said
    assert "did not earn its vote (expected a verdict on at least one pair, got none on 10)" in line


def test_a_judge_that_earned_its_lock_is_asked_about_reasoning(words_after, tmp_path):
    words, said = words_after(lock("trusted"))
    assert words == ["--judge", str(tmp_path / "judge"), "--judge-lock", str(tmp_path / "judge.lock"),
                     "--judge-rubric", "reasoning=starter_reference"]  # fmt: skip
    assert said == ["judge@0 is trusted: its votes count in a gate."]
    assert (tmp_path / "judge.lock").exists()
