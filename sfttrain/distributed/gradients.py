"""One model on several devices: whole on each (`replicate`), or a slice of every weight on each (`shard`).

Gradients are summed, never averaged: losses are divided by the targets of the whole step before they get here.
Does not know losses, data or optimizers.
Source: FSDP, Zhao et al. 2023 (arXiv 2304.11277).
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import distributed

from sfteval.errors import ConfigurationError
from sfttrain.distributed.world import LAUNCHER, World

BUCKET_BYTES = 2**26  # sent together


def replicate(model: Any, world: World) -> None:
    """Give every rank the weights of rank 0; from here on `sum_gradients` keeps them equal."""
    if world.is_alone:
        return
    for tensor in itertools.chain(model.parameters(), model.buffers()):
        distributed.broadcast(tensor.detach(), src=0)


def sum_gradients(parameters: Iterable[torch.nn.Parameter], world: World) -> None:
    """Add up the gradients of all ranks, after the last backward pass of a step and before clipping.

    A parameter without a gradient counts as zero. Sharded parameters are left alone: theirs are summed already.
    """
    if world.is_alone:
        return
    from torch.distributed.tensor import DTensor

    whole = [one for one in parameters if one.requires_grad and not isinstance(one, DTensor)]
    for one in whole:
        if one.grad is None:
            one.grad = torch.zeros_like(one)
    sent = []
    for gradients in _buckets([one.grad for one in whole if one.grad is not None]):
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        sent.append((gradients, flat, distributed.all_reduce(flat, async_op=True)))
    for gradients, flat, work in sent:
        assert work is not None
        work.wait()
        for gradient, part in zip(gradients, torch.split(flat, [one.numel() for one in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))


def refuse_sharding(optimizer: str, world: World) -> None:
    """Refuse `shard` where it cannot give what one process gives; worth asking before a model is loaded.

    Muon orthogonalises whole matrices. On slices torch's goes wrong: updates of tall matrices were 2 to 3 % off on two
    ranks, and a matrix of fewer rows than ranks stopped it (measured with torch 2.13).
    """
    if world.is_alone:
        raise ConfigurationError(
            "--fsdp", expected="more than one process", got="one", next_move=f"Start it as {LAUNCHER}"
        )
    if optimizer == "muon":
        raise ConfigurationError(
            "[optimizer] name",
            expected='"adamw" with --fsdp',
            got='"muon", which needs whole matrices',
            next_move='Write name = "adamw" with an lr for it, or leave --fsdp out',
        )


def shard(model: Any, world: World) -> None:
    """Leave each rank a slice of every weight, in place; call it before the optimizer is built.

    The model must then be entered through its own call, `model(...)`, and equally often on every rank. Weights stay
    fp32 and autocast does its work as on one process; its half-precision copies live from forward to backward, so
    recompute activations where memory is short. A model on the CPU moves to the device block by block.

    Raises: ConfigurationError where no decoder block is found.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, fully_shard

    blocks = decoder_blocks(model)
    if not blocks:
        raise ConfigurationError(
            "--fsdp",
            expected="a model whose decoder blocks transformers names",
            got=type(model).__name__,
            next_move="Leave --fsdp out: every process then holds the whole model",
        )
    mesh = init_device_mesh(world.device.type, (world.size,))
    for block in [*blocks, model]:
        fully_shard(block, mesh=mesh)
    for module in model.modules():
        if isinstance(module, FSDPModule):  # a plain sum; gloo knows no other
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)


def decoder_blocks(model: Any) -> list[torch.nn.Module]:
    """Return the decoder's blocks, which transformers names as what must not be split; none where it names none."""
    names = {name for module in model.modules() for name in getattr(module, "_no_split_modules", None) or ()}
    return [module for module in model.modules() if type(module).__name__ in names]


def _buckets(tensors: Iterable[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Group tensors of one type in order, until each group fills a message."""
    bucket: list[torch.Tensor] = []
    size = 0
    for tensor in tensors:
        if bucket and (size + tensor.nbytes > BUCKET_BYTES or tensor.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(tensor)
        size += tensor.nbytes
    if bucket:
        yield bucket
