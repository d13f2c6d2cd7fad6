"""Graded again in other orders and processes. Run: pytest tests/sfteval/test_audit.py."""

import json
import random
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sfteval import audit as auditing
from sfteval.audit import audit
from sfteval.cli import cli
from sfteval.errors import DataError
from sfteval.progress import silent_progress
from sfteval.score import score
from sfteval.scorers import build_scorer
from sfteval.store import RunFolder
from sfteval.types import Generation, Graded, Message, Sample, Task, TaskRun

pytestmark = pytest.mark.slow  # grades in processes of their own

WORDS = {"id": "length_constraints:number_words", "kwargs": {"num_words": 2, "relation": "at least"}}
LANGUAGE = {"id": "language:response_language", "kwargs": {"language": "en"}}
TEXTS = ["the garden is quiet", "one", "", "12", "THE BIRDS AND THE TREES"]


def scored(folder, instructions=(WORDS, LANGUAGE)) -> TaskRun:
    """Five answers, one of them lost and one cut off, graded and written."""
    samples = tuple(
        Sample(f"s{n}", (Message("user", f"Say {n}."),), target={"instructions": list(instructions)}) for n in range(5)
    )
    task = Task("said", "constraints", samples, ("prompt_strict",))
    answers = [Generation("said", f"s{n}", 0, f"q{n}", text, "stop") for n, text in enumerate(TEXTS)]
    answers[4] = replace(answers[4], finish_reason="length")  # its metrics are written as zeros
    answers[3] = replace(answers[3], finish_reason="error", error="gone")
    with RunFolder(folder) as run:
        return score([task], {"said": answers}, run, silent_progress())[0]


def test_a_pure_scorer_grades_every_answer_that_there_is_five_times_alike(tmp_path):
    assert audit([scored(tmp_path)], silent_progress()) == 20  # four answers, three orders and two processes


class Moody:
    """Grades by the number of answers that it has seen."""

    metrics = ("prompt_strict",)

    def __init__(self) -> None:
        self.seen = 0

    def grade(self, sample, reading):
        self.seen += 1
        return Graded({"prompt_strict": 1.0}, {"seen": self.seen})


def test_a_grade_that_depends_on_the_order_is_an_error_that_names_the_answer(tmp_path, monkeypatch):
    run = scored(tmp_path)
    moody = Moody()
    told = [
        replace(found, metrics={"prompt_strict": 1.0}, detail=moody.grade(None, None).detail) for found in run.scores
    ]
    monkeypatch.setattr(auditing, "build_scorer", lambda task: Moody())
    monkeypatch.setattr(auditing, "_in_processes", lambda run, seed: iter(()))
    with pytest.raises(DataError) as error:
        audit([replace(run, scores=told)], silent_progress())
    assert str(error.value).startswith(
        "sfteval score --audit: expected the same grade for the same text every time, got "
    )
    assert 'said "s4" answer 0 ' in str(error.value)
    assert error.value.exit_code == 2


def test_a_score_that_was_written_differently_is_found_in_every_order_and_process(tmp_path):
    run = scored(tmp_path)
    scores = list(run.scores)
    scores[1] = replace(scores[1], metrics={**scores[1].metrics, "prompt_loose": 1.0})
    with pytest.raises(DataError) as error:
        audit([replace(run, scores=scores)], silent_progress())
    assert "got 5 of 20 gradings that differ" in str(error.value)


def test_every_constraint_scorer_is_stable_over_processes_with_other_hashes(tmp_path):
    """Sets and dictionaries of texts come in another order in each process."""
    keywords = {"id": "keywords:existence", "kwargs": {"keywords": ["b", "a", "c", "garden"]}}
    run = scored(tmp_path, (WORDS, keywords, LANGUAGE))
    assert audit([run], silent_progress(), seed=random.Random(0).randrange(100)) == 20


def test_score_audit_says_how_many_gradings_agreed(tmp_path):
    suite = tmp_path / "suite"
    suite.mkdir()
    rows = [{"id": f"s{n}", "prompt": f"Say {n}.", "target": {"instructions": [WORDS, LANGUAGE]}} for n in range(5)]
    (suite / "said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (suite / "suite.toml").write_text(
        '[suite]\nname = "s"\n[[task]]\nname = "said"\nscorer = "constraints"\ndata = "said.jsonl"\n'
    )
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"id": f"s{n}", "response": text}) + "\n" for n, text in enumerate(TEXTS)))
    words = ["score", "said", "--responses", answers, "--suite", suite, "-o", tmp_path / "out", "--audit"]
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "audited: 25 gradings, each as the first" in result.output


def test_a_scorer_is_built_anew_for_every_order(tmp_path, monkeypatch):
    run = scored(tmp_path)
    built = []
    monkeypatch.setattr(auditing, "build_scorer", lambda task: built.append(task) or build_scorer(task))
    monkeypatch.setattr(auditing, "_in_processes", lambda run, seed: iter(()))
    audit([run], silent_progress())
    assert len(built) == 3
