"""Early stopping, read off the lines of `metrics.jsonl`, so that a resumed run decides as any other. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.types import Json
from sfttrain.config import EvaluateSettings


def is_best(lines: Iterable[Json]) -> bool:
    """Return whether the last evaluation is better than all before it."""
    *before, last = _losses(lines)
    return all(last < loss for loss in before)


def is_over(lines: Iterable[Json], settings: EvaluateSettings) -> bool:
    """Return whether as many evaluations as `patience` allows have gone by without a better one."""
    losses = _losses(lines)
    return bool(losses and settings.patience) and len(losses) - 1 - losses.index(min(losses)) >= settings.patience


def kept_figures(lines: Iterable[Json], settings: EvaluateSettings) -> Mapping[str, Any] | None:
    """Return the held-out figures of the weights that are written: with patience the best, else the last."""
    found = [line["held_out"] for line in lines if "held_out" in line]
    if not found:
        return None
    figures: Mapping[str, Any] = min(found, key=lambda one: one["loss"]) if settings.patience else found[-1]
    return figures


def refuse_blind(settings: EvaluateSettings, num_held_out: int) -> None:
    """Refuse patience that has nothing to look at."""
    if settings.patience and not (num_held_out and settings.every_steps):
        raise ConfigurationError(
            "[evaluate] patience",
            expected="rows held out, and every_steps above 0",
            got=f"{num_held_out} held-out examples, every_steps = {settings.every_steps}",
            next_move="Set every_steps in [evaluate] and held_out_share in [data]",
        )


def _losses(lines: Iterable[Json]) -> list[float]:
    return [line["held_out"]["loss"] for line in lines if "held_out" in line]
