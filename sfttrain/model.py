"""A Hugging Face directory becomes a model that attends within sequences only, in full-precision weights.

Any decoder of transformers whose layers are all full attention. No code from a checkpoint is run, and only
safetensors are read. Does not know what is trained.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

import torch

from sfteval.errors import CheckpointError
from sfttrain import attention

Precision = Literal["bf16", "fp32"]

TINY_BYTES = 2**23  # of weights


def load_model(folder: Path, device: torch.device) -> Any:
    """Return the model of a directory, ready to train on packed batches."""
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
                attn_implementation=attention.register(),
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
    attention.refuse_other_layers(model.config, str(folder))
    return model.to(device)


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
    """Compute matrix products in bf16 where that was chosen."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")


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
