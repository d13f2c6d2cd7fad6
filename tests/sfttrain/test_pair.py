"""A pair that was killed goes on with what is missing."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import CheckpointError
from sfteval.progress import silent_progress
from sfttrain import pair
from sfttrain.config import Recipe
from sfttrain.types import Arm


def count_trainings(monkeypatch: Any) -> list[Arm]:
    trained: list[Arm] = []
    train_arm = pair.train_arm

    def counting(material: Any, arm: Arm, *rest: Any) -> Any:
        trained.append(arm)
        return train_arm(material, arm, *rest)

    monkeypatch.setattr(pair, "train_arm", counting)
    return trained


def test_a_finished_arm_is_reused_and_a_missing_one_is_made(
    recipe: Recipe, other_seed: Recipe, tmp_path: Path, monkeypatch: Any
) -> None:
    trained = count_trainings(monkeypatch)
    first = pair.train_pair(recipe, tmp_path, silent_progress())
    weights = (tmp_path / "no-think" / "model.safetensors").read_bytes()
    shutil.rmtree(tmp_path / "no-think")
    again = pair.train_pair(recipe, tmp_path, silent_progress())
    assert trained == [Arm.THINK, Arm.NO_THINK, Arm.NO_THINK]
    assert (tmp_path / "no-think" / "model.safetensors").read_bytes() == weights
    assert again[Arm.THINK]["totals"] == first[Arm.THINK]["totals"]
    pair.train_pair(other_seed, tmp_path, silent_progress())
    assert trained[3:] == [Arm.THINK, Arm.NO_THINK]


@pytest.mark.slow
def test_arms_side_by_side_are_those_of_one_after_the_other(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    pair.train_pair(recipe, tmp_path / "in turn", silent_progress())
    monkeypatch.setattr(pair, "WORTH_A_PROCESS_STEPS", 0)
    trained = count_trainings(monkeypatch)
    pair.train_pair(recipe, tmp_path / "beside", silent_progress())
    assert trained == [Arm.THINK]
    for arm in pair.ARMS:
        weights = [(tmp_path / way / arm / "model.safetensors").read_bytes() for way in ("in turn", "beside")]
        assert weights[0] == weights[1]


@pytest.mark.slow
def test_an_error_beside_is_met_in_the_open(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(pair, "WORTH_A_PROCESS_STEPS", 0)
    (tmp_path / "no-think").mkdir()
    (tmp_path / "no-think" / "thesis.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="expected a new folder"):
        pair.train_pair(recipe, tmp_path, silent_progress())
    assert (tmp_path / "think" / "sft_run.json").is_file()


def test_ctrl_c_in_the_second_arm_keeps_the_first(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    train_arm = pair.train_arm

    def stopped(material: Any, arm: Arm, *rest: Any) -> Any:
        if arm is Arm.NO_THINK:
            monkeypatch.setattr("sfttrain.learn.take_step", interrupt)
        return train_arm(material, arm, *rest)

    def interrupt(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pair, "train_arm", stopped)
    with pytest.raises(KeyboardInterrupt):
        pair.train_pair(recipe, tmp_path / "lab", silent_progress())
    assert [path.name for path in (tmp_path / "lab").iterdir()] == ["think"]
