"""The gate's error rates on answers that a model really gave.

Run: pytest -m slow tests/sfteval/test_replays_measured.py. At most alpha + .01 false alarms, and a loss as large as the
margin passes in at most alpha of the replays, both but for Monte-Carlo error.
"""

import gzip
import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

REPLAYS = 2_000
ERROR = (0.05 * 0.95 / REPLAYS) ** 0.5


def replayed(*words):
    """Return by true loss which share of replays ended with each verdict."""
    words = ("aa", *words, "--simulate", REPLAYS, "--drops", "0.1", "--json")
    result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="sfteval")
    assert result.exit_code == 0, result.output
    rates = json.loads(result.output)["rates"]
    return {
        rate["drop"]: {name: found["share"] for name, found in rate.items() if isinstance(found, dict)}
        for rate in rates
    }


def assert_as_designed(rates):
    assert rates[0.0]["regress"] <= 0.05 + 0.01 + ERROR
    assert rates[0.05]["pass"] <= 0.05 + 3 * ERROR
    assert rates[0.1]["pass"] <= 0.01  # twice the margin
    assert rates[0.1]["regress"] > rates[0.0]["regress"]


@pytest.fixture(scope="module")
def sampled(starter, tmp_path_factory):
    """Eight answers at a temperature of .7 to each of the starter suite's deciding prompts."""
    folder = tmp_path_factory.mktemp("sampled")
    text = (ROOT / "suites" / "starter" / "suite.toml").read_text(encoding="utf-8")
    head, first, *_ = text.split("[[task]]\n")
    (folder / "suite" / "data").mkdir(parents=True)
    (folder / "suite" / "suite.toml").write_text(f"{head}[[task]]\n{first}", encoding="utf-8")
    shutil.copy(ROOT / "suites" / "starter" / "data" / "reasoning.jsonl", folder / "suite" / "data")
    words = ["--suite", "suite", "--samples", "8", "--set", "temperature=0.7"]
    command = [sys.executable, "-m", "sfteval", "run", str((starter.checkpoints / "no-think").absolute()), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (folder / "runs").iterdir()
    return run, folder / "suite"


@pytest.mark.parametrize("num_samples", [1, 4])
def test_eight_sampled_answers_of_a_starter_checkpoint_are_gated_as_designed(sampled, num_samples):
    run, suite = sampled
    rates = replayed(f"run:{run}", "--suite", suite, "--samples", num_samples)
    assert rates[0.0]["pass"] + rates[0.0]["inconclusive"] + rates[0.0]["regress"] == pytest.approx(1.0)
    assert_as_designed(rates)


def test_stored_answers_of_a_real_model_are_gated_as_designed(data_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SFTEVAL_DATA", str(data_folder))
    stored = gzip.decompress((data_folder / "ifeval" / "responses_gpt4_2023-11.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in stored.splitlines()]
    other = [row if place % 10 else row | {"response": "No."} for place, row in enumerate(rows)]
    for name, answers in (("real.jsonl", rows), ("other.jsonl", other)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in answers), encoding="utf-8")
    sides = [f"responses:{tmp_path / name}" for name in ("real.jsonl", "other.jsonl")]
    assert_as_designed(replayed(*sides, "--suite", "ifeval"))
