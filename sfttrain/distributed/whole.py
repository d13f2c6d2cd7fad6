"""Weights and optimizer state as one process has them, out of a model that may be sharded, and back into it.

What is written on disk so does not tell how many processes wrote it. Does not know files.
"""

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import torch

from sfttrain.distributed.world import World


def full_state(module: Any, world: World) -> dict[str, Any]:
    """Return the state of a model or an optimizer as one process has it, on the CPU of rank 0; {} elsewhere.

    Call it on every rank. Tensors are gathered one at a time, and tied ones stay one tensor.
    """
    from torch.distributed.tensor import DTensor

    gathered: dict[int, torch.Tensor] = {}

    def whole(tensor: torch.Tensor) -> torch.Tensor:
        if id(tensor) not in gathered:
            full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
            gathered[id(tensor)] = full.detach().to("cpu", copy=True) if world.is_main else full.new_empty(0)
        return gathered[id(tensor)]

    is_model = isinstance(module, torch.nn.Module)
    state = _each_tensor(dict(module.state_dict(keep_vars=True) if is_model else module.state_dict()), whole)
    return state if world.is_main else {}


def load_weights(model: Any, full: Mapping[str, torch.Tensor]) -> None:
    """Copy whole weights, read by every rank, into a model that may be sharded."""
    with torch.no_grad():
        for name, tensor in model.state_dict(keep_vars=True).items():
            tensor.copy_(_sliced_like(full[name].to(tensor.device), tensor))


def load_optimizer(optimizer: torch.optim.Optimizer, full: Mapping[str, Any]) -> None:
    """Give an optimizer a whole state, read by every rank; its parameters may be sharded."""
    parameters = dict(enumerate(itertools.chain.from_iterable(group["params"] for group in optimizer.param_groups)))
    state = {
        index: _each_tensor(figures, functools.partial(_state_like, parameters[index]))
        for index, figures in full["state"].items()
    }
    optimizer.load_state_dict({**full, "state": state})


def _state_like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """Slice what has the parameter's shape (a momentum), keep the rest (a count of steps); never a view of the whole.

    An optimizer writes into its state: a view would change what was passed, and keep all of it in memory.
    """
    if tensor.shape != parameter.shape:
        return tensor.clone()
    return _sliced_like(tensor.to(parameter.device), parameter).clone()


def _sliced_like(full: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return this rank's slice of a whole tensor, sharded as `like` is. Nothing is sent."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(like, DTensor):
        return full
    return distribute_tensor(full, like.device_mesh, like.placements, src_data_rank=None)


def _each_tensor(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Return nested dicts and lists with every tensor changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each_tensor(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_each_tensor(one, change) for one in value)
    return value
