"""Adapters that stand finished are merged where they stand, to the bytes that a run with `merge` would have written."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from sfteval.errors import CheckpointError
from sfteval.progress import silent_progress
from sfttrain.checkpoint import is_finished
from sfttrain.config import LoraSettings, Recipe
from sfttrain.lora import WEIGHTS_FILE, add_adapter, load_adapter
from sfttrain.model import load_model, training_device
from sfttrain.pair import ARMS, train_one, train_pair
from sfttrain.train import Launch
from sfttrain.types import Arm

pytestmark = pytest.mark.slow  # trains adapters


@pytest.fixture
def apart(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, lora=LoraSettings(rank=4))


@pytest.fixture
def whole(apart: Recipe) -> Recipe:
    return dataclasses.replace(apart, lora=dataclasses.replace(apart.lora, merge=True))


def train(recipe: Recipe, out: Path, *, comet: bool = False) -> dict[str, Any]:
    return train_one(recipe, Arm.THINK, out, silent_progress(), Launch(comet=comet))


def timeless(run: dict[str, Any]) -> dict[str, Any]:
    return run | {"files_sha256": None, "totals": run["totals"] | {"seconds": None}}


def record(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "sft_run.json").read_text())
    return told


def no_step(*_: Any, **__: Any) -> Any:
    raise AssertionError("a step was taken")


def test_finished_adapters_become_the_model_that_the_run_would_have_merged(
    apart: Recipe, whole: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(whole, tmp_path / "at once" / "out")
    learned = train(apart, tmp_path / "later" / "out")
    figures = (tmp_path / "later" / "out" / "metrics.jsonl").read_bytes()
    monkeypatch.setattr("sfttrain.learn.take_step", no_step)
    run = train(whole, tmp_path / "later" / "out")
    at_once, later = tmp_path / "at once" / "out", tmp_path / "later" / "out"
    assert sorted(path.name for path in later.iterdir()) == sorted(path.name for path in at_once.iterdir())
    assert (later / "model.safetensors").read_bytes() == (at_once / "model.safetensors").read_bytes()
    assert (later / "metrics.jsonl").read_bytes() == figures
    assert timeless(record(later)) == timeless(record(at_once))
    assert run["totals"] == learned["totals"]
    assert is_finished(later, run["identity"])


def test_both_arms_of_a_pair_are_merged_without_a_step(
    apart: Recipe, whole: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_pair(apart, tmp_path, silent_progress())
    monkeypatch.setattr("sfttrain.learn.take_step", no_step)
    monkeypatch.setattr("sfttrain.pair.WORTH_A_PROCESS_STEPS", 0)
    monkeypatch.setattr("sfttrain.pair._beside", no_step)
    train_pair(whole, tmp_path, silent_progress())
    for arm in ARMS:
        assert (tmp_path / arm / "model.safetensors").is_file()
        assert not (tmp_path / arm / "adapter_config.json").exists()


def test_what_else_belongs_to_the_run_stays_beside_the_merged_model(
    apart: Recipe, whole: Recipe, tmp_path: Path
) -> None:
    train(apart, tmp_path / "out", comet=True)
    (archive,) = (tmp_path / "out").glob("*.zip")
    before = archive.read_bytes()
    train(whole, tmp_path / "out")
    assert archive.read_bytes() == before


def test_adapters_of_another_recipe_are_not_merged_but_learned_anew(
    apart: Recipe, whole: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(apart, tmp_path / "out")
    monkeypatch.setattr("sfttrain.learn.take_step", no_step)
    with pytest.raises(AssertionError, match="a step was taken"):
        train(dataclasses.replace(whole, seed=1), tmp_path / "out")
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


def test_adapters_beside_other_modules_are_refused(apart: Recipe, tmp_path: Path) -> None:
    train(apart, tmp_path / "out")
    path = tmp_path / "out" / WEIGHTS_FILE
    weights = load_file(path)
    missing = sorted(weights)[0]
    save_file({name: one for name, one in weights.items() if name != missing}, path)
    model = add_adapter(load_model(Path(apart.base), training_device()), apart.lora, 0)
    with pytest.raises(CheckpointError, match=f"the adapters of this recipe, got others: {missing}"):
        load_adapter(model, tmp_path / "out")
