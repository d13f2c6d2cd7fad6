"""Low-rank adapters: a model and `[lora]` settings in, a model out of which only small matrices learn.

PEFT does the arithmetic and gives the files their layout, so that PEFT, vLLM (`--enable-lora`) and `sfteval` load what
we write. Adapters stand beside linear modules inside the layers, never at the embedding or the head: the loss reads the
head as it is, and a tied head cannot take an update that its table does not have. Learns nothing itself; what makes a
folder a chat model is copied by `checkpoint`.
Source: Hu et al. 2021 (arXiv 2106.09685); all linear modules, after Dettmers et al. 2023 (arXiv 2305.14314), section 4.
"""

import copy
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sfteval.errors import CheckpointError, ConfigurationError, nearest
from sfteval.identity import write_atomically
from sfttrain.config import LoraSettings

ALL_LINEAR = "all-linear"
CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"


def add_adapter(model: Any, settings: LoraSettings, seed: int) -> Any:
    """Return the model with adapters of float32 that learn, and everything else frozen; it answers as before.

    The same seed gives the same adapters, whatever was drawn before; torch's own generator is left as it was.
    Raises: ConfigurationError where a target is no linear module inside the layers, or peft is missing.
    """
    if settings.rank < 1:
        raise _misfit("rank", "at least 1", settings.rank, "Set rank, or train all weights without an adapter")
    peft = _peft()
    names = list(target_modules(model, settings.targets))
    config = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=_short(model, names),
        bias="none",
    )
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        return peft.get_peft_model(model, config, autocast_adapter_dtype=True)


def target_modules(model: Any, targets: Sequence[str]) -> dict[str, torch.nn.Linear]:
    """Return the modules that get an adapter, by full name; a target is `all-linear`, a name, or the end of one.

    Nothing is changed; a model on the meta device will do.
    """
    linear = _linear_modules(model)
    if ALL_LINEAR in targets and len(targets) == 1 and linear:
        return linear
    known = {name.rpartition(".")[2] for name in linear}
    if not targets or not linear:
        raise _misfit("targets", "linear modules inside the layers", list(targets) or "none", nearest("", known))
    chosen: dict[str, torch.nn.Linear] = {}
    for target in targets:
        found = {name: module for name, module in linear.items() if name == target or name.endswith(f".{target}")}
        if not found:
            hint = (
                f'Write ["{ALL_LINEAR}"] alone' if target == ALL_LINEAR else nearest(target.rpartition(".")[2], known)
            )
            raise _misfit("targets", "linear modules inside the layers", f'"{target}"', hint)
        chosen |= found
    return {name: module for name, module in linear.items() if name in chosen}


def save_adapter(folder: Path, model: Any, base: Path) -> None:
    """Write `adapter_config.json` and `adapter_model.safetensors` as PEFT lays them out, byte for byte reproducible.

    `base_model_name_or_path` is the base as seen from the folder: both may move together, and no path of this machine
    is told. `sfteval` finds the base by it; `PeftModel.from_pretrained(base_model, folder)` of PEFT and vLLM are told
    the base and do not read it; PEFT's `AutoPeftModelForCausalLM` reads it as seen from where it is started.
    Raises: ConfigurationError where a weight is not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    # Whether a vocabulary has grown is a question that peft would ask the hub; here none does.
    state = _peft().get_peft_model_state_dict(model, save_embedding_layers=False)
    weights = {name: state[name].detach().to("cpu", torch.float32).contiguous() for name in sorted(state)}
    _require_finite(weights)
    config = copy.copy(model.peft_config["default"])
    config.inference_mode = True
    config.base_model_name_or_path = Path(os.path.relpath(base.resolve(), folder.resolve())).as_posix()
    settings = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    try:
        save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    except SafetensorError as error:  # a full disk, in the writer's own words
        raise OSError(str(error)) from error
    write_atomically(folder / CONFIG_FILE, json.dumps(settings, indent=2, sort_keys=True) + "\n")


def load_adapter(model: Any, folder: Path) -> None:
    """Give the adapters of a model the weights that `save_adapter` wrote; every one of them, and nothing else."""
    from safetensors.torch import load_file

    weights = load_file(folder / WEIGHTS_FILE)
    known = _peft().get_peft_model_state_dict(model, save_embedding_layers=False).keys()
    if weights.keys() != known:
        first = min(weights.keys() ^ known)
        raise CheckpointError(
            str(folder / WEIGHTS_FILE),
            expected="the adapters of this recipe",
            got=f"others: {first}",
            next_move="Train them again into another -o",
        )
    _peft().set_peft_model_state_dict(model, weights)


def merged(model: Any) -> Any:
    """Return the plain model with its adapters added to its weights, fit for `checkpoint.save_model`.

    The model that came in is used up: save its adapter before.
    Raises: ConfigurationError where a weight is not finite.
    """
    _require_finite({name: one for name, one in model.named_parameters() if one.requires_grad})
    plain = model.merge_and_unload()
    _require_finite(dict(plain.named_parameters()))
    return plain


def _linear_modules(model: Any) -> dict[str, torch.nn.Linear]:
    head = model.get_output_embeddings()
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }


def _short(model: Any, names: Sequence[str]) -> list[str]:
    """Return the last parts of the names where they mean the same modules, as people and servers write them."""
    ends = {name.rpartition(".")[2] for name in names}
    meant = {name for name, _ in model.named_modules() if name.rpartition(".")[2] in ends}
    return sorted(ends if meant == set(names) else names)


def _require_finite(weights: dict[str, torch.Tensor]) -> None:
    bad = next((name for name, weight in weights.items() if not bool(torch.isfinite(weight).all())), None)
    if bad is not None:
        raise ConfigurationError(
            f"the adapter, {bad}",
            expected="finite weights",
            got="others",
            next_move="Lower lr in [optimizer] or raise warmup_steps in [schedule]",
        )


def _misfit(key: str, expected: str, got: object, next_move: str) -> ConfigurationError:
    return ConfigurationError(f"recipe, [lora] {key}", expected=expected, got=got, next_move=next_move)


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise ConfigurationError(
            "recipe, [lora]",
            expected="peft, which makes adapters",
            got=f"no module {error.name}",
            next_move="pip install 'sfteval[peft]', or set rank = 0",
        ) from error
    return peft
