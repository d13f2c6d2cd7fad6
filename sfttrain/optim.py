"""Optimizers and the learning rate's course: a model and settings in, one optimizer object out.

AdamW for all parameters, or Muon (torch's) for the matrices inside the layers and AdamW for embeddings, norms and the
head. The schedule is a pure function of the step. Knows no loss.
Source: Muon, Jordan et al. 2024; orthogonalised momentum suits matrices that act on a hidden state, not tables.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from sfttrain.config import OptimizerSettings, ScheduleSettings

SMALL = 2**18  # elements of the largest tensor


def share_of_peak(step: int, num_steps: int, settings: ScheduleSettings) -> float:
    """Return the learning rate of a step (from 0) as a share of its peak."""
    if step < settings.warmup_steps:
        return (step + 1) / (settings.warmup_steps + 1)
    start = max(settings.warmup_steps, int(settings.hold_share * num_steps))
    if settings.decay == "constant" or step < start:
        return 1.0
    done = (step - start) / max(num_steps - start, 1)
    shape = 1 - done if settings.decay == "linear" else (1 + math.cos(math.pi * done)) / 2
    return settings.final_share + (1 - settings.final_share) * shape


@dataclass(frozen=True, slots=True, eq=False)
class Optimizer:
    """One or two torch optimizers that move as one."""

    parts: tuple[torch.optim.Optimizer, ...]
    peaks: tuple[float, ...]  # learning rate of each part
    parameters: tuple[torch.nn.Parameter, ...]
    max_grad_norm: float

    @property
    def is_small(self) -> bool:
        """Whether all tensors are so small, on a CPU, that sharing one among threads costs more than it gains."""
        return all(one.device.type == "cpu" and one.numel() <= SMALL for one in self.parameters)

    def step(self, share: float) -> float:
        """Clip, move at this share of the peak learning rates, forget the gradients; return their norm."""
        norm: Any = torch.nn.utils.clip_grad_norm_(self.parameters, self.max_grad_norm)
        norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm  # of weights that are sharded
        for part, peak in zip(self.parts, self.peaks, strict=True):
            for group in part.param_groups:
                group["lr"] = peak * share
            with one_thread(self.is_small):
                part.step()
            part.zero_grad(set_to_none=True)
        return float(norm)


def build_optimizer(model: Any, settings: OptimizerSettings) -> Optimizer:
    """Return the optimizer of a model's trainable parameters."""
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    parameters = tuple(parameter for _, parameter in named)
    if settings.name == "adamw":
        return Optimizer(
            (_adamw(parameters, settings.lr, settings),), (settings.lr,), parameters, settings.max_grad_norm
        )
    tables = {id(module.weight) for module in model.modules() if isinstance(module, torch.nn.Embedding)}
    matrices = [p for name, p in named if p.ndim == 2 and id(p) not in tables and not name.startswith("lm_head")]
    rest = [p for p in parameters if all(p is not matrix for matrix in matrices)]
    parts: list[torch.optim.Optimizer] = []
    if matrices:
        parts.append(torch.optim.Muon(matrices, lr=settings.lr, weight_decay=settings.weight_decay))
    if rest:  # nothing, where only adapters learn
        parts.append(_adamw(rest, settings.adamw_lr, settings))
    peaks = (*[settings.lr] * bool(matrices), *[settings.adamw_lr] * bool(rest))
    return Optimizer(tuple(parts), peaks, parameters, settings.max_grad_norm)


@contextmanager
def threads(wanted: int) -> Iterator[None]:
    """Compute on so many threads."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)


@contextmanager
def one_thread(wanted: bool) -> Iterator[None]:
    """Compute on one thread: measured 4 to 20 times faster for Muon's products of 128 x 128, more on a busy machine."""
    with threads(1 if wanted else torch.get_num_threads()):
        yield


def _adamw(parameters: Any, lr: float, settings: OptimizerSettings) -> torch.optim.AdamW:
    return torch.optim.AdamW(parameters, lr=lr, betas=settings.betas, weight_decay=settings.weight_decay, fused=True)
