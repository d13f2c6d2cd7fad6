"""The whole way: two files of answers, a judge over HTTP, a lock, a gate."""

import gzip
import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.judge import Judge, lock_of, read_rubric, validate, write_lock
from sfteval.suites import load_suite
from sfteval.types import Preference
from tests.sfteval.backends.server_faults import no_fault
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


def test_a_judge_that_is_gone_ends_with_13_and_a_second_call_asks_only_what_is_owed(tmp_path, words, served):
    shared, lock = words
    served.script.fault = lambda body, number: "401" if number > 50 else None
    found = gated(tmp_path, [*shared, "--judge-lock", str(lock)], lambda place: 9)
    assert found.exit_code == 13, found.output
    assert "expected a judge that answers, got HTTP 401" in found.output
    served.script.fault = no_fault
    before = len(served.questions)
    found = gated(tmp_path, [*shared, "--judge-lock", str(lock)], lambda place: 9)
    assert found.exit_code == 0, found.output
    assert len(served.questions) - before <= 2 * NUM - 50


@pytest.mark.slow
def test_verdicts_that_cannot_be_read_make_a_gate_inconclusive_where_they_could_turn_it(tmp_path, words, served):
    shared, lock = words
    served.script.say = lambda body: (
        judges.fair(body) if "worth 9" in str(body) else '{"choice": "first"} {"choice": 1}'
    )
    found = gated(
        tmp_path, [*shared, "--judge-lock", str(lock), "--on-inconclusive", "fail"], lambda place: 9 if place % 2 else 1
    )
    assert found.exit_code == 11, found.output
    (told,) = results(tmp_path)["judge"]["tasks"]
    assert (told["num_no_verdict"], told["worst"], told["best"]) == (NUM // 2, 0.5, 1.0)
    assert "verdicts that the judge did not give could turn this metric" in found.output


@pytest.mark.slow
def test_answers_are_graded_and_compared_side_by_side_and_labels_are_heard_in_one_command(tmp_path, words, served):
    shared, _ = words
    served.script.say = lambda body: (judges.fair if "[begin first answer" in str(body) else judges.fair_points)(body)
    samples = load_suite("helpfulness").tasks[0].samples[:NUM]
    gold = tmp_path / "labels.jsonl"
    rows = [
        {"prompt": sample.messages[0].content, "label": "b" if place % 2 else "a",
         "a": f"For {sample.id}: this is worth 5.", "b": f"For {sample.id}: this is worth 9."}
        for place, sample in enumerate(samples[:20])
    ]  # fmt: skip
    gold.write_text("\n".join(map(json.dumps, rows)))
    more = ["--judge-gold", str(gold), "--judge-rubric", "helpfulness=helpfulness,helpfulness_points"]
    found = gated(tmp_path, [*shared, *more, "--judge-price", "1,1"], lambda place: 9)
    assert found.exit_code == 0, found.output
    told = results(tmp_path)
    (task,), (grades,) = told["judge"]["tasks"], told["judge"]["grades"]
    assert task["win_rate"]["value"] == 1.0
    assert task["num_labelled"] == 20
    assert task["prediction_powered"]["value"] == pytest.approx(0.5)  # the labels say what the judge does not see
    assert grades["grades"][0]["difference"] == pytest.approx(0.4)  # of the constraints nothing changes
    assert told["costs"]["judges"]["num_calls"] == 2 * NUM + 2 * NUM
    assert told["costs"]["judges"]["money"] > 0
    assert {row["metric"] for row in told["metrics"]} >= {"preference", "grade"}
    assert "because" not in json.dumps(told)
    with gzip.open(tmp_path / "report" / "samples.jsonl.gz", "rt") as lines:
        assert json.loads(next(lines))["judge"]["preferences"][0]["votes"][0]["reason"] == "because"
