"""The tracked record of a run: every figure, no row, no row's id, and no place of a file."""

import itertools
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sfteval.progress import silent_progress, terminal_progress
from sfteval.report.comet_records import PROJECT
from sfttrain.checkpoint import is_finished
from sfttrain.config import Recipe
from sfttrain.pair import train_one
from sfttrain.record import MAX_POINTS, comet_experiment, write_record
from sfttrain.telemetry import read_lines
from sfttrain.train import Launch
from sfttrain.types import Arm
from tests.sfteval.tracking.archives import everything, guard, read
from tests.sfteval.tracking.fake_comet import fake_comet
from tests.sfttrain.command_line import RECIPE, invoke

LINES: list[dict[str, Any]] = [
    {
        "step": 0,
        "loss": 2.0,
        "lr": 1e-5,
        "grad_norm": 1.0,
        "spike": False,
        "tokens_per_second": 10.0,
        "loss_first": 4.0,
    },
    {
        "step": 1,
        "loss": 1.0,
        "lr": 2e-5,
        "grad_norm": 9.0,
        "spike": True,
        "tokens_per_second": 20.0,
        "loss_first": None,
    },
    {"step": 2, "held_out": {"loss": 1.5, "think_loss": None, "num_rows": 3}},
]
RUN: dict[str, Any] = {
    "schema_version": 1,
    "identity": "sha256:0123456789abcdef",
    "arm": "think",
    "recipe": {
        "base": "../../secret-lab/base",
        "seed": 7,
        "data": {
            "path": "/home/ada/rows.jsonl",
            "sources": [{"path": "hf:org/name", "weight": 1.0}, {"path": r"C:\x\y"}],
        },
    },
    "base": {"path": "../../secret-lab/base", "fingerprint": "sha256:aa"},
    "data": {
        "path": "../rows.jsonl",
        "sha256": "bb",
        "rows_read": 9,
        "rows_dropped": {"what Ada said": 2, "empty": 1},
        "train": ["row-of-ada", "row-2"],
        "held_out": ["row-3"],
    },
    "counts": {"think": {"tokens": 100}, "no-think": {"tokens": 50}},
    "totals": {"steps": 2, "final_loss": 1.0},
}


def test_every_figure_is_a_series_and_an_absent_one_is_none() -> None:
    record = comet_experiment(RUN, LINES).as_json()
    assert record["series"] == {
        "train/loss": [(0, 2.0), (1, 1.0)],
        "train/lr": [(0, 1e-5), (1, 2e-5)],
        "train/grad_norm": [(0, 1.0), (1, 9.0)],
        "train/tokens_per_second": [(0, 10.0), (1, 20.0)],
        "train/loss_first": [(0, 4.0)],
        "held_out/loss": [(2, 1.5)],
        "held_out/num_rows": [(2, 3.0)],
    }
    assert record["metrics"] == {"total/steps": 2.0, "total/final_loss": 1.0, "train/num_spikes": 1.0}


def test_it_stands_in_the_project_of_the_evaluations_and_is_tagged_as_they_are() -> None:
    experiment = comet_experiment(RUN, LINES)
    assert experiment.project == PROJECT
    assert experiment.name == "sfttrain think@01234567"
    assert experiment.tags == ("sfttrain", "role:training", "variant:think", "schema:1")


def test_settings_go_along_without_places_rows_or_reasons_that_quote_them() -> None:
    record = comet_experiment(RUN, LINES).as_json()
    assert record["parameters"] == {
        "recipe": {
            "base": "base",
            "seed": 7,
            "data": {"path": "rows.jsonl", "sources": [{"path": "hf:org/name", "weight": 1.0}, {"path": "y"}]},
        },
        "arm": "think",
        "data": {"sha256": "bb", "rows_read": 9, "rows_dropped": 3, "rows_train": 2, "rows_held_out": 1},
        "base_fingerprint": "sha256:aa",
        "counts": {"tokens": 100},
    }
    told = json.dumps(record).lower()
    assert not [word for word in ("ada", "secret-lab", "home", "row-2", "row-3") if word in told]


