"""`--comet` as a user meets it: off, offline or auto; and whatever Comet does, the command ends as it would have."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sfteval.cli import cli
from sfteval.tracking import comet
from tests.sfteval.tracking.archives import guard, read
from tests.sfteval.tracking.fake_comet import fake_comet

SUITE = """
[suite]
name = "mine"
version = "1"
[[task]]
name = "sums"
scorer = "exact"
data = "rows.jsonl"
metrics = ["accuracy"]
gating = ["accuracy"]
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a suite of sums, answers that are right and answers that are not, and a comet that works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMET_API_KEY", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    fake_comet(tmp_path / "fake")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "suite.toml").write_text(SUITE)
    rows = [{"id": f"q{number}", "prompt": f"{number} + 1?", "target": str(number + 1)} for number in range(40)]
    (tmp_path / "mine" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name, more in (("right", 1), ("wrong", 2)):
        said = [{"id": f"q{number}", "response": str(number + more)} for number in range(40)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    return tmp_path


def called(command: str, *words: str) -> Result:
    sides = ("responses:right.jsonl", "responses:wrong.jsonl")
    return CliRunner().invoke(cli, [command, *sides, "--suite", "mine", "-o", "r", *words], prog_name="sfteval")


def test_without_a_key_three_archives_are_kept_and_the_command_is_told(world: Path) -> None:
    done = called("compare")
    assert done.exit_code == 0, done.output
    archives = sorted(Path("r/comet").iterdir())
    assert f"comet:   3 archives in r/comet; upload with: comet upload {' '.join(map(str, archives))}" in done.output
    a, b, difference = (read(archive) for archive in archives)
    assert [name for name, *_ in a["metrics"]] == [name for name, *_ in b["metrics"]]
    assert ("sums/accuracy", None, 1.0) in a["metrics"]
    assert ("sums/accuracy", None, 0.0) in b["metrics"]
    assert ("delta/sums/accuracy", None, -1.0) in difference["metrics"]
    assert difference["others"]["verdict"] == "regress"
    assert set(difference["files"]) == {"metrics.csv", "probes.csv", "report.html", "report.md", "results.json"}
    assert str(world) not in json.dumps([held["parameters"] for held in (a, b, difference)])


def test_off_leaves_nothing(world: Path) -> None:
    done = called("compare", "--comet", "off")
    assert "comet" not in done.output
    assert not Path("r/comet").exists()


@pytest.mark.parametrize("how", ["crashes", "tears", "hangs"])
def test_the_gate_ends_with_its_verdict_whatever_comet_does(
    how: str, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_comet(world / "fake", how)
    monkeypatch.setattr(comet, "WRITE_TIMEOUT_SECONDS", 0.3)
    done = called("gate")
    assert done.exit_code == 10, done.output
    assert "comet:   no archive was written: " in done.output
    assert Path("r/report.html").exists()
    assert not list(Path("r").rglob("*.zip"))


def test_even_a_mistake_of_ours_on_the_way_to_comet_ends_nothing(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfteval.report.comet_records.experiments", lambda *_: 1 / 0)
    done = called("gate")
    assert done.exit_code == 10, done.output
    assert "comet:   no archive was written: division by zero" in done.output


@pytest.mark.parametrize(
    ("code", "said"),
    [("exit 0", "r/comet, uploaded"), ("exit 7", "r/comet, not uploaded (comet gave no reason); upload with:")],
)
def test_with_a_key_archives_are_sent_and_the_verdict_stays(
    code: str, said: str, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "bin").mkdir()
    (world / "bin" / "comet").write_text(f"#!/bin/sh\n{code}\n")
    (world / "bin" / "comet").chmod(0o755)
    (world / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(world / "bin" / "python"))
    monkeypatch.setenv("COMET_API_KEY", "Ab3dEf6hIj9lMn2pQr5tUv8xY")
    done = called("gate")
    assert done.exit_code == 10, done.output
    assert said in done.output
    assert len(list(Path("r/comet").glob("*.zip"))) == 3


@pytest.mark.slow
def test_offline_with_a_key_and_real_comet_no_connection_is_tried(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (world / "fake" / "comet_ml.py").unlink()
    connections = guard(world / "fake")
    monkeypatch.setenv("COMET_API_KEY", "Ab3dEf6hIj9lMn2pQr5tUv8xY")
    assert called("gate", "--comet", "offline").exit_code == 10
    assert not connections.exists()
    assert [read(archive)["others"]["role"] for archive in sorted(Path("r/comet").iterdir())] == [
        "baseline", "candidate", "comparison",
    ]  # fmt: skip
