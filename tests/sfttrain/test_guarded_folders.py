"""What a run must never do to folders: take a torn base for whole, write over what is not its own, lose one."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError, StoreError
from sfteval.progress import silent_progress
from sfttrain import pair
from sfttrain.checkpoint import new_folder
from sfttrain.config import Recipe, SaveSettings
from sfttrain.model import load_model
from sfttrain.types import Arm

pytestmark = pytest.mark.slow  # trains


def train(recipe: Recipe, out: Path) -> dict[str, Any]:
    return pair.train_one(recipe, Arm.THINK, out, silent_progress())


@pytest.fixture
def own_base(toy_base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(toy_base, tmp_path / "own"))


def test_a_base_with_missing_tensors_is_refused_and_not_made_up(own_base: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(own_base / "model.safetensors")
    kept = {name: value for name, value in tensors.items() if "layers.1.mlp" not in name}
    save_file(kept, own_base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="3 tensors missing"):
        load_model(own_base, torch.device("cpu"))


def test_a_generation_config_that_transformers_dislikes_is_kept_and_costs_nothing(
    recipe: Recipe, own_base: Path, tmp_path: Path
) -> None:
    path = own_base / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "do_sample": False, "temperature": 0.6}))
    train(dataclasses.replace(recipe, base=str(own_base)), tmp_path / "out")
    saved = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert saved["temperature"] == 0.6
    assert saved["eos_token_id"]


def test_the_type_of_the_base_is_kept_under_either_of_its_names(recipe: Recipe, own_base: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    config = json.loads((own_base / "config.json").read_text())
    config.pop("dtype", None)
    (own_base / "config.json").write_text(json.dumps({**config, "torch_dtype": "bfloat16"}))
    train(dataclasses.replace(recipe, base=str(own_base)), tmp_path / "out")
    with safe_open(tmp_path / "out" / "model.safetensors", "pt") as weights:
        assert {weights.get_tensor(name).dtype for name in weights.keys()} == {torch.bfloat16}  # noqa: SIM118


def test_a_checkpoint_is_never_written_onto_its_base_or_around_it(recipe: Recipe, own_base: Path) -> None:
    for out in (own_base, own_base / "inside", own_base.parent):
        with pytest.raises(CheckpointError):
            train(dataclasses.replace(recipe, base=str(own_base)), out)
    assert (own_base / "model.safetensors").is_file()


def test_what_others_wrote_into_a_checkpoint_is_not_eaten(recipe: Recipe, other_seed: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "out")
    (tmp_path / "out" / "notes.md").write_text("mine")
    with pytest.raises(CheckpointError, match=r"notes\.md"):
        train(other_seed, tmp_path / "out")
    assert (tmp_path / "out" / "notes.md").read_text() == "mine"


def foreign_folder(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "notes.md").write_text("mine")


def foreign_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("mine")


def foreign_record(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "sft_run.json").write_text("{")


@pytest.mark.parametrize("number", ["000002", "000099"])
@pytest.mark.parametrize("foreign", [foreign_folder, foreign_file, foreign_record])
def test_what_others_wrote_beside_checkpoints_on_the_way_is_found_before_the_first_step(
    foreign: Callable[[Path], None], number: str, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign(tmp_path / "out.steps" / number)
    train(recipe, tmp_path / "out")  # that saves nothing there
    monkeypatch.setattr("sfttrain.train.prove", no_proof)
    with pytest.raises(CheckpointError, match=rf"out\.steps/{number}.*: expected "):
        train(dataclasses.replace(recipe, seed=1, save=SaveSettings(every_steps=2)), tmp_path / "out")
    assert (tmp_path / "out.steps" / number).exists()


def test_a_file_where_the_state_of_a_run_will_lie_is_found_before_the_first_step(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.steps").write_text("mine")
    monkeypatch.setattr("sfttrain.train.prove", no_proof)
    with pytest.raises(CheckpointError, match=r"out\.steps: expected a new folder, .* got something else: out\.steps"):
        train(recipe, tmp_path / "out")


def no_proof(*_: Any, **__: Any) -> Any:
    raise AssertionError("the run has begun")


def test_a_file_lost_from_a_finished_checkpoint_is_made_again(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "out")
    (tmp_path / "out" / "tokenizer.json").unlink()
    train(recipe, tmp_path / "out")
    assert (tmp_path / "out" / "tokenizer.json").is_file()


def test_a_second_writer_is_refused_and_the_first_one_ends_whole(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        with pytest.raises(StoreError, match="another process"), new_folder(tmp_path / "out"):
            pass
        (folder / "sft_run.json").write_text("{}")
    assert [path.name for path in tmp_path.joinpath("out").iterdir()] == ["sft_run.json"]


def test_what_a_killed_writer_left_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "model.safetensors").write_text("half")
    with new_folder(tmp_path / "out") as folder:
        assert list(folder.iterdir()) == []


def test_ctrl_c_between_the_two_renames_keeps_the_old_checkpoint(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sft_run.json").write_text('{"old": 1}')
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / "sft_run.json").read_text() == '{"old": 1}'


def test_the_record_names_no_place_of_this_machine(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "out")
    record = (tmp_path / "out" / "sft_run.json").read_text()
    assert str(tmp_path) not in record
    assert os.path.dirname(recipe.base) not in record


def test_weights_that_are_not_finite_are_never_saved(recipe: Recipe, tmp_path: Path) -> None:
    schedule = dataclasses.replace(recipe.schedule, steps=1, warmup_steps=0)
    optimizer = dataclasses.replace(recipe.optimizer, lr=1e38)
    with pytest.raises(ValueError, match="finite"):
        train(dataclasses.replace(recipe, schedule=schedule, optimizer=optimizer), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_both_arms_store_one_order_and_another_seed_another(recipe: Recipe, other_seed: Recipe, tmp_path: Path) -> None:
    runs = pair.train_pair(recipe, tmp_path / "a", silent_progress())
    other = pair.train_pair(other_seed, tmp_path / "b", silent_progress())
    assert runs[Arm.THINK]["order_sha256"] == runs[Arm.NO_THINK]["order_sha256"] != other[Arm.THINK]["order_sha256"]
