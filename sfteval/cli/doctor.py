"""`sfteval doctor`: what this machine can do, and what to install for more."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

from sfteval import __version__
from sfteval.cli.options import debug_option
from sfteval.errors import SftevalError

NEEDED_DISK_GB = 3.0


@click.command("doctor")
@debug_option
def command() -> None:
    """Say what this machine can do, and what to install for more."""
    for title, state, advice in findings():
        click.echo(f"{title:<18} {state}")
        if advice:
            click.echo(f"{'':<18} -> {advice}")


def findings() -> list[tuple[str, str, str]]:
    """Return one row a capability: its name, what was found, and the next move when something is missing."""
    return [
        ("sfteval", f"{__version__} on Python {platform.python_version()}, {os.cpu_count()} cores", ""),
        _local(),
        _accelerator(),
        _vllm(),
        _flash_attention(),
        _package("peft", "LoRA adapters", "pip install 'sfteval[peft]'"),
        _package("lm_eval", "lm-eval tasks", "pip install 'sfteval[lm-eval]'", "lm-eval"),
        _comet(),
        _disk(),
    ]


def _found(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _local() -> tuple[str, str, str]:
    torch, transformers = _found("torch"), _found("transformers")
    if torch and transformers:
        return ("embedded backend", f"yes: torch {torch}, transformers {transformers}", "")
    advice = "pip install 'sfteval[local]' to train and to ask checkpoints in this process; endpoints need nothing more"
    return ("embedded backend", "no: torch or transformers missing", advice)


def _accelerator() -> tuple[str, str, str]:
    if not _found("torch"):
        return ("GPU", "not known without torch", "")
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return ("GPU", f"{torch.cuda.get_device_name()}, {free / 2**30:.0f} of {total / 2**30:.0f} GiB free", "")
    return ("GPU", "none: everything runs on the CPU", "")


def _vllm() -> tuple[str, str, str]:
    from sfteval.backends import Serving
    from sfteval.backends.vllm.installation import find_installation

    try:
        found = find_installation(Serving())
    except SftevalError as error:
        return ("vLLM", f"no: {error.got}", error.next_move)
    return ("vLLM", f"yes: {found.version}{' for CPUs' if found.on_cpu else ''}; --backend vllm", "")


def _flash_attention() -> tuple[str, str, str]:
    found = _found("flash-attn") or _found("flash_attn")
    if found:
        return ("FlashAttention", f"yes: {found}", "")
    return ("FlashAttention", "no: torch's own kernels are used", "pip install 'sfteval[flash-attn]' on a CUDA machine")


def _package(module: str, title: str, advice: str, name: str | None = None) -> tuple[str, str, str]:
    if find_spec(module) is None:
        return (title, "no", advice)
    return (title, f"yes: {_found(name or module)}", "")


def _comet() -> tuple[str, str, str]:
    if os.environ.get("COMET_API_KEY"):
        return ("Comet", "key present: archives are uploaded after they are written", "")
    return ("Comet", "no key: archives are written offline", "set COMET_API_KEY to upload, or use `comet upload` later")


def _disk() -> tuple[str, str, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    advice = f"`make demo` needs about {NEEDED_DISK_GB:.0f} GB" if free < NEEDED_DISK_GB else ""
    return ("disk", f"{free:.0f} GB free here", advice)
