"""A model by its sizes, and what follows from them alone: bytes of memory, and operations.

The model is built from config.json without weights, so that the largest is counted in a moment. Estimates:

    activations   of a micro-batch = tokens x layers x (2 x outputs of a layer's linear modules + width of attention;
                  + 2 x width + 2 x width of attention where norms compute by themselves and not in `norm`) x 4 bytes,
                  three quarters of it where products are computed in bf16; where activations are recomputed, one
                  layer of it and the input of every other
    logits        = those in work at once on the device (`head`), x 12 bytes (16 in bf16): themselves, probabilities,
                  gradients
    temporaries   = a fifth of both: what the backward pass holds for a moment, and what the allocator keeps
    operations    per token = 6 x elements of the linear modules (2 forward, 2 for the gradients of what went in, 2 for
                  those of the weights, which frozen weights do without; 2 more where activations are recomputed) +
                  6 x layers x width of attention x mean length; and the head, at supervised positions only

The tensors that a step keeps, counted, are 0.89 to 1.00 of the formula for activations (Qwen3's layers of three
shapes, in fp32 and bf16, with norms of either kind).
Source: 6 operations per weight and token, Kaplan et al. 2020 (arXiv 2001.08361), section 2.1.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from sfteval.errors import CheckpointError
from sfttrain import norm
from sfttrain.batch import ROUND_TOKENS
from sfttrain.config import Recipe
from sfttrain.head import BLOCK_ELEMENTS, KEPT_BYTES, ROUND_ROWS
from sfttrain.lora import target_modules
from sfttrain.model import Precision, quiet


@dataclass(frozen=True, slots=True)
class Shape:
    """A model by its sizes, of which the first five count elements."""

    parameters: int  # with adapters
    trainable: int
    matrices: int  # trainable, of two dimensions, inside the layers: what Muon moves
    linear: int  # weights of the linear modules inside the layers, frozen ones too, without adapters
    adapters: int
    num_layers: int
    width: int
    attention_width: int
    linear_outputs: int  # of one layer's linear modules, adapters left aside
    vocabulary: int
    own_norms: bool = True  # they keep what they normalised; False: they compute in `norm`, which keeps none


def shape_of(base: Path, recipe: Recipe) -> Shape:
    """Return the sizes of a base model and of what a recipe would train of it, without reading a weight.

    Raises: CheckpointError where config.json names no model that transformers builds.
    """
    from transformers import AutoModelForCausalLM

    with understood(base), quiet(), torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config_of(base), dtype=torch.float32, trust_remote_code=False)
        linear = list(target_modules(model, ("all-linear",)).values())
        config, vocabulary = model.config, int(model.get_input_embeddings().weight.shape[0])
        num_layers, num_heads = int(config.num_hidden_layers), int(config.num_attention_heads)
        head_width = int(getattr(config, "head_dim", None) or config.hidden_size // num_heads)
    elements, parameters = sum(one.weight.numel() for one in linear), sum(one.numel() for one in model.parameters())
    rank = recipe.lora.rank
    chosen = target_modules(model, recipe.lora.targets).values() if rank else ()
    adapters = rank * sum(one.in_features + one.out_features for one in chosen)
    return Shape(
        parameters=parameters + adapters,
        trainable=adapters if rank else parameters,
        matrices=adapters if rank else elements,
        linear=elements,
        adapters=adapters,
        num_layers=num_layers,
        width=int(config.hidden_size),
        attention_width=num_heads * head_width,
        linear_outputs=sum(one.out_features for one in linear) // num_layers,
        vocabulary=vocabulary,
        own_norms=recipe.memory.compile or not norm.would_install(model),
    )


def memory_bytes(
    shape: Shape,
    recipe: Recipe,
    precision: Precision,
    num_tokens: int,
    supervised_share: float,
    device: torch.device,
) -> dict[str, int]:
    """Return the bytes that training holds at its peak, by what they are for; `num_tokens` are computed at once."""
    muon = recipe.optimizer.name == "muon"
    activations = _activation_bytes_per_token(shape, precision) * num_tokens
    if recipe.memory.recompute:
        activations = activations // shape.num_layers + 4 * num_tokens * shape.width * shape.num_layers
    rows = -(-int(supervised_share * num_tokens) // ROUND_ROWS) * ROUND_ROWS
    at_once = max(BLOCK_ELEMENTS[device.type], KEPT_BYTES // 2)  # whatever the vocabulary
    logits = min(rows * shape.vocabulary, at_once) * (16 if precision == "bf16" else 12)
    return {
        "weights": 4 * shape.parameters,
        "their copies in bf16": 2 * shape.linear if precision == "bf16" else 0,
        "gradients": 4 * shape.trainable,
        "optimizer": 8 * shape.trainable - (4 * shape.matrices if muon else 0),  # Muon keeps one moment, AdamW two
        "activations": activations,
        "logits": logits,
        "temporaries": (activations + logits) // 5,
    }


def batch_tokens(costs: Sequence[int], recipe: Recipe) -> int:
    """Return how many tokens the model computes at once, at most."""
    largest = min(recipe.batch.max_tokens, max(recipe.batch.step_tokens, *costs), sum(costs))
    return -(-largest // ROUND_TOKENS) * ROUND_TOKENS


def operations_per_token(shape: Shape, recipe: Recipe, mean_length: float) -> float:
    """Return the operations of the layers for a token, in a sequence of `mean_length` on average."""
    per_weight = (4 if recipe.lora.rank else 6) + (2 if recipe.memory.recompute else 0)
    attention = 6 * shape.num_layers * shape.attention_width * mean_length
    return per_weight * shape.linear + (per_weight + 2) * shape.adapters + attention


def operations_of_head(shape: Shape, recipe: Recipe) -> int:
    """Return the operations of the head for a supervised target."""
    return (4 if recipe.lora.rank else 6) * shape.width * shape.vocabulary


def config_of(base: Path) -> Any:
    """Return what transformers makes of a folder's config.json."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(base, local_files_only=True, trust_remote_code=False)


@contextmanager
def understood(base: Path) -> Iterator[None]:
    """Say of any error in the block that it is the base's configuration, in one sentence."""
    try:
        yield
    except Exception as error:  # transformers raises what it likes for a configuration that it does not understand
        raise CheckpointError(
            str(base / "config.json"),
            expected="a model that transformers builds",
            got=f'"{(str(error).strip().splitlines() or [type(error).__name__])[0]}"',
            next_move="Check the path, or update transformers",
        ) from error


def _activation_bytes_per_token(shape: Shape, precision: Precision) -> int:
    per_layer = 2 * shape.linear_outputs + shape.attention_width
    if shape.own_norms:
        per_layer += 2 * shape.width + 2 * shape.attention_width
    return shape.num_layers * per_layer * (3 if precision == "bf16" else 4)
