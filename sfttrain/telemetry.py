"""What is told of every step: the lines of `metrics.jsonl`, loss by position after the boundary, spikes flagged.

The boundary is where the prompt ends and the model begins to speak: its first tokens decide how it starts, and a mask
that is off by one shows there first. Figures are plain tensors and JSON, so that they add across micro-batches and
processes and come back to the bit when a run is resumed. Knows no model, no file's place and no drawing.
Source: loss by distance from the boundary is our own; spikes against a running median are common practice.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from sfteval.errors import DataError
from sfttrain.types import NOT_LEARNED

BUCKETS = {"first": 0, "2_4": 1, "5_16": 4, "rest": 16}  # name -> index after the boundary at which it begins
WINDOW, AT_LEAST, TIMES = 50, 10, 4.0  # norms that the median is of, norms before a verdict, what is a spike


def positions_after_boundary(targets: torch.Tensor, cu_seqlens: torch.Tensor | None = None) -> torch.Tensor:
    """Return how far after its boundary every supervised target stands, in order; 0 is the first of its run.

    `targets` int64 [tokens], `cu_seqlens` int [sequences + 1]: a run never goes on into the next sequence, which only
    a sequence that is learned from its first position on would let it. Returns int64 [supervised].
    """
    learned = targets != NOT_LEARNED
    begins = learned.clone()
    begins[1:] &= ~learned[:-1]
    if cu_seqlens is not None:
        starts = cu_seqlens[:-1].long()
        begins[starts] = learned[starts]
    places = torch.arange(len(targets), device=targets.device)
    run_starts = torch.where(begins, places, 0).cummax(0).values
    return (places - run_starts)[learned]


def loss_by_position(losses: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return float64 [2, buckets]: the summed losses in nats and how many they are; such tensors add.

    `losses` [supervised] and `positions` [supervised] belong together.
    """
    edges = torch.tensor(list(BUCKETS.values())[1:], device=positions.device)
    bucket = torch.bucketize(positions, edges, right=True)
    inside = bucket[:, None] == torch.arange(len(BUCKETS), device=positions.device)
    sums = torch.where(inside, losses.detach()[:, None].double(), 0.0).sum(0)  # no scatter: the same bits on a GPU
    return torch.stack([sums, inside.sum(0).double()])


def mean_by_position(sums: torch.Tensor) -> dict[str, float | None]:
    """Return the mean loss of every bucket in nats as `loss_first`, `loss_2_4`...; None: the bucket is empty."""
    totals, counts = sums.tolist()
    return {
        f"loss_{name}": total / count if count else None
        for name, total, count in zip(BUCKETS, totals, counts, strict=True)
    }


@dataclass(frozen=True, slots=True)
class SpikeWatch:
    """The gradient norms of the last steps, by which the next one is judged; `recent` as a list is its whole state."""

    recent: tuple[float, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[Mapping[str, Any]]) -> "SpikeWatch":
        """Return the watch that has seen the steps of these lines of `metrics.jsonl`."""
        norms = tuple(line["grad_norm"] for line in lines if line.get("grad_norm") is not None)
        return cls(norms[-WINDOW:])

    def is_spike(self, grad_norm: float) -> bool:
        """Return whether a norm exceeds four times the median of the last 50 (of at least 10), or is not finite."""
        if not math.isfinite(grad_norm):
            return True
        return len(self.recent) >= AT_LEAST and grad_norm > TIMES * median(self.recent)

    def after(self, grad_norm: float) -> "SpikeWatch":
        """Return the watch that has seen this norm; one that is not finite leaves no trace."""
        if not math.isfinite(grad_norm):
            return self
        return SpikeWatch((*self.recent, grad_norm)[-WINDOW:])


@dataclass(frozen=True, slots=True)
class StepLine:
    """What `metrics.jsonl` says of one step."""

    step: int  # from 0
    loss: float  # nats per supervised target, before the step
    lr: float  # of the weights' matrices, where there are two
    lr_share: float  # of its peak
    grad_norm: float  # before clipping
    spike: bool
    num_tokens: int
    num_supervised: int
    seconds: float
    by_position: Mapping[str, float | None]  # as `mean_by_position` returns it

    def as_json(self) -> dict[str, Any]:
        """Return the line; a figure that is not finite is null, because JSON has no word for it."""
        figures = {
            "step": self.step,
            "loss": self.loss,
            "lr": self.lr,
            "lr_share": self.lr_share,
            "grad_norm": self.grad_norm,
            "spike": self.spike,
            "num_tokens": self.num_tokens,
            "num_supervised": self.num_supervised,
            "tokens_per_second": self.num_tokens / self.seconds if self.seconds > 0 else None,
            "seconds": self.seconds,
            **self.by_position,
        }
        return {name: value if value is None or math.isfinite(value) else None for name, value in figures.items()}


def held_out_line(steps_taken: int, held_out: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of an evaluation; a step's own loss is from before it moved, so both share one axis."""
    return {"step": steps_taken, "held_out": dict(held_out)}


def write_line(metrics: Any, line: Mapping[str, Any]) -> None:
    """Append one line to an open `metrics.jsonl` and flush it, so that a killed run leaves what it knew."""
    metrics.write(json.dumps(line, allow_nan=False) + "\n")
    metrics.flush()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read `metrics.jsonl`; a torn last line, which a killed run leaves, is not among them.

    Raises: DataError where any other line is not a JSON object with its step.
    """
    try:
        texts = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise _unreadable(str(path), error.strerror or error) from error
    return list(_parsed(path, texts[:-1]))  # what follows the last line break was never finished


def _parsed(path: Path, texts: Iterable[str]) -> Iterable[dict[str, Any]]:
    for number, text in enumerate(texts, 1):
        try:
            line = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _unreadable(f"{path}, line {number}", f'"{error}"') from error
        if not isinstance(line, dict) or type(line.get("step")) is not int:
            raise _unreadable(f"{path}, line {number}", text[:60])
        if not isinstance(line.get("held_out", {}), dict):
            raise _unreadable(f"{path}, line {number}", text[:60])
        yield line


def _unreadable(where: str, got: object) -> DataError:
    return DataError(
        where, expected="a JSON object with the figures of a step", got=got, next_move="Train again, or mend the file"
    )
