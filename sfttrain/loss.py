"""The loss: summed over the positions that are learned, and computed for no other.

Where the model's head is a plain product, the loss is computed within it (`head`), without all logits at once; where it
does more, logits exist at the learned positions only. The caller divides by the supervised targets of its whole step.
Knows no optimizer.
"""

from typing import Any

import torch
from torch.nn import functional

from sfttrain import attention
from sfttrain.head import Question, asked, is_installed
from sfttrain.types import NOT_LEARNED, Batch


def summed_loss(
    model: Any, batch: Batch, scale: float = 1.0, **inputs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the summed cross entropy in nats times `scale`, to go back from, and every target's own, detached."""
    losses = _losses(model, batch, scale, inputs, learns=True)
    return losses.sum() * scale, losses.detach()


def token_losses(model: Any, batch: Batch, **inputs: torch.Tensor) -> torch.Tensor:
    """Return the cross entropy in nats of every supervised target, in order; fp32 [supervised].

    To go back to the inputs from; `summed_loss` is what to learn from.
    """
    return _losses(model, batch, 1.0, inputs, learns=False)


def logits_at(model: Any, batch: Batch, places: torch.Tensor, **inputs: torch.Tensor) -> torch.Tensor:
    """Return the logits [places, vocabulary] of a batch; `inputs_embeds` may stand for the batch's ids.

    Places count the positions of the flattened batch.
    """
    if batch.attention_mask is None:
        logits: torch.Tensor = _run(model, batch, inputs, logits_to_keep=places)[0]
        return logits
    return _run(model, batch, inputs).flatten(0, 1).index_select(0, places)


def _losses(model: Any, batch: Batch, scale: float, inputs: dict[str, torch.Tensor], *, learns: bool) -> torch.Tensor:
    places = (batch.targets != NOT_LEARNED).nonzero()[:, 0]
    targets = batch.targets[places]
    if is_installed(model):
        with asked(Question(places, targets, scale, learns)):
            return _run(model, batch, inputs)
    return functional.cross_entropy(logits_at(model, batch, places, **inputs).float(), targets, reduction="none")


def _run(model: Any, batch: Batch, inputs: dict[str, torch.Tensor], **options: Any) -> torch.Tensor:
    sequences: dict[str, Any] = (
        {"segments": attention.segments(batch.cu_seqlens)}
        if batch.attention_mask is None
        else {"attention_mask": batch.attention_mask}
    )
    out = model(
        **(inputs or {"input_ids": batch.input_ids}),
        position_ids=batch.position_ids,
        use_cache=False,
        **sequences,
        **options,
    )
    logits: torch.Tensor = out.logits
    return logits
