"""The state of a run on disk: whole or not at all, bound to its run, and nothing in it is run."""

from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError, StoreError
from sfttrain.config import LoraSettings, OptimizerSettings
from sfttrain.distributed import ALONE
from sfttrain.lora import add_adapter
from sfttrain.model import load_model
from sfttrain.optim import Optimizer, build_optimizer
from sfttrain.state import (
    STATE_FILE,
    discard_state,
    keep_best,
    learned_weights,
    put_weights,
    read_state,
    read_tensors,
    restore,
    save_state,
    steps_folder,
    take_best,
    write_tensors,
)

LINES = [{"step": 0, "held_out": {"loss": 3.0}}, {"step": 0, "loss": 2.0}, {"step": 1, "loss": 1.5}]


def learner(toy_base: Path, name: str = "adamw", rank: int = 0) -> tuple[Any, Optimizer]:
    model = load_model(toy_base, torch.device("cpu"))
    if rank:
        model = add_adapter(model, LoraSettings(rank=rank), seed=0)
    return model, build_optimizer(model, OptimizerSettings(name=name, lr=1e-2))  # type: ignore[arg-type]


def step(model: Any, optimizer: Optimizer) -> None:
    for parameter in optimizer.parameters:
        parameter.grad = torch.randn(parameter.shape)
    optimizer.step(0.5)


def all_weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def assert_equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("name", "rank"), [("adamw", 0), ("muon", 0), ("adamw", 4)])
def test_what_goes_on_from_a_state_moves_as_what_never_stopped(
    name: str, rank: int, toy_base: Path, tmp_path: Path
) -> None:
    model, optimizer = learner(toy_base, name, rank)
    torch.manual_seed(1)
    step(model, optimizer)
    save_state(tmp_path, "me", LINES, model, optimizer, ALONE)
    torch.manual_seed(2)  # as every step of a run begins
    step(model, optimizer)

    again, its_optimizer = learner(toy_base, name, rank)
    state = read_state(tmp_path, "me")
    assert state is not None
    assert (state.cursor, state.lines) == (2, LINES)
    restore(state, again, its_optimizer, ALONE)
    torch.manual_seed(2)
    step(again, its_optimizer)
    assert_equal(all_weights(again), all_weights(model))


def test_only_what_learns_is_kept(toy_base: Path) -> None:
    model, _ = learner(toy_base, rank=4)
    kept = learned_weights(model, ALONE)
    assert kept
    assert all("lora_" in name for name in kept)
    whole, _ = learner(toy_base)
    assert learned_weights(whole, ALONE).keys() == whole.state_dict().keys()


def test_weights_are_put_where_they_belong_and_the_others_are_left(toy_base: Path) -> None:
    model, _ = learner(toy_base)
    before = all_weights(model)
    put_weights(model, {"model.norm.weight": torch.full((32,), 7.0)})
    after = all_weights(model)
    assert torch.equal(after.pop("model.norm.weight"), torch.full((32,), 7.0))
    del before["model.norm.weight"]
    assert_equal(after, before)


def test_a_state_is_a_copy_and_not_a_view(toy_base: Path, tmp_path: Path) -> None:
    model, optimizer = learner(toy_base)
    keep_best(tmp_path, model, ALONE)
    best = all_weights(model)
    step(model, optimizer)
    take_best(tmp_path, model, ALONE)
    assert_equal(all_weights(model), best)


def test_the_best_weights_must_be_there(toy_base: Path, tmp_path: Path) -> None:
    model, _ = learner(toy_base)
    with pytest.raises(CheckpointError, match="expected the best weights so far, got no such file"):
        take_best(tmp_path, model, ALONE)


def test_a_state_belongs_to_one_run(toy_base: Path, tmp_path: Path) -> None:
    assert read_state(tmp_path, "me") is None
    save_state(tmp_path, "me", [], *learner(toy_base), ALONE)
    with pytest.raises(CheckpointError, match="expected the state of this recipe, data and base, got that of another"):
        read_state(tmp_path, "you")


class Sneaky:
    """What would run code where a pickle is believed."""

    def __reduce__(self) -> Any:
        return print, ("run",)


@pytest.mark.parametrize("value", [Sneaky(), {"identity": Sneaky()}, [1], 3, None, "text"])
def test_what_is_no_state_is_refused_and_never_run(value: Any, tmp_path: Path, capsys: Any) -> None:
    torch.save(value, tmp_path / STATE_FILE)
    with pytest.raises(CheckpointError, match="expected the state of a run, got a file that cannot be read"):
        read_state(tmp_path, "me")
    assert capsys.readouterr().out == ""


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: Any) -> None:
    write_tensors(tmp_path / "state.pt", {"old": torch.ones(3)})

    def half(value: Any, file: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("sfttrain.state.torch.save", half)
        with pytest.raises(StoreError, match="No space left on device"):
            write_tensors(tmp_path / "state.pt", {"new": torch.ones(3)})
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["state.pt"]
    assert list(read_tensors(tmp_path / "state.pt") or ()) == ["old"]


def test_discarding_leaves_the_checkpoints_on_the_way(tmp_path: Path) -> None:
    out = tmp_path / "out"
    discard_state(out)  # nothing there: nothing to do
    write_tensors(steps_folder(out) / "state.pt", {})
    discard_state(out)
    assert not steps_folder(out).exists()
    write_tensors(steps_folder(out) / "best.pt", {})
    (steps_folder(out) / "000002").mkdir()
    discard_state(out)
    assert [path.name for path in steps_folder(out).iterdir()] == ["000002"]
