"""The whole way: two files of answers, a judge over HTTP, a lock, a gate."""

import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.judge import Judge, lock_of, read_rubric, validate, write_lock
from sfteval.suites import load_suite
from sfteval.types import Preference
from tests.sfteval.judge import judges

NUM = 60


def answers(path, worth):
    rows = [
        {"id": sample.id, "response": f"For {sample.id}: this is worth {worth(place)}."}
        for place, sample in enumerate(load_suite("helpfulness").tasks[0].samples[:NUM])
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return f"responses:{path}"


@pytest.fixture
def words(tmp_path, served):
    rules = tmp_path / "gate.toml"
    rules.write_text('[[task]]\nname = "helpfulness"\ngating = ["preference"]\nmargin = 0.1\n')
    lock = tmp_path / "judge.lock"
    pairs = judges.gold()
    judge = Judge("toy", read_rubric("helpfulness"))
    found = validate(pairs, [Preference(one.contest.id, "toy", one.winner) for one in pairs])
    write_lock(lock_of(found, identity=judge.identity("pairwise"), judge="toy", gold_sha256="0" * 64), lock)
    shared = ["--suite", "helpfulness", "--limit", str(NUM), "--judge", f"{served.url}#toy", "--comet", "off"]
    shared += ["--runs", str(tmp_path / "runs"), "-o", str(tmp_path / "report"), "--gate", str(rules)]
    return shared, lock


def gated(tmp_path, words, worth):
    a, b = answers(tmp_path / "a.jsonl", lambda place: 5), answers(tmp_path / "b.jsonl", worth)
    return CliRunner().invoke(cli, ["gate", a, b, *words])


def results(tmp_path):
    return json.loads((tmp_path / "report" / "results.json").read_text())


def test_a_locked_judge_decides_a_gate(tmp_path, words):
    shared, lock = words
    found = gated(tmp_path, [*shared, "--judge-lock", str(lock)], lambda place: 9 if place % 4 else 5)
    assert found.exit_code == 0, found.output
    (row,) = [row for row in results(tmp_path)["metrics"] if row["metric"] == "preference"]
    assert (row["verdict"], row["gating"], row["n"]) == ("pass", True, NUM)
    found = gated(tmp_path, [*shared, "--judge-lock", str(lock)], lambda place: 1 if place % 4 else 5)
    assert found.exit_code == 10, found.output


@pytest.mark.slow
def test_without_its_lock_a_judge_neither_passes_nor_fails_a_gate(tmp_path, words):
    shared, _ = words
    for worth in (9, 1):
        found = gated(tmp_path, [*shared, "--on-inconclusive", "fail"], lambda place, worth=worth: worth)
        assert found.exit_code == 11, found.output
        assert "preference decides nothing, toy is unlocked (it has no lock)" in found.output


def test_a_gate_that_waits_for_a_judge_is_refused_before_anybody_is_asked(tmp_path, words, served):
    shared, _ = words
    without = [word for word in shared if word != "--judge" and not word.startswith("http")]
    found = gated(tmp_path, without, lambda place: 9)
    assert found.exit_code == 2
    assert "expected a judge, for preference gates, got none" in found.output
    assert served.questions == []


def test_a_lock_without_a_judge_is_refused(tmp_path):
    found = gated(tmp_path, ["--suite", "helpfulness", "--judge-lock", "judge.lock"], lambda place: 9)
    assert found.exit_code == 2
    assert "--judge-lock: expected a judge beside it" in found.output
