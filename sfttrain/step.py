"""One optimizer step: batches in, the model moved, its figures out.

The denominator is the number of supervised targets of the whole step, however it is cut into batches, so that cutting
changes nothing. Weights stay in fp32; bf16 is autocast. A small model on a CPU learns from several batches at once,
each on a thread of its own; gradients are added in the batches' order, so that threads change no bit.
Knows no order and no data.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from sfttrain.batch import flatten, grouped_batches, micro_batches, placed
from sfttrain.distributed import ALONE, World, deal, mine, sum_gradients, summed
from sfttrain.loss import summed_loss
from sfttrain.model import Layout, Precision, autocast
from sfttrain.optim import Optimizer, threads
from sfttrain.telemetry import BUCKETS, loss_by_position, positions_after_boundary
from sfttrain.types import Batch, Example

MAX_WORKERS = 4
DRAWING = ("dropout", "pdrop", "jitter")  # in the names of settings that make a model draw
WORKER_BYTES = 2**26  # of gradients that each worker may hold: beyond, adding them up costs what threads gain


@dataclass(frozen=True, slots=True, eq=False)
class StepResult:
    """What one step did."""

    loss: float  # nats per supervised target, before the step
    grad_norm: float  # before clipping
    num_supervised: int
    num_tokens: int
    by_position: torch.Tensor  # float64 [2, buckets], as `telemetry.loss_by_position` returns it


def cut(examples: Sequence[Example], max_tokens: int, layout: Layout, num_parts: int) -> list[Batch]:
    """Return the batches of a step: as few as the budget needs, or balanced ones where several are computed at once."""
    if layout == "grouped":
        return grouped_batches(examples, max_tokens)
    if num_parts == 1:
        return micro_batches(examples, max_tokens)
    return [flatten(group) for group in deal(examples, max_tokens, num_parts)]


def num_workers(model: Any) -> int:
    """Return how many batches compute at once: on a CPU, as many as there are threads, for a small model.

    Measured at 6.8 M parameters on two cores: 1.2 to 1.5 times the tokens per second of one batch on both.
    """
    parameters = [one for one in model.parameters() if one.requires_grad]
    small = sum(one.numel() * 4 for one in parameters) <= WORKER_BYTES
    if model.device.type != "cpu" or not small or _draws(model):
        return 1
    return min(torch.get_num_threads(), MAX_WORKERS)


def take_step(
    model: Any,
    optimizer: Optimizer,
    batches: Sequence[Batch],
    *,
    share: float,
    precision: Precision,
    world: World = ALONE,
    workers: int = 1,
) -> StepResult:
    """Learn from the batches of one step; `share` is the learning rate as a share of its peak."""
    num_supervised = max(sum(batch.num_supervised for batch in batches), 1)
    own = mine(batches, world)
    learn = partial(_learn, model, optimizer.parameters, precision, 1.0 / num_supervised)
    figures = torch.zeros(2, len(BUCKETS), dtype=torch.float64, device=model.device)
    results = _at_once(learn, own, workers) if workers > 1 else map(partial(learn, into=True), own)
    for told, gradients in results:
        _add(optimizer.parameters, gradients)
        figures += told
    sum_gradients(optimizer.parameters, world)
    norm = optimizer.step(share)
    by_position = torch.tensor(summed(figures.flatten().tolist(), world)).view(2, -1)
    loss = float(by_position[0].sum()) / num_supervised
    return StepResult(loss, norm, num_supervised, sum(batch.num_tokens for batch in batches), by_position)


Gradients = Sequence[torch.Tensor | None]


def _learn(
    model: Any,
    parameters: Sequence[torch.nn.Parameter],
    precision: Precision,
    scale: float,
    batch: Batch,
    *,
    into: bool = False,
) -> tuple[torch.Tensor, Gradients]:
    """Return a batch's losses by position and the gradients of their sum; none where they went `into` the weights."""
    moved = placed(batch, model.device)
    with autocast(model.device, precision):
        loss, losses = summed_loss(model, moved, scale)
    told = loss_by_position(losses, positions_after_boundary(moved.targets, moved.cu_seqlens))
    if into:
        loss.backward()  # type: ignore[no-untyped-call]
        return told, ()
    return told, torch.autograd.grad(loss, parameters, allow_unused=True)


def _at_once(learn: Any, batches: Sequence[Batch], workers: int) -> Iterator[tuple[torch.Tensor, Gradients]]:
    """Yield what each batch gives, in their order; at most `workers` batches are computed or waiting."""
    each = max(torch.get_num_threads() // workers, 1)
    with threads(each), ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(each,)) as pool:
        for start in range(0, len(batches), workers):
            yield from pool.map(learn, batches[start : start + workers])


def _add(parameters: Sequence[torch.nn.Parameter], gradients: Gradients) -> None:
    for parameter, gradient in zip(parameters, gradients, strict=False):
        if gradient is not None:
            parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)


def _draws(model: Any) -> bool:
    """Return whether the model draws random numbers as it learns: threads would draw in any order."""
    dropped = (float(module.p) for module in model.modules() if isinstance(module, torch.nn.Dropout))
    told = (value for key, value in model.config.to_dict().items() if any(word in key for word in DRAWING))
    return any(dropped) or any(isinstance(value, float) and value > 0 for value in told)
