"""Checkpoints on disk: whole or not at all, and served as they were trained."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError, StoreError
from sfttrain.checkpoint import copy_chat_files, is_finished, new_folder, read_run, save_model, write_run
from sfttrain.model import load_model
from tests.toys import CHATML, toy_checkpoint


def checkpoint(base: Path, out: Path) -> Path:
    with new_folder(out) as folder:
        save_model(folder, load_model(base, torch.device("cpu")), base, (258, 256))
        write_run(folder, {"identity": "me"})
    return out


def test_a_checkpoint_stands_whole_under_its_name_and_nothing_beside_it(toy_base: Path, tmp_path: Path) -> None:
    out = checkpoint(toy_base, tmp_path / "lab" / "think")
    assert is_finished(out, "me")
    assert not is_finished(out, "another")
    assert [path.name for path in out.parent.iterdir()] == ["think"]


def fail_half_way(out: Path, failure: type[BaseException]) -> None:
    with new_folder(out) as folder:
        (folder / "model.safetensors").write_text("half")
        raise failure


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_half_way_leaves_nothing_behind_and_keeps_what_stood_there(
    toy_base: Path, tmp_path: Path, failure: type[BaseException]
) -> None:
    out = checkpoint(toy_base, tmp_path / "think")
    with pytest.raises(failure):
        fail_half_way(out, failure)
    assert is_finished(out, "me")
    assert [path.name for path in tmp_path.iterdir()] == ["think"]


def test_a_half_written_checkpoint_is_never_taken_for_a_finished_one(toy_base: Path, tmp_path: Path) -> None:
    out = checkpoint(toy_base, tmp_path / "think")
    weights = out / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    assert not is_finished(out, "me")
    (out / "sft_run.json").unlink()
    assert not is_finished(out, "me")
    with pytest.raises(CheckpointError, match=r"expected a finished checkpoint with sft_run\.json, got none"):
        read_run(out)


def test_torn_weights_are_refused_when_loading(toy_base: Path, tmp_path: Path) -> None:
    out = checkpoint(toy_base, tmp_path / "think")
    (out / "model.safetensors").write_bytes((out / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="expected a Hugging Face checkpoint with safetensors"):
        load_model(out, torch.device("cpu"))
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        load_model(tmp_path, torch.device("cpu"))


def test_a_strangers_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="expected a new folder"), new_folder(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_disk_that_cannot_be_written_is_an_infrastructure_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No space left"), new_folder(tmp_path / "think"):
        raise OSError(28, "No space left on device")


def test_the_template_keeps_its_bytes_and_the_stop_tokens_are_listed(toy_base: Path, tmp_path: Path) -> None:
    out = checkpoint(toy_base, tmp_path / "think")
    assert (out / "chat_template.jinja").read_bytes() == (toy_base / "chat_template.jinja").read_bytes()
    assert json.loads((out / "generation_config.json").read_text())["eos_token_id"] == [258, 256]


def test_a_template_in_the_tokenizer_config_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    base = toy_checkpoint(tmp_path / "base", template=None)
    (base / "tokenizer_config.json").write_text(json.dumps({"chat_template": CHATML}))
    (tmp_path / "out").mkdir()
    copy_chat_files(base, tmp_path / "out", (1,))
    assert (tmp_path / "out" / "chat_template.jinja").read_text(encoding="utf-8") == CHATML


def test_weights_keep_the_type_of_the_base_and_the_model_its_own(tmp_path: Path) -> None:
    base = toy_checkpoint(tmp_path / "base")
    settings: dict[str, Any] = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**settings, "dtype": "bfloat16"}))
    model = load_model(base, torch.device("cpu"))
    (tmp_path / "out").mkdir()
    save_model(tmp_path / "out", model, base, (1,))
    assert model.dtype == torch.float32
    from safetensors.torch import load_file

    assert {tensor.dtype for tensor in load_file(tmp_path / "out" / "model.safetensors").values()} == {torch.bfloat16}
