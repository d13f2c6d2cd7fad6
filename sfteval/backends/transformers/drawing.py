"""The next token of every row, drawn with the row's own seed: a logits processor, made for one batch.

What a row draws does not depend on its neighbours. Knows no model.
"""

from collections.abc import Sequence
from typing import Any

from sfteval.types import Sampling


def drawing(seeds: Sequence[int], sampling: Sampling) -> list[Any]:
    """Return the logits processor that draws each row's next token with that row's own generator."""
    if sampling.temperature == 0:
        return []
    import torch

    generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def draw(input_ids: Any, scores: Any) -> Any:
        probabilities = _kept_probabilities(scores.float().cpu() / sampling.temperature, sampling)
        noise = torch.stack([torch.rand(scores.shape[-1], generator=generator) for generator in generators])
        # The exponential race: argmax of p / Exp(1) is a draw from p, with noise that belongs to the row alone.
        winners = (probabilities / -torch.log(noise.clamp_min(1e-20))).argmax(dim=-1)
        return torch.full_like(scores, float("-inf")).scatter(1, winners.to(scores.device)[:, None], 0.0)

    return [draw]


def _kept_probabilities(logits: Any, sampling: Sampling) -> Any:
    """Zero what top-k and top-p cut away; `[B, V]` in, `[B, V]` out."""
    import torch

    probabilities = torch.softmax(logits, dim=-1)
    if sampling.top_k:
        floor = probabilities.topk(min(sampling.top_k, probabilities.shape[-1])).values[:, -1:]
        probabilities = probabilities.masked_fill(probabilities < floor, 0.0)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(descending=True)
        before = ordered.cumsum(dim=-1) - ordered
        ordered = ordered.masked_fill(before >= sampling.top_p * ordered.sum(dim=-1, keepdim=True), 0.0)
        probabilities = torch.zeros_like(probabilities).scatter(1, order, ordered)
    return probabilities
