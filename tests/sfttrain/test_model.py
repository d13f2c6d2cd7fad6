"""Models: what is loaded and what is refused, and blocks that compute the same compiled."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch

from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.config import MemorySettings, Recipe
from sfttrain.distributed import decoder_blocks
from sfttrain.model import compile_layers, is_tiny, load_model, resolve_precision
from sfttrain.pair import train_one
from sfttrain.types import Arm
from tests.toys import toy_checkpoint

CPU = torch.device("cpu")


def losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch's compiler looks at things that warn when looked at
def test_compiled_blocks_lose_what_they_lose_uncompiled(recipe: Recipe, tmp_path: Path) -> None:
    from torch._dynamo.utils import counters

    counters.clear()
    frames = []
    for name, compiled in (("plain", False), ("compiled", True)):
        chosen = dataclasses.replace(recipe, memory=MemorySettings(compile=compiled))
        train_one(chosen, Arm.THINK, tmp_path / name, silent_progress())
        frames.append(counters["frames"]["ok"])
    assert losses(tmp_path / "compiled") == pytest.approx(losses(tmp_path / "plain"), abs=1e-4)
    assert len(losses(tmp_path / "plain")) == 4
    assert frames[0] == 0 < frames[1]


def test_compiling_without_a_compiler_is_refused(toy_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(toy_base, CPU)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConfigurationError) as caught:
        compile_layers(model)
    assert str(caught.value) == (
        "[memory] compile: expected a C++ compiler (g++ or clang++), got none on the path. "
        "Install one, or write compile = false."
    )


def test_the_blocks_of_a_decoder_are_its_layers(toy_base: Path) -> None:
    model = load_model(toy_base, CPU)
    assert decoder_blocks(model) == list(model.model.layers)


def test_weights_are_fp32_whatever_they_were_saved_as(tmp_path: Path) -> None:
    folder = toy_checkpoint(tmp_path)
    load_model(folder, CPU).to(torch.bfloat16).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert {one.dtype for one in load_model(folder, CPU).parameters()} == {torch.float32}


@pytest.mark.parametrize("broken", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe{", b'{"model_type": "nothing"}'])
def test_a_torn_folder_is_one_clear_error(tmp_path: Path, broken: str, content: bytes | None) -> None:
    folder = toy_checkpoint(tmp_path)
    (folder / broken).unlink() if content is None else (folder / broken).write_bytes(content)
    with pytest.raises(CheckpointError, match="expected a Hugging Face checkpoint with safetensors"):
        load_model(folder, CPU)


def test_weights_that_are_missing_are_not_made_up(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = toy_checkpoint(tmp_path)
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"1 tensors missing or of another shape, model\.norm\.weight among them"):
        load_model(folder, CPU)


def test_one_thread_is_for_the_tiny_on_a_cpu(toy_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_tiny(toy_base, CPU)
    assert not is_tiny(toy_base, torch.device("cuda"))
    monkeypatch.setattr("sfttrain.model.TINY_BYTES", 1000)
    assert not is_tiny(toy_base, CPU)


def test_precision_is_what_was_asked_and_else_what_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [resolve_precision(wanted, CPU) for wanted in ("bf16", "fp32")] == ["bf16", "fp32"]
    for has, expected in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda has=has: has)
        assert resolve_precision("auto", CPU) == expected
