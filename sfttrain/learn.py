"""The flat loop: steps of examples in, a model that moved and the figures of every step out.

Knows neither arms nor files nor when to save; the base trainer and `train` both drive it.
"""

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sfteval.errors import ConfigurationError
from sfteval.types import Json
from sfttrain.config import ScheduleSettings
from sfttrain.distributed import ALONE, World
from sfttrain.model import Layout, Precision
from sfttrain.optim import Optimizer, share_of_peak
from sfttrain.step import cut, take_step
from sfttrain.telemetry import SpikeWatch, StepLine, mean_by_position
from sfttrain.types import Example

NO_NORMS = SpikeWatch()


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole run did."""

    steps: int
    tokens: int
    supervised_tokens: int
    seconds: float
    final_loss: float  # mean of the last tenth of the steps, nats per supervised token

    @classmethod
    def of(cls, lines: Iterable[Json]) -> "Totals":
        """Add up the lines of `metrics.jsonl`."""
        steps = [line for line in lines if "loss" in line]
        tail = steps[-max(len(steps) // 10, 1) :]
        return cls(
            len(steps),
            sum(line["num_tokens"] for line in steps),
            sum(line["num_supervised"] for line in steps),
            sum(line["seconds"] for line in steps),
            sum(line["loss"] for line in tail) / max(len(tail), 1),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Trainee:
    """A model ready to learn, and how it computes."""

    model: Any
    optimizer: Optimizer
    precision: Precision
    layout: Layout = "packed"
    workers: int = 1
    world: World = ALONE


def learn(
    trainee: Trainee,
    steps: Iterable[Sequence[Example]],
    *,
    num_steps: int,
    schedule: ScheduleSettings,
    max_tokens: int,
    seed: int = 0,
    start: int = 0,
    watch: SpikeWatch = NO_NORMS,
) -> Iterator[StepLine]:
    """Take the steps from `start` on, up to `num_steps` in all, and yield the figures of each."""
    trainee.model.train()
    num_parts = trainee.world.size * trainee.workers
    for step, examples in enumerate(itertools.islice(steps, start, num_steps), start):
        began = time.perf_counter()
        torch.manual_seed(_seed(seed, step, trainee.world.rank))
        share = share_of_peak(step, num_steps, schedule)
        batches = cut(examples, max_tokens, trainee.layout, num_parts)
        result = take_step(
            trainee.model,
            trainee.optimizer,
            batches,
            share=share,
            precision=trainee.precision,
            world=trainee.world,
            workers=trainee.workers,
        )
        _require_finite(step, result.loss, result.grad_norm)
        yield StepLine(
            step=step,
            loss=result.loss,
            lr=trainee.optimizer.peaks[0] * share,
            lr_share=share,
            grad_norm=result.grad_norm,
            spike=watch.is_spike(result.grad_norm),
            num_tokens=result.num_tokens,
            num_supervised=result.num_supervised,
            seconds=time.perf_counter() - began,
            by_position=mean_by_position(result.by_position),
        )
        watch = watch.after(result.grad_norm)


def _seed(seed: int, step: int, rank: int) -> int:
    """Return where a step's random numbers (dropout) start: a resumed run draws them again, each process its own."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint64)[0] >> 1)


def _require_finite(step: int, *figures: float) -> None:
    bad = next((figure for figure in figures if figure != figure or figure in (float("inf"), float("-inf"))), None)
    if bad is not None:
        raise ConfigurationError(
            f"training, step {step}",
            expected="finite losses and gradients",
            got=bad,
            next_move="Lower lr in [optimizer] or raise warmup_steps in [schedule]",
        )
