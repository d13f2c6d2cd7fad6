import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.judge import read_lock
from tests.sfteval.judge import judges


@pytest.fixture
def gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    labels = {"baseline": "a", "candidate": "b", "tie": "tie"}
    rows = [
        {
            "id": pair.contest.id,
            "prompt": pair.contest.messages[0].content,
            "a": pair.contest.baseline,
            "b": pair.contest.candidate,
            "label": labels[pair.winner],
            "kind": pair.kind,
        }
        for pair in judges.gold(45)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.slow
def test_a_judge_is_validated_and_locked_from_the_command_line(served, gold, tmp_path):
    words = ["judge", "validate", str(gold), "--judge", f"{served.url}#toy", "-o", str(tmp_path / "judge.lock")]
    words += ["--runs", str(tmp_path / "runs")]
    first = CliRunner().invoke(cli, words)
    assert first.exit_code == 0, first.output
    assert "toy is trusted: its votes count in a gate." in first.output
    assert "kappa" in first.output
    asked = len(served.questions)
    locked = (tmp_path / "judge.lock").read_bytes()
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert len(served.questions) == asked  # nothing is paid for twice
    assert (tmp_path / "judge.lock").read_bytes() == locked
    assert read_lock(tmp_path / "judge.lock").standing == "trusted"


def test_a_dry_run_asks_nobody_and_writes_nothing(served, gold, tmp_path):
    words = ["judge", "validate", str(gold), "--judge", f"{served.url}#toy", "-o", str(tmp_path / "judge.lock")]
    found = CliRunner().invoke(cli, [*words, "--dry-run", "--price", "1,2"])
    assert found.exit_code == 0, found.output
    assert "450 calls" in found.output
    assert "at most about" in found.output
    assert served.questions == []
    assert not (tmp_path / "judge.lock").exists()


def test_answers_that_exist_already_cannot_judge(gold):
    found = CliRunner().invoke(cli, ["judge", "validate", str(gold), "--judge", f"responses:{gold}"])
    assert found.exit_code == 2
    assert "expected a checkpoint or an address that can be asked" in found.output


def test_without_a_file_the_shipped_pairs_are_taken(served):
    found = CliRunner().invoke(cli, ["judge", "validate", "--judge", f"{served.url}#toy", "--dry-run"])
    assert found.exit_code == 0, found.output
    assert "840 calls" in found.output  # 240 pairs, 40 again, 40 answers in three copies: both orders; 40 twice: one
