"""Agent tasks on the whole way: asked of a toy checkpoint, stored, asked no second time, compared without a model."""

import asyncio
import json
import shutil

import pytest
from click.testing import CliRunner

from sfteval.cli import main
from sfteval.errors import ConfigurationError
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint, score_responses
from sfteval.progress import silent_progress
from sfteval.report import write_report
from sfteval.store import RunFolder
from sfteval.suites.agent.write import rows
from sfteval.suites.made import lines
from tests.toys import toy_checkpoint

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

LOAD = "sfteval.backends.transformers.backend.load_model"
TOML = """\
[suite]
name = "small"
version = "1.0.0"
license = "Apache-2.0"
about = "Three errands."
[[task]]
name = "errands"
scorer = "agent"
data = "errands.jsonl"
metrics = ["success", "state_match", "answer_match"]
gating = ["success"]
samples = 2
sampling = { temperature = 0.7, top_p = 1.0, max_tokens = 8 }
[task.options]
max_turns = 2
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two toy checkpoints, a suite of three errands, and a run of each."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "suite").mkdir()
    (folder / "suite" / "suite.toml").write_text(TOML)
    (folder / "suite" / "errands.jsonl").write_text(lines(rows("errands")[2:5]))
    runs = {}
    for seed, name in enumerate(("old", "new")):
        toy_checkpoint(folder / name, seed)
        runs[name] = ran(folder, str(folder / name), folder / "runs")
    return folder, runs


def ran(folder, checkpoint, runs):
    plan = RunPlan(suites=(str(folder / "suite"),), runs=runs)
    return asyncio.run(run_checkpoint(checkpoint, plan, {}, silent_progress()))


def test_a_model_of_noise_ends_every_conversation_in_a_clear_outcome(world):
    _, runs = world
    trajectories = list(RunFolder(runs["old"].folder).trajectories("errands"))
    assert len(trajectories) == 6
    assert {trajectory.end for trajectory in trajectories} <= {"final", "max_turns", "malformed", "truncated", "empty"}
    scores = list(runs["old"].tasks[0].scores)
    assert [score.metrics["success"] for score in scores] == [0.0] * 6
    assert all(score.detail["failure_code"] for score in scores)


def test_the_second_run_asks_nothing_and_loads_nothing(world, monkeypatch):
    folder, runs = world
    before = (runs["old"].folder / "trajectories" / "errands.jsonl").read_bytes()
    monkeypatch.setattr(LOAD, lambda checkpoint: pytest.fail("loaded"))
    again = ran(folder, str(folder / "old"), folder / "runs")
    assert list(again.tasks[0].scores) == list(runs["old"].tasks[0].scores)
    assert (again.folder / "trajectories" / "errands.jsonl").read_bytes() == before


def test_a_stored_run_is_scored_and_compared_without_a_model(world, tmp_path, monkeypatch):
    folder, runs = world
    monkeypatch.setattr(LOAD, lambda checkpoint: pytest.fail("loaded"))
    plan = RunPlan(suites=(str(folder / "suite"),), runs=tmp_path / "runs")
    sides = [f"run:{runs[name].folder}" for name in ("old", "new")]
    comparison = asyncio.run(compare_checkpoints(ComparePlan(*sides, plan), silent_progress()))
    assert [(metric.metric, metric.n) for metric in comparison.metrics] == [
        ("success", 3), ("state_match", 3), ("answer_match", 3)
    ]  # fmt: skip
    assert comparison.costs["baseline"]["num_answers"] == 6
    assert not [warning for warning in comparison.warnings if "missing" in warning or "answered" in warning]
    write_report(comparison, tmp_path / "report")
    stored = [json.loads(line) for line in (runs["old"].folder / "scores" / "errands.jsonl").read_text().splitlines()]
    (copy,) = (path for path in (tmp_path / "runs").glob("*/scores/errands.jsonl") if "old" in str(path))
    assert [json.loads(line) for line in copy.read_text().splitlines()] == stored


def test_a_run_cut_at_any_line_and_resumed_equals_an_uninterrupted_one(world, tmp_path):
    folder, runs = world
    shutil.copytree(runs["new"].folder, tmp_path / "runs" / runs["new"].folder.name)
    (file,) = tmp_path.glob("runs/*/generations/errands.jsonl")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    again = ran(folder, str(folder / "new"), tmp_path / "runs")
    assert list(again.tasks[0].scores) == list(runs["new"].tasks[0].scores)
    written = [run.folder / "trajectories" / "errands.jsonl" for run in (again, runs["new"])]
    assert written[0].read_bytes() == written[1].read_bytes()


def test_run_prints_how_many_items_several_tries_all_pass(world):
    folder, _ = world
    told = CliRunner().invoke(
        main, ["run", str(folder / "old"), "--suite", str(folder / "suite"), "--runs", str(folder / "runs")]
    )
    assert told.exit_code == 0, told.output
    line = next(line for line in told.output.splitlines() if "pass^2" in line)
    assert line.split() == ["errands", "pass^2", "0.000", "n", "=", "3"]


def test_answers_made_elsewhere_are_no_conversations(world, tmp_path):
    folder, _ = world
    (tmp_path / "a.jsonl").write_text('{"id": "errands-003", "response": "done"}\n')
    with pytest.raises(ConfigurationError) as error:
        asyncio.run(
            score_responses(
                "errands", tmp_path / "a.jsonl", tmp_path / "out", (str(folder / "suite"),), silent_progress()
            )
        )
    assert 'run:DIR, for the agent task "errands", got answers made elsewhere' in str(error.value)


@pytest.mark.slow
def test_the_shipped_suite_can_be_asked_of_a_model_of_noise(world, tmp_path):
    folder, _ = world
    plan = RunPlan(suites=("agent",), runs=tmp_path / "runs", limit=3)
    run = asyncio.run(run_checkpoint(str(folder / "old"), plan, {"max_tokens": 8}, silent_progress()))
    assert [len(task.scores) for task in run.tasks] == [3, 3]
    assert {score.metrics["success"] for task in run.tasks for score in task.scores} == {0.0}
