"""One optimizer step: batches in, the model moved, its figures out.

The denominator is the number of supervised targets of the whole step, however it is cut into batches, so that cutting
changes nothing. Weights stay in fp32; bf16 is autocast. Knows no order and no data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sfttrain.batch import rounded_up, to_device
from sfttrain.loss import summed_loss
from sfttrain.model import Precision, autocast
from sfttrain.optim import Optimizer
from sfttrain.types import Batch


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did."""

    loss: float  # nats per supervised target, before the step
    grad_norm: float  # before clipping
    num_supervised: int
    num_tokens: int


def take_step(
    model: Any, optimizer: Optimizer, batches: Sequence[Batch], *, share: float, precision: Precision
) -> StepResult:
    """Learn from the batches of one step; `share` is the learning rate as a share of its peak."""
    num_supervised = max(sum(batch.num_supervised for batch in batches), 1)
    total = 0.0
    for batch in batches:
        moved = rounded_up(batch) if model.device.type == "cpu" else to_device(batch, model.device)
        with autocast(model.device, precision):
            loss = summed_loss(model, moved) / num_supervised
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    norm = optimizer.step(share)
    return StepResult(total, norm, num_supervised, sum(batch.input_ids.numel() for batch in batches))
