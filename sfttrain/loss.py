"""The loss: summed over the positions that are learned, and computed for no other.

Logits exist only where a target does (`logits_to_keep`), which is exact and saves most of the cost of a large
vocabulary. The caller divides by the supervised targets of its whole step. Knows no optimizer.
"""

from typing import Any

import torch
from torch.nn import functional

from sfttrain import attention
from sfttrain.types import NOT_LEARNED, Batch

ROUND_ROWS = 128


def summed_loss(model: Any, batch: Batch, **inputs: torch.Tensor) -> torch.Tensor:
    """Return the cross entropy in nats, summed over the supervised targets of the batch."""
    return token_losses(model, batch, **inputs).sum()


def token_losses(model: Any, batch: Batch, **inputs: torch.Tensor) -> torch.Tensor:
    """Return the cross entropy of every supervised target, in order."""
    places = (batch.targets != NOT_LEARNED).nonzero()[:, 0]
    # A CPU kernel is compiled and kept for every number of rows: round it up, and forget what was computed twice.
    padded = torch.cat([places, places.new_zeros(-len(places) % ROUND_ROWS)])
    logits = logits_at(model, batch, padded, **inputs)[: len(places)].float()
    return functional.cross_entropy(logits, batch.targets[places], reduction="none")


def logits_at(model: Any, batch: Batch, places: torch.Tensor, **inputs: torch.Tensor) -> torch.Tensor:
    """Return the logits [places, vocabulary] of a packed batch; `inputs_embeds` may stand for the batch's ids."""
    out = model(
        **(inputs or {"input_ids": batch.input_ids}),
        position_ids=batch.position_ids,
        segments=attention.segments(batch.cu_seqlens),
        logits_to_keep=places,
        use_cache=False,
    )
    logits: torch.Tensor = out.logits[0]
    return logits