def test_a_long_series_is_thinned_and_keeps_its_last_point() -> None:
    lines = [{"step": step, "loss": 1.0} for step in range(10 * MAX_POINTS + 3)]
    points = comet_experiment(RUN, lines).series["train/loss"]
    assert len(points) <= MAX_POINTS
    assert points[-1][0] == lines[-1]["step"]
    assert {later[0] - earlier[0] for earlier, later in itertools.pairwise(points)} == {11}


def test_a_run_that_says_nothing_is_still_a_record() -> None:
    assert comet_experiment({}, []).as_json()["name"] == "sfttrain run@unknown"


@pytest.mark.slow
def test_a_real_run_leaves_an_archive_without_its_rows(recipe: Recipe, toy_rows: Path, tmp_path: Path) -> None:
    run = train_one(recipe, Arm.THINK, tmp_path / "out", silent_progress())
    archive = write_record(run, read_lines(tmp_path / "out" / "metrics.jsonl"), tmp_path / "out")
    assert archive.parent == tmp_path / "out" / "comet"
    with zipfile.ZipFile(archive) as opened:
        held = "".join(opened.read(name).decode("utf-8", "replace") for name in opened.namelist())
    assert "train/grad_norm" in held
    assert str(tmp_path) not in held
    assert str(toy_rows.parent.name) not in held
    for text in ("Weather in", "the tool says so", "repeat it", "row-1"):
        assert text not in held


@pytest.mark.slow
def test_a_pair_leaves_one_archive_an_arm_with_its_curves_and_no_connection_is_tried(
    toy_base: Path, toy_rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = guard(tmp_path / "guard")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "guard"))
    monkeypatch.setenv("COMET_API_KEY", "Ab3dEf6hIj9lMn2pQr5tUv8xY")
    recipe = tmp_path / "recipe.toml"
    head = f"base = {str(toy_base)!r}\n[data]\npath = {str(toy_rows)!r}\nheld_out_share = 0.2\n"
    recipe.write_text(f"{head}[evaluate]\nevery_steps = 1\n{RECIPE}")
    done = invoke("pair", recipe, "-o", tmp_path / "lab", "--comet")
    assert done.exit_code == 0, done.output
    assert not connections.exists()
    archives = {arm: next((tmp_path / "lab" / arm).glob("*.zip")) for arm in ("think", "no-think")}
    for arm, archive in archives.items():
        said = f"comet: 1 archive in {tmp_path / 'lab' / arm}; upload with: comet upload {archive}"
        assert "".join(said.split()) in "".join(done.stderr.split()), "however wide the terminal is"
    found = {arm: read(archive) for arm, archive in archives.items()}
    for arm, held in found.items():
        assert held["others"]["Name"].startswith(f"sfttrain {arm}@")
        assert held["experiment"]["project_name"] == PROJECT
        assert sorted(held["experiment"]["tags"]) == ["role:training", "schema:1", "sfttrain", f"variant:{arm}"]
        assert {"train/loss", "train/lr", "train/grad_norm", "held_out/loss", "total/steps"} <= set(names(held))
        assert [step for name, step, _ in held["metrics"] if name == "train/loss"] == [0, 1]
        assert held["parameters"]["recipe|data|path"] == toy_rows.name
        assert (held["files"], held["html"]) == ({}, [])
        for leak in (str(tmp_path), str(toy_base.parent), "Ab3dEf6hIj9lMn2pQr5tUv8xY", "Weather in", "row-1"):
            assert leak not in everything(archives[arm])
    shared = [{name for name in names(held) if name.startswith(("train/", "total/"))} for held in found.values()]
    assert shared[0] == shared[1]


def names(held: dict[str, Any]) -> list[str]:
    return [name for name, *_ in held["metrics"]]


@pytest.mark.slow
def test_a_checkpoint_is_not_lost_to_a_comet_that_crashes(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_comet(tmp_path / "fake", "crashes")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    run = train_one(recipe, Arm.THINK, tmp_path / "out", terminal_progress(), Launch(comet=True))
    assert is_finished(tmp_path / "out", run["identity"])
    assert not list((tmp_path / "out").glob("*.zip"))
    assert not (tmp_path / "out" / "comet").exists()
    assert "no Comet archive was written: " in capsys.readouterr().err
