"""What a recipe will take, before it takes it: a recipe in; steps, tokens, memory and time out, as lines.

The data are really rendered, so steps and tokens are exact, and sizes come from a model built without weights. Memory
is counted in `sizes`, time is measured in `machine`; both are estimates and say so. Trains nothing that is kept.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from sfteval.progress import Progress
from sfttrain.batch import all_steps
from sfttrain.config import Recipe
from sfttrain.course import count_steps
from sfttrain.model import Precision, is_tiny, resolve_precision, training_device
from sfttrain.optim import one_thread
from sfttrain.plan.machine import Speed, available_bytes, measure, occupied_bytes
from sfttrain.plan.sizes import Shape, batch_tokens, memory_bytes, operations_of_head, operations_per_token, shape_of
from sfttrain.prepare import Material, prepare
from sfttrain.types import Arm

FACTOR = 1.5  # by which the time told may be wrong, each way
OCCUPIED = "libraries and data"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one arm will take."""

    arm: Arm
    num_steps: int
    tokens_per_epoch: int
    supervised_per_epoch: int
    tokens: int  # of all steps
    operations: float  # multiplications and additions of matrix products
    memory_bytes: Mapping[str, int]  # at the peak, by what it is for
    seconds: float  # of the steps; proofs, evaluation and saving come on top


def describe(
    recipe: Recipe, arms: tuple[Arm, ...], progress: Progress, speed: Callable[..., Speed] = measure
) -> list[str]:
    """Return the plan of a recipe as lines; `speed` stands for the measurement of this machine."""
    device = training_device()
    precision = resolve_precision(recipe.precision, device)
    material = prepare(recipe, arms, progress)
    shape = shape_of(material.base, recipe)
    occupied, available = occupied_bytes(device), available_bytes(device)
    with one_thread(is_tiny(material.base, device)), progress.stage("measuring this machine"):
        measured = speed(material, recipe, shape, device, precision)
    plans = [estimate(material, arm, recipe, shape, measured, precision, device, occupied) for arm in arms]
    return [*_model_lines(shape, recipe), *_memory_lines(plans, available), *_time_lines(plans)]


def estimate(
    material: Material,
    arm: Arm,
    recipe: Recipe,
    shape: Shape,
    speed: Speed,
    precision: Precision,
    device: torch.device,
    occupied: int = 0,
) -> Plan:
    """Return what an arm will take; `occupied` bytes are taken already, by libraries and data."""
    counts = material.counts(arm)
    num_steps = count_steps(material, arm, recipe)
    tokens, supervised, mean_length = _seen(material, arm, recipe, num_steps)
    share = counts["supervised_tokens"] / max(counts["tokens"], 1)
    needed = memory_bytes(shape, recipe, precision, batch_tokens(material.costs, recipe), share, device)
    return Plan(
        arm=arm,
        num_steps=num_steps,
        tokens_per_epoch=counts["tokens"],
        supervised_per_epoch=counts["supervised_tokens"],
        tokens=tokens,
        operations=tokens * operations_per_token(shape, recipe, mean_length)
        + supervised * operations_of_head(shape, recipe),
        memory_bytes={OCCUPIED: occupied, **needed},
        seconds=tokens * shape.num_layers * speed.layer_seconds
        + supervised * shape.vocabulary * speed.head_seconds
        + num_steps * shape.trainable * speed.optimizer_seconds,
    )


def duration(estimated_seconds: float) -> str:
    """Return an estimated time as a range for people: `12-27 min`."""
    low, high = estimated_seconds / FACTOR, estimated_seconds * FACTOR
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if low >= 2 * size:
            return f"{low / size:.0f}-{high / size:.0f} {unit}"
    return f"{low:.0f}-{high:.0f} s" if high >= 2 else "2 s at most"


def _seen(material: Material, arm: Arm, recipe: Recipe, num_steps: int) -> tuple[int, int, float]:
    """Return tokens and supervised tokens of all steps, and the mean length of the sequence a token finds itself in."""
    steps = itertools.islice(all_steps(material.costs, recipe.batch.step_tokens, recipe.seed), num_steps)
    times = Counter(itertools.chain.from_iterable(steps))
    seen = [(one, times[index]) for index, group in enumerate(material.examples[arm]) for one in group]
    tokens = sum(one.num_tokens * count for one, count in seen)
    squares = sum(one.num_tokens**2 * count for one, count in seen)
    return tokens, sum(one.num_supervised * count for one, count in seen), squares / max(tokens, 1)


def _model_lines(shape: Shape, recipe: Recipe) -> list[str]:
    share = shape.trainable / max(shape.parameters, 1)
    how = f"adapters of rank {recipe.lora.rank}" if recipe.lora.rank else "all weights"
    return [f"{shape.parameters:,} parameters, {shape.trainable:,} of them learn ({share:.1%}, {how})"]


def _memory_lines(plans: Sequence[Plan], available: int | None) -> list[str]:
    peak = max((plan.memory_bytes for plan in plans), key=lambda one: sum(one.values()))
    total = sum(peak.values())
    lines = [f"  {name:<21}{_gigabytes(size):>9}" for name, size in peak.items() if size]
    lines = ["memory at the peak, estimated:", *lines, f"  {'together':<21}{_gigabytes(total):>9}"]
    if available is None:
        return lines
    owed = total - peak[OCCUPIED]
    lines.append(f"  {_gigabytes(available)} are free, {_gigabytes(owed)} more are needed")
    if owed > available:
        lines.append("  This does not fit. Lower max_tokens in [batch], set recompute in [memory], or rank in [lora]")
    return lines


def _time_lines(plans: Sequence[Plan]) -> list[str]:
    lines = [
        f"{plan.arm}: {plan.num_steps:,} steps, {plan.tokens_per_epoch:,} tokens per epoch "
        f"({plan.supervised_per_epoch:,} learned), {plan.tokens:,} in all, {plan.operations:.1e} operations, "
        f"about {duration(plan.seconds)}"
        for plan in plans
    ]
    if len(plans) > 1:
        lines.append(f"both, one after the other: about {duration(sum(plan.seconds for plan in plans))}")
    return [*lines, "Times are estimates, from two layers on this machine as busy as it is now"]


def _gigabytes(size: int) -> str:
    if size < 10**8:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:.2f} GB" if size < 10**10 else f"{size / 1e9:.1f} GB"
