"""What the machine takes to learn, looked at for a moment, and how much of its memory is free.

Two layers of the model's own shape learn from rows of the recipe, in its precision and with its optimizer, and the head
beside them; what they take is told per token, target and weight. The peak speed of products times a stated utilisation
was tried first and was wrong by a factor of 2 to 16 on a CPU whose products are fast: there all else decides.
Does not know how much there is to learn.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from sfttrain import attention, norm
from sfttrain.batch import to_device
from sfttrain.config import Recipe
from sfttrain.head import ROUND_ROWS, LinearCrossEntropy, Question
from sfttrain.lora import ALL_LINEAR, add_adapter
from sfttrain.loss import summed_loss
from sfttrain.model import Precision, autocast, quiet, resolve_layout
from sfttrain.optim import build_optimizer
from sfttrain.plan.sizes import Shape, config_of, understood
from sfttrain.prepare import Material
from sfttrain.step import cut
from sfttrain.types import NOT_LEARNED, Batch

PROBE_SECONDS = 0.5  # at least
PROBE_LAYERS, PROBE_TOKENS, PROBE_ROWS, PROBE_VOCABULARY = 2, 4096, 256, 16_384  # at most
FIRST_STEP_BYTES = 150_000_000  # of kernels that a CPU's first step loads and compiles; measured, 0.14 to 0.21 GB
FEWEST_TURNS = 3  # the first compiles and does not count


@dataclass(frozen=True, slots=True)
class Speed:
    """What this machine takes to learn, as busy as it is and with the threads that training will have."""

    layer_seconds: float  # per token and layer, forward and backward
    head_seconds: float  # per supervised target and word of the vocabulary
    optimizer_seconds: float  # per step and weight that learns


def measure(material: Material, recipe: Recipe, shape: Shape, device: torch.device, precision: Precision) -> Speed:
    """Return what this machine takes; medians, so that what else runs here counts as it will count in training."""
    batch = _batch(material, recipe, device)
    model = _two_layers(material.base, recipe, device)
    optimizer = build_optimizer(model, recipe.optimizer)

    def learn() -> None:
        with autocast(device, precision):
            loss, _ = summed_loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]

    layers, moves = _median_seconds((learn, lambda: optimizer.step(0.0)), device)
    num_layers = int(model.config.num_hidden_layers)
    return Speed(
        layer_seconds=layers / batch.input_ids.numel() / num_layers,
        head_seconds=_head_seconds(shape, device, precision),
        optimizer_seconds=moves / sum(one.numel() for one in model.parameters() if one.requires_grad),
    )


def occupied_bytes(device: torch.device) -> int:
    """Return what this process holds on the device before it trains, in bytes, kernels of the first step included."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    try:
        import resource

        held = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, ImportError):  # nobody tells
        held = 0
    return held + FIRST_STEP_BYTES


def available_bytes(device: torch.device) -> int | None:
    """Return how much memory is free on the device, in bytes, what this process holds not counted; None: unknown."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    free = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(free) * 1024 if free else None


def _two_layers(base: Path, recipe: Recipe, device: torch.device) -> Any:
    """Return the first layers of a model of this configuration, with weights of noise and hardly a vocabulary."""
    from transformers import AutoModelForCausalLM

    with understood(base), quiet(), torch.random.fork_rng([]):
        config = config_of(base)
        config.num_hidden_layers = min(PROBE_LAYERS, config.num_hidden_layers)
        if getattr(config, "layer_types", None):
            config.layer_types = config.layer_types[: config.num_hidden_layers]
        config.vocab_size, config.pad_token_id = ROUND_ROWS, None
        kernel = attention.register() if resolve_layout(recipe.batch.layout, base) == "packed" else None
        model = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, attn_implementation=kernel, trust_remote_code=False
        ).to(device)
    if not recipe.memory.compile:
        norm.install(model)
    if recipe.lora.rank:  # the recipe may name modules of later layers
        model = add_adapter(model, replace(recipe.lora, targets=(ALL_LINEAR,)), recipe.seed)
    if recipe.memory.recompute:
        model.gradient_checkpointing_enable()
    return model.train()


def _batch(material: Material, recipe: Recipe, device: torch.device) -> Batch:
    """Return one micro-batch of real lengths, whose words are all the same and of which one is learned."""
    examples = [one for group in next(iter(material.examples.values())) for one in group]
    layout = resolve_layout(recipe.batch.layout, material.base)
    batch = cut(examples, min(recipe.batch.max_tokens, PROBE_TOKENS), layout, 1)[0]
    targets = torch.full_like(batch.targets, NOT_LEARNED)
    targets[-1] = 0
    return to_device(replace(batch, input_ids=torch.zeros_like(batch.input_ids), targets=targets), device)


def _head_seconds(shape: Shape, device: torch.device, precision: Precision) -> float:
    """Return the seconds per row and word of logits and cross entropy, forward and backward."""
    words = min(shape.vocabulary, PROBE_VOCABULARY)
    table = torch.ones(words, shape.width, device=device, requires_grad=True)
    hidden = torch.ones(PROBE_ROWS, shape.width, device=device, requires_grad=True)
    targets = torch.zeros(PROBE_ROWS, dtype=torch.long, device=device)

    question = Question(torch.arange(PROBE_ROWS, device=device), targets, 1.0)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32

    def learn() -> None:
        losses: torch.Tensor = LinearCrossEntropy.apply(hidden, table, question, dtype)  # type: ignore[no-untyped-call]
        losses.sum().backward()  # type: ignore[no-untyped-call]

    return _median_seconds((learn,), device)[0] / PROBE_ROWS / words


def _median_seconds(work: Sequence[Callable[[], object]], device: torch.device) -> tuple[float, ...]:
    """Return the median duration of each piece of work, done in turns."""
    turns: list[list[float]] = []
    end = time.perf_counter() + PROBE_SECONDS
    while len(turns) < FEWEST_TURNS or time.perf_counter() < end:
        turns.append([_seconds_of(one, device) for one in work])
    return tuple(statistics.median(turn[index] for turn in turns[1:]) for index in range(len(work)))


def _seconds_of(work: Callable[[], object], device: torch.device) -> float:
    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started
