"""A Hugging Face directory becomes a model that keeps sequences apart, in full-precision weights.

Any decoder of transformers: with full or sliding attention it trains on packed batches, through our own attention; with
other layers (linear, recurrent, soft caps, sinks) on padded ones, through its own. No code from a checkpoint is run,
and only safetensors are read. Does not know what is trained.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

import torch

from sfteval.errors import CheckpointError, ConfigurationError
from sfttrain import attention, head, norm
from sfttrain.distributed import decoder_blocks

Layout = Literal["packed", "grouped"]
Precision = Literal["bf16", "fp32"]

TINY_BYTES = 2**23  # of weights


def resolve_layout(wanted: Literal["auto", "packed", "grouped", "constant"], folder: Path) -> Layout:
    """Return how batches are laid out for a model: packed where its layers allow it.

    Raises: ConfigurationError for constant packing, CheckpointError where packing is asked of a model that cannot.
    """
    if wanted == "constant":
        raise ConfigurationError(
            "[batch] layout",
            expected='"packed" or "grouped" for fine-tuning',
            got='"constant", which cuts conversations in two: answers without their questions',
            next_move='Write layout = "auto"; constant packing is for continued pretraining (`sfttrain base`)',
        )
    if wanted == "grouped":
        return "grouped"
    config = _config(folder)
    others = attention.unpackable_layers(config) or _own_attention(config)
    if others and wanted == "packed":
        raise attention.refused(str(folder), others)
    return "grouped" if others else "packed"


def load_model(folder: Path, device: torch.device, layout: Layout = "packed") -> Any:
    """Return the model of a directory, ready to train on batches of this layout."""
    if not (folder / "config.json").is_file():
        raise _unreadable(folder, "none (config.json is missing)")
    if not list(folder.glob("*.safetensors")):
        raise _unreadable(folder, "none (no *.safetensors)")
    from transformers import AutoModelForCausalLM

    try:
        with quiet():
            model, loading = AutoModelForCausalLM.from_pretrained(
                folder,
                output_loading_info=True,
                attn_implementation=attention.register() if layout == "packed" else None,
                dtype=torch.float32,
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
            )
    except Exception as error:  # transformers and safetensors raise what they like for a torn file
        raise _unreadable(folder, f'"{str(error).strip().splitlines()[0]}"') from error
    lost = sorted(loading.get("missing_keys") or ()) + sorted(str(key) for key in loading.get("mismatched_keys") or ())
    if lost:  # transformers would make the rest up
        raise _unreadable(folder, f"{len(lost)} tensors missing or of another shape, {lost[0]} among them")
    model = model.to(device)
    norm.install(model)
    head.install(model, lambda: _two_tokens(model, layout))
    return model


def _two_tokens(model: Any, layout: Layout) -> torch.Tensor:
    """Return the logits of the smallest batch there is."""
    ids = torch.zeros(1, 2, dtype=torch.int64, device=model.device)
    ends = torch.tensor([0, 2], dtype=torch.int32, device=model.device)
    apart: dict[str, Any] = {"segments": attention.segments(ends)} if layout == "packed" else {}
    places = torch.arange(2, device=model.device)[None]
    logits: torch.Tensor = model(input_ids=ids, position_ids=places, use_cache=False, **apart).logits
    return logits


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    try:
        with quiet():
            return AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # transformers raises what it likes for a configuration that it does not know
        raise _unreadable(folder, f'"{str(error).strip().splitlines()[0]}"') from error


def _own_attention(config: Any) -> str:
    """Return the name of a model's class if it computes attention itself and would never call ours; "": it would."""
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    kind = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    is_own = isinstance(kind, type) and not getattr(kind, "_supports_attention_backend", False)
    return f"{kind.__name__}, whose attention is its own" if is_own else ""


def compile_layers(model: Any) -> None:
    """Compile the decoder's blocks one by one, for every length at once; attention itself is a kernel already.

    Raises: ConfigurationError where a CPU has no C++ compiler.
    """
    if model.device.type == "cpu" and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise ConfigurationError(
            "[memory] compile",
            expected="a C++ compiler (g++ or clang++)",
            got="none on the path",
            next_move="Install one, or write compile = false",
        )
    attention.leave_to_itself()
    norm.leave_to_itself(model)
    for block in decoder_blocks(model):
        block.compile(dynamic=True)


def is_tiny(folder: Path, device: torch.device) -> bool:
    """Return whether a model is so small, on a CPU, that it trains best on a single thread.

    Measured at 0.8 M parameters: 18k tokens/s on one thread, 28k on two, 36k in two processes of one thread each; on
    a busy machine two threads fall to a fifth of one. One thread also gives the same bits whatever the number of cores.
    """
    return device.type == "cpu" and sum(path.stat().st_size for path in folder.glob("*.safetensors")) <= TINY_BYTES


def training_device() -> torch.device:
    """Return where this machine trains."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resolve_precision(wanted: Literal["auto", "bf16", "fp32"], device: torch.device) -> Precision:
    """Return bf16 autocast where the machine computes it in hardware; weights are always fp32."""
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "fp32"


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Compute matrix products in bf16 where that was chosen; no cast is shared, so that threads may compute at once."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16", cache_enabled=False)


def _unreadable(folder: Path, got: str) -> CheckpointError:
    return CheckpointError(
        str(folder),
        expected="a Hugging Face checkpoint with safetensors",
        got=got,
        next_move="Check the path; make a small base model with `sfttrain base -o DIR`",
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' bars and notices off the terminal while it loads or saves."""
    from transformers.utils import logging as peer

    level, bars = peer.get_verbosity(), peer.is_progress_bar_enabled()
    peer.set_verbosity(logging.ERROR)
    peer.disable_progress_bar()
    try:
        yield
    finally:
        peer.set_verbosity(level)
        if bars:
            peer.enable_progress_bar()
