"""What stands in a checkpoint folder: weights or adapters, figures, a plot, and an archive where one was asked for."""

import dataclasses
import json
import xml.etree.ElementTree
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError
from sfteval.progress import silent_progress
from sfttrain.checkpoint import is_finished
from sfttrain.config import EvaluateSettings, LoraSettings, Recipe, SaveSettings
from sfttrain.pair import train_one, train_pair
from sfttrain.train import Launch
from sfttrain.types import Arm

pytestmark = pytest.mark.slow  # trains, then writes

CHAT_FILES = ["chat_template.jinja", "generation_config.json"]
FIGURES = ["loss.svg", "metrics.jsonl", "sft_run.json"]
TOKENIZER = ["tokenizer.json", "tokenizer_config.json"]
WHOLE = sorted([*CHAT_FILES, "config.json", *FIGURES, "model.safetensors", *TOKENIZER])
ADAPTER = sorted(["adapter_config.json", "adapter_model.safetensors", *CHAT_FILES, *FIGURES, *TOKENIZER])


@pytest.fixture
def adapting(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, lora=LoraSettings(rank=4))


def train(recipe: Recipe, out: Path, *, comet: bool = False) -> dict[str, Any]:
    return train_one(recipe, Arm.THINK, out, silent_progress(), Launch(comet=comet))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_a_checkpoint_holds_what_serves_it_and_what_tells_of_it(recipe: Recipe, tmp_path: Path) -> None:
    run = train(recipe, tmp_path / "out")
    assert names(tmp_path / "out") == WHOLE
    assert is_finished(tmp_path / "out", run["identity"])
    plot = xml.etree.ElementTree.parse(tmp_path / "out" / "loss.svg").getroot()
    assert plot.tag.endswith("svg")


def test_evaluations_stand_among_the_steps_where_they_were_made(recipe: Recipe, tmp_path: Path) -> None:
    watched = dataclasses.replace(recipe, evaluate=EvaluateSettings(every_steps=3))
    run = train(watched, tmp_path / "out")
    told = lines(tmp_path / "out")
    assert [(line["step"], "held_out" in line) for line in told] == [
        (0, True),
        (0, False),
        (1, False),
        (2, False),
        (3, True),
        (3, False),
        (4, True),
    ]
    assert run["held_out_loss"] == told[-1]["held_out"]
    assert set(run["held_out_loss"]) >= {"loss", "answer_loss", "think_loss", "bits_per_byte"}
    assert run["held_out_loss"]["num_rows"] == 7


def test_looking_on_the_way_changes_nothing_that_is_learned(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "blind")
    train(dataclasses.replace(recipe, evaluate=EvaluateSettings(every_steps=1)), tmp_path / "watched")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("blind", "watched")]
    assert weights[0] == weights[1]


def test_a_comet_archive_is_part_of_the_checkpoint(recipe: Recipe, other_seed: Recipe, tmp_path: Path) -> None:
    run = train(recipe, tmp_path / "out", comet=True)
    (archive,) = (tmp_path / "out").glob("*.zip")
    assert names(tmp_path / "out") == sorted([*WHOLE, archive.name])
    assert zipfile.ZipFile(archive).testzip() is None
    assert is_finished(tmp_path / "out", run["identity"])
    before = archive.stat().st_mtime_ns
    train(recipe, tmp_path / "out", comet=True)
    assert archive.stat().st_mtime_ns == before
    train(other_seed, tmp_path / "out")
    assert names(tmp_path / "out") == WHOLE


@pytest.mark.slow
def test_an_archive_of_somebody_else_is_not_eaten(recipe: Recipe, other_seed: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "out", comet=True)
    (tmp_path / "out" / "2-thesis.zip").write_bytes(b"mine")
    with pytest.raises(CheckpointError, match=r"2-thesis\.zip"):
        train(other_seed, tmp_path / "out", comet=True)
    assert (tmp_path / "out" / "2-thesis.zip").read_bytes() == b"mine"


@pytest.mark.slow
def test_a_torn_archive_is_made_again_with_all_else(recipe: Recipe, tmp_path: Path) -> None:
    run = train(recipe, tmp_path / "out", comet=True)
    (archive,) = (tmp_path / "out").glob("*.zip")
    archive.write_bytes(archive.read_bytes()[:100])
    assert not is_finished(tmp_path / "out", run["identity"])
    train(recipe, tmp_path / "out", comet=True)
    assert zipfile.ZipFile(archive).testzip() is None


def test_an_adapter_folder_is_as_peft_lays_it_out(adapting: Recipe, tmp_path: Path) -> None:
    run = train(adapting, tmp_path / "out")
    assert names(tmp_path / "out") == ADAPTER
    settings = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert (settings["peft_type"], settings["r"]) == ("LORA", 4)
    base = tmp_path / "out" / settings["base_model_name_or_path"]
    assert base.resolve() == Path(adapting.base).resolve()
    assert is_finished(tmp_path / "out", run["identity"])
    again = train(adapting, tmp_path / "out")
    assert again["totals"] == run["totals"]


def test_adapters_on_the_way_point_at_the_base_from_where_they_lie(adapting: Recipe, tmp_path: Path) -> None:
    train(dataclasses.replace(adapting, save=SaveSettings(every_steps=2)), tmp_path / "out")
    kept = tmp_path / "out.steps" / "000002"
    assert names(kept) == ADAPTER
    settings = json.loads((kept / "adapter_config.json").read_text())
    assert (kept / settings["base_model_name_or_path"]).resolve() == Path(adapting.base).resolve()


def test_merged_adapters_answer_as_they_do_beside_the_base(adapting: Recipe, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    train(adapting, tmp_path / "adapter")
    whole = dataclasses.replace(adapting, lora=dataclasses.replace(adapting.lora, merge=True))
    train(whole, tmp_path / "merged")
    assert names(tmp_path / "merged") == WHOLE
    tokens = torch.arange(40)[None]
    base = AutoModelForCausalLM.from_pretrained(adapting.base)
    untouched = base(tokens).logits
    beside = PeftModel.from_pretrained(base, tmp_path / "adapter")(tokens).logits
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")(tokens).logits
    torch.testing.assert_close(merged, beside, rtol=1e-4, atol=1e-4)
    assert (merged - untouched).abs().max() > 1e-2


def test_a_pair_of_adapters_shares_its_base(adapting: Recipe, tmp_path: Path) -> None:
    runs = train_pair(adapting, tmp_path, silent_progress())
    assert [names(tmp_path / arm) for arm in ("think", "no-think")] == [ADAPTER, ADAPTER]
    think, no_think = ((tmp_path / arm / "adapter_model.safetensors").read_bytes() for arm in ("think", "no-think"))
    assert think != no_think
    assert runs[Arm.THINK]["base"]["fingerprint"] == runs[Arm.NO_THINK]["base"]["fingerprint"]
