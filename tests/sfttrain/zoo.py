"""Tiny random models of other families, written as folders that a recipe can name as its base."""

from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from sfttrain.model import quiet
from sfttrain.types import Example
from tests.toys import VOCABULARY_SIZE, toy_checkpoint

SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY_SIZE,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
SLIDING_AND_FULL = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 8}
PACKED: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {},
    "qwen3": {"head_dim": 8},
    "gemma3_text": {"head_dim": 8, **SLIDING_AND_FULL},
    "phi3": {},
    "smollm3": {},
    "olmo2": {},
    "mistral": {"sliding_window": 8},
    "granite": {"logits_scaling": 4.0},
    "cohere": {},
}
GROUPED: dict[str, dict[str, Any]] = {
    "gpt_oss": {"head_dim": 8, "num_local_experts": 2, "num_experts_per_tok": 1, **SLIDING_AND_FULL},
    "qwen3_next": {
        "head_dim": 8,
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "num_experts": 2,
        "num_experts_per_tok": 1,
        "moe_intermediate_size": 16,
        "shared_expert_intermediate_size": 16,
    },
    "lfm2": {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False},
    "gemma2": {"head_dim": 8},
    "stablelm": {},
}


def _config(kind: str, **settings: Any) -> Any:
    from transformers import AutoConfig

    return AutoConfig.for_model(kind, **(SMALL | PACKED.get(kind, {}) | GROUPED.get(kind, {}) | settings))


def tiny_checkpoint(folder: Path, kind: str, **settings: Any) -> Path:
    """Write a tiny random model of a family, with the toy's tokenizer and template, and return its folder."""
    from transformers import AutoModelForCausalLM

    toy_checkpoint(folder)
    generation = (folder / "generation_config.json").read_text(encoding="utf-8")
    torch.manual_seed(0)
    with quiet():
        AutoModelForCausalLM.from_config(_config(kind, **settings)).save_pretrained(folder)
    (folder / "generation_config.json").write_text(generation, encoding="utf-8")
    return folder


def own_losses(folder: Path, examples: list[Example]) -> torch.Tensor:
    """Return the loss of every target as transformers alone computes it, one sequence at a time; fp32 [targets]."""
    from transformers import AutoModelForCausalLM

    with quiet():
        model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    losses = []
    with torch.no_grad():
        for one in examples:
            logits = model(torch.tensor([list(one.token_ids)]), use_cache=False).logits[0]
            targets = torch.tensor(list(one.targets))
            losses.append(functional.cross_entropy(logits, targets, reduction="none")[targets >= 0])
    return torch.cat(losses)
