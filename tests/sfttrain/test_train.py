"""Training end to end on a toy: deterministic, recorded, loadable elsewhere."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.chat import ChatFormat
from sfteval.errors import ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.config import OptimizerSettings, Recipe, ScheduleSettings
from sfttrain.course import count_steps
from sfttrain.pair import train_one, train_pair
from sfttrain.prepare import prepare
from sfttrain.types import Arm
from tests.toys import WEATHER, user


def figures(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [
        {key: value for key, value in line.items() if key not in ("tokens_per_second", "seconds")} for line in lines
    ]


def run_file(folder: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads((folder / "sft_run.json").read_text())
    return run


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, toy_base: Path, toy_rows: Path) -> Path:
    from sfttrain.config import BatchSettings, DataSettings

    recipe = Recipe(
        base=str(toy_base),
        data=DataSettings(path=str(toy_rows), held_out_share=0.2),
        batch=BatchSettings(step_tokens=600, max_tokens=400),
        optimizer=OptimizerSettings(name="muon", lr=0.02),
        schedule=ScheduleSettings(epochs=2, warmup_steps=2),
    )
    out = tmp_path_factory.mktemp("lab")
    train_pair(recipe, out, silent_progress())
    return out


def test_the_same_seed_gives_the_same_run_to_the_bit_and_another_seed_another(
    recipe: Recipe, other_seed: Recipe, tmp_path: Path
) -> None:
    for name, chosen in (("a", recipe), ("b", recipe), ("c", other_seed)):
        train_one(chosen, Arm.THINK, tmp_path / name, silent_progress())
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    assert figures(tmp_path / "a") == figures(tmp_path / "b") != figures(tmp_path / "c")
    assert weights[0] == weights[1] != weights[2]
    assert [line["step"] for line in figures(tmp_path / "a") if "loss" in line] == [0, 1, 2, 3]


def test_training_lowers_the_loss(recipe: Recipe, tmp_path: Path) -> None:
    longer = dataclasses.replace(recipe, schedule=ScheduleSettings(steps=25, warmup_steps=1))
    train_one(longer, Arm.NO_THINK, tmp_path / "out", silent_progress())
    losses = [line["loss"] for line in figures(tmp_path / "out") if "loss" in line]
    assert losses[-1] < 0.7 * losses[0]


def test_a_diverging_run_stops_with_its_cure(recipe: Recipe, tmp_path: Path) -> None:
    wild = dataclasses.replace(recipe, optimizer=OptimizerSettings(lr=1e30))
    with pytest.raises(ConfigurationError, match="expected finite losses and gradients"):
        train_one(wild, Arm.THINK, tmp_path / "out", silent_progress())
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_both_arms_take_the_same_steps_over_the_same_rows(lab: Path) -> None:
    think, no_think = run_file(lab / "think"), run_file(lab / "no-think")
    assert think["data"] == no_think["data"]
    assert think["counts"] == no_think["counts"]
    assert (
        think["totals"]["steps"]
        == no_think["totals"]["steps"]
        == sum("loss" in line for line in figures(lab / "think"))
    )
    for run in (think, no_think):
        assert run["totals"]["supervised_tokens"] == 2 * run["counts"][run["arm"]]["supervised_tokens"]
    assert (len(think["proofs"]), len(no_think["proofs"])) == (11, 12)
    assert think["template_kwargs"] == {"enable_thinking": True}
    assert no_think["template_kwargs"] == {"enable_thinking": False}
    assert think["identity"] != no_think["identity"]


def test_paths_are_relative_and_the_splits_are_named_by_row(lab: Path, toy_rows: Path) -> None:
    data = run_file(lab / "think")["data"]
    assert (lab / "think" / data["path"]).resolve() == toy_rows
    assert len(data["train"]) + len(data["held_out"]) == 24
    assert len(data["held_out"]) > 0


@pytest.mark.parametrize("arm", ["think", "no-think"])
def test_a_saved_checkpoint_loads_elsewhere_and_renders_the_same(lab: Path, arm: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(lab / arm), AutoTokenizer.from_pretrained(lab / arm)
    assert model.config.use_cache
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") in model.generation_config.eos_token_id
    kwargs = run_file(lab / arm)["template_kwargs"]
    ours = ChatFormat.from_folder(lab / arm).prompt([user("2+2?")], [WEATHER], kwargs).token_ids
    theirs = tokenizer.apply_chat_template(
        [user("2+2?").as_dict()], tools=[WEATHER], add_generation_prompt=True, return_dict=False, **kwargs
    )
    assert list(ours) == theirs
    said = model.generate(torch.tensor([theirs]), max_new_tokens=3, do_sample=False)
    assert said.shape[1] > len(theirs)


def test_the_number_of_steps_is_that_of_the_epochs_or_of_the_recipe(recipe: Recipe) -> None:
    material = prepare(recipe, (Arm.THINK,), silent_progress())
    assert count_steps(material, Arm.THINK, recipe) == 4
    by_epochs = dataclasses.replace(recipe, schedule=ScheduleSettings(epochs=3))
    assert count_steps(material, Arm.THINK, by_epochs) > 3


def test_a_long_run_keeps_where_it_stands_by_the_clock(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    saved: list[int] = []
    monkeypatch.setattr("sfttrain.train.STATE_SECONDS", 0.0)
    monkeypatch.setattr("sfttrain.train.save_state", lambda kept, identity, lines, *rest: saved.append(len(lines)))
    train_one(recipe, Arm.THINK, tmp_path / "out", silent_progress())
    assert len(saved) == 4
