"""How a server is started: what it shall serve and where in, an argument list and an environment out. Pure functions.

Nothing that changes an answer is left to vLLM's defaults: no sampling from generation_config.json, float32 on a CPU
(greedy answers then equal those of transformers), no grammar that forces a tool call's form. The key travels in the
environment, so that no process list shows it. Does not start anything.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.backends.vllm.arguments import checked
from sfteval.backends.vllm.installation import Installation
from sfteval.backends.vllm.machine import GIB, Placement
from sfteval.chat import ChatFormat
from sfteval.chat.template import read_json
from sfteval.types import Json

SECRETS = ("COMET_API_KEY", "OPENAI_API_KEY", "SFTEVAL_API_KEY", "VLLM_API_KEY")
SETTINGS = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_SERVER_DEV_MODE": "0",
    "VLLM_ENFORCE_STRICT_TOOL_CALLING": "0",  # what a model writes is its own, right or wrong
    "VLLM_LOGGING_COLOR": "0",
    "NO_COLOR": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONSAFEPATH": "1",  # a folder called "tokenizers" where the command is called is not the library
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # as nvidia-smi counts
}
CACHE_KEY = "VLLM_CPU_KVCACHE_SPACE"
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # the limits that vLLM knows
MOST_SEQUENCES = 256  # vLLM's default of requests under way at once
LONGEST_USUAL = 2048  # tokens of a conversation, when the CPU's cache is measured out


@dataclass(frozen=True, slots=True)
class Served:
    """What one server serves: a model, or adapters of it."""

    folder: Path
    name: str
    adapters: Mapping[str, Path] = field(default_factory=dict)  # by served name
    parsers: tuple[str, ...] = ()
    tokenizer: Path | None = None  # None: the model's own
    chat_template: Path | None = None  # None: the tokenizer's own

    @property
    def names(self) -> frozenset[str]:
        """Every name under which something can be asked."""
        return frozenset((self.name, *self.adapters))


def command(found: Installation, served: Served, placement: Placement, extra: Sequence[str], port: int) -> list[str]:
    """Return the arguments that start a server on a loopback port; the user's own come last and win.

    Raises: ConfigurationError for an argument that is ours to set.
    """
    module, *subcommand = found.entry
    model = [str(served.folder)] if subcommand else ["--model", str(served.folder)]
    options: dict[str, str | int | float | Path | None] = {
        "--served-model-name": served.name,
        "--host": "127.0.0.1",
        "--port": port,
        "--uvicorn-log-level": "warning",  # no line for every request
        "--generation-config": "vllm",
        "--dtype": "float32" if found.on_cpu else "auto",
        "--tokenizer": served.tokenizer,
        "--chat-template": served.chat_template,
        "--tensor-parallel-size": len(placement.devices) if len(placement.devices) > 1 else None,
        "--gpu-memory-utilization": placement.memory_share,
        "--max-model-len": _shorter(served.folder) if found.on_cpu else None,
    }
    words = [str(word) for pair in options.items() if pair[1] is not None for word in pair]
    eager = ["--enforce-eager"] if found.on_cpu else []
    return [found.python, "-m", module, *subcommand, *model, *words, *eager, *served.parsers,
            *_adapters(found, served.adapters), *checked(extra)]  # fmt: skip


def environment(
    found: Installation, served: Served, placement: Placement, key: str, free_memory: int, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Return a server's environment: what we inherited without our own secrets, and its key."""
    kept = {name: value for name, value in inherited.items() if name not in SECRETS}
    kept |= SETTINGS | {"VLLM_API_KEY": key}
    if placement.devices:
        kept["CUDA_VISIBLE_DEVICES"] = ",".join(placement.devices)
    if found.on_cpu:
        kept.setdefault(CACHE_KEY, str(cache_gib(read_json(served.folder / "config.json"), free_memory)))
    return kept


def parsers(chat: ChatFormat) -> tuple[str, ...]:
    """Return the options by which a server parses this format beside us; none where it is not known to fit."""
    source = chat.template.source
    found: list[str] = []
    if "<tool_call>" in source and "<function=" not in source:
        found += ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    # vLLM's parser asks for both tags as tokens of their own.
    if "<think>" in source and all(chat.tokenizer.token_id(tag) is not None for tag in ("<think>", "</think>")):
        found += ["--reasoning-parser", "qwen3"]
    return tuple(found)


def cache_gib(config: Json, free_memory: int) -> int:
    """Return the room for keys and values on a CPU: what many usual conversations need, at most a quarter of it all."""
    most = max(free_memory // (4 * GIB), 1)
    wanted = cache_bytes_per_token(config) * MOST_SEQUENCES * LONGEST_USUAL
    return min(-(-wanted // GIB), most) if wanted else most


def cache_bytes_per_token(config: Json) -> int:
    """Return how much one token takes in the cache in float32; 0: the configuration does not say."""
    text: Mapping[str, Any] = config.get("text_config") or config
    heads = text.get("num_attention_heads")
    per_head = text.get("head_dim") or (text.get("hidden_size", 0) // heads if heads else 0)
    return 2 * 4 * int(text.get("num_hidden_layers", 0)) * int(text.get("num_key_value_heads", heads) or 0) * per_head


def _shorter(folder: Path) -> int | None:
    """Return the longest conversation that a CPU's cache is made for, where the model would allow a longer one."""
    config = read_json(folder / "config.json")
    longest = (config.get("text_config") or config).get("max_position_embeddings")
    per_token = cache_bytes_per_token(config)
    if not isinstance(longest, int) or not per_token:
        return None
    room = GIB // per_token  # the smallest cache there is
    return max(room // 1024, 1) * 1024 if longest > room else None


def _adapters(found: Installation, adapters: Mapping[str, Path]) -> list[str]:
    if not adapters:
        return []
    configs = [read_json(folder / "adapter_config.json") for folder in adapters.values()]
    rank = max(map(_rank, configs))
    limit = next((limit for limit in LORA_RANKS if limit >= rank), rank)
    modules = [json.dumps({"name": name, "path": str(folder)}) for name, folder in adapters.items()]
    return ["--enable-lora", "--max-loras", str(len(adapters)), "--max-lora-rank", str(limit),
            *(_targets(configs) if found.takes_lora_targets else ()), "--lora-modules", *modules]  # fmt: skip


def _targets(configs: Sequence[Json]) -> list[str]:
    """Return the option that leaves other layers alone: with a wrapped head the CPU build dies of prompt_logprobs."""
    named = [config.get("target_modules") for config in configs]
    if not all(isinstance(names, list) and names for names in named):
        return []
    return ["--lora-target-modules", *sorted({str(name).split(".")[-1] for names in named for name in names or ()})]


def _rank(config: Json) -> int:
    patterns = config.get("rank_pattern")
    ranks = [config.get("r"), *(patterns.values() if isinstance(patterns, dict) else ())]
    return max((rank for rank in ranks if isinstance(rank, int)), default=LORA_RANKS[0])
