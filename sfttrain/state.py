"""A run on its way, kept on disk: what a killed or stopped run goes on from, to the bit.

Order is a pure function of seed, epoch and index, and random numbers of seed, step and process, so one cursor says
where both stand; weights and optimizer are stored as one process has them, however many there are. The file lies beside
the checkpoint that is being made (`OUT.steps/state.pt`), is replaced whole, and goes when the checkpoint is finished.
It is read as plain tensors and numbers: nothing in it is run. Does not know when to save.
"""

import contextlib
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from sfteval.errors import CheckpointError, StoreError
from sfttrain.distributed import World, from_main, full_state, load_optimizer, load_weights
from sfttrain.optim import Optimizer

STATE_FILE, BEST_FILE = "state.pt", "best.pt"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What there is to go on from."""

    cursor: int  # steps taken
    lines: Sequence[Mapping[str, Any]]  # of metrics.jsonl
    weights: Mapping[str, torch.Tensor]  # those that learn
    optimizers: Sequence[Mapping[str, Any]]


def steps_folder(out: Path) -> Path:
    """Return where checkpoints on the way to `out` lie, and its state."""
    return out.with_name(f"{out.name}.steps")


def save_state(
    folder: Path, identity: str, lines: Sequence[Mapping[str, Any]], model: Any, optimizer: Optimizer, world: World
) -> None:
    """Write the state after a step; on every rank, of which the first writes."""
    cursor = sum("loss" in line for line in lines)
    value = {
        "identity": identity,
        "cursor": cursor,
        "lines": list(lines),
        "weights": learned_weights(model, world),
        "optimizers": [full_state(part, world) for part in optimizer.parts],
    }
    if world.is_main:
        write_tensors(folder / STATE_FILE, value)


def read_state(folder: Path, identity: str) -> State | None:
    """Return the state of the run with this identity; None where there is none.

    Raises: CheckpointError where it belongs to another recipe, data or base.
    """
    value = read_tensors(folder / STATE_FILE)
    if value is None:
        return None
    if value.get("identity") != identity:
        raise CheckpointError(
            str(folder / STATE_FILE),
            expected="the state of this recipe, data and base",
            got="that of another",
            next_move="Start from nothing with --no-resume, or choose another -o",
        )
    return State(value["cursor"], value["lines"], value["weights"], value["optimizers"])


def restore(state: State, model: Any, optimizer: Optimizer, world: World) -> None:
    """Put a state into a model and its optimizer; on every rank."""
    put_weights(model, state.weights)
    for part, stored in zip(optimizer.parts, state.optimizers, strict=True):
        load_optimizer(part, stored)


def keep_best(folder: Path, model: Any, world: World) -> None:
    """Write the weights that learn as the best so far; on every rank, of which the first writes."""
    weights = learned_weights(model, world)
    if world.is_main:
        write_tensors(folder / BEST_FILE, weights)


def take_best(folder: Path, model: Any, world: World) -> None:
    """Put the best weights so far back into the model; on every rank."""
    from_main(None, world)  # the file stands
    best = read_tensors(folder / BEST_FILE)
    if best is None:
        raise _unreadable(folder / BEST_FILE, "the best weights so far", "no such file")
    put_weights(model, best)


def learned_weights(model: Any, world: World) -> dict[str, torch.Tensor]:
    """Return the weights that learn, whole, on the CPU of rank 0; {} elsewhere. Call it on every rank."""
    learns = {name for name, one in model.named_parameters(remove_duplicate=False) if one.requires_grad}
    return {name: tensor for name, tensor in full_state(model, world).items() if name in learns}


def put_weights(model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Give a model the weights that learn, and leave it the others."""
    load_weights(_Only(model, weights), weights)


def write_tensors(path: Path, value: Mapping[str, Any]) -> None:
    """Write tensors and numbers, the whole file or nothing."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            torch.save(value, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:  # torch says of a full disk what it likes
        partial.unlink(missing_ok=True)
        raise StoreError(
            str(path),
            expected="to write the state of the run",
            got=f'"{str(error).strip().splitlines()[0]}"',
            next_move="Make room, then call the same command again",
        ) from error


def read_tensors(path: Path) -> dict[str, Any] | None:
    """Return what `write_tensors` wrote; None where there is no file."""
    if not path.is_file():
        return None
    try:
        value = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise _unreadable(path, "the state of a run", "a file that cannot be read") from error
    if not isinstance(value, dict):
        raise _unreadable(path, "the state of a run", "a file that cannot be read")
    return value


def discard_state(out: Path) -> None:
    """Remove the state of a run, and the folder where it was the only thing."""
    folder = steps_folder(out)
    for name in (STATE_FILE, BEST_FILE):
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # checkpoints on the way stay
        folder.rmdir()


def _unreadable(path: Path, expected: str, got: str) -> CheckpointError:
    return CheckpointError(str(path), expected=expected, got=got, next_move="Start from nothing with --no-resume")


class _Only:
    """A model of which only some weights are seen."""

    def __init__(self, model: Any, names: Mapping[str, Any]) -> None:
        self.model, self.names = model, names

    def state_dict(self, **options: Any) -> dict[str, torch.Tensor]:
        return {name: tensor for name, tensor in self.model.state_dict(**options).items() if name in self.names}
