"""How `make bench-train` runs things: every job and every model in a fresh, quiet, offline process.

The parent imports nothing heavy, so that a child's peak memory is its own. `add` files a run beside those before it.
"""

import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.train_job import Job
from tests.bench.train_rows import Shape

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS")


class WorkerError(RuntimeError):
    """A process of the benchmark failed; the message is the last line of its complaint."""


def measure(job: Job) -> dict[str, Any]:
    """Return a job's figures from a fresh, quiet, offline process."""
    with tempfile.TemporaryDirectory() as scratch:
        job_file, result_file = Path(scratch, "job.json"), Path(scratch, "result.json")
        job_file.write_text(json.dumps(dataclasses.asdict(job)))
        python(
            "-m", "tests.bench.train_worker", str(job_file), str(result_file), threads=job.threads, device=job.device
        )
        found: dict[str, Any] = json.loads(result_file.read_text())
    return found


def python(*words: str, threads: int = 2, device: str = "cpu") -> str:
    """Run this Python from the repository's root and return what it printed."""
    told = dict.fromkeys(OFFLINE, "1") | {"OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
    if device == "cpu":
        told |= {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *words], cwd=ROOT, env=os.environ | told, capture_output=True, text=True
    )
    if done.returncode:
        if done.stderr:
            print(done.stderr[-4000:], file=sys.stderr)
        raise WorkerError((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    return done.stdout


def make_model(folder: Path, shape: Shape, seed: int) -> int:
    """Save a model from a process of its own, so that this one stays small; return its number of parameters."""
    program = (
        "from pathlib import Path; from tests.bench.train_rows import Shape, save_model;"
        f" print(save_model(Path({str(folder)!r}), {shape!r}, {seed}))"
    )
    return int(python("-c", program).split()[-1])


def add(settings: dict[str, Any], name: str, run: int, figures: dict[str, Any]) -> None:
    """File one run's figures; what every run has in common is kept once."""
    kept = settings.setdefault(
        name,
        {
            "config": figures["config"],
            "tokens": figures["tokens"],
            "supervised": figures["supervised"],
            "losses": [round(loss, 6) for loss in figures["losses"]],
            "runs": [],
        },
    )
    times = {key: [round(second, 3) for second in figures[key]] for key in ("seconds", "cpu_seconds")}
    memory = {key: figures[key] for key in ("bytes_imported", "bytes_peak")}
    kept["runs"].append({"run": run} | times | memory)


def describe_machine() -> dict[str, Any]:
    """Return processor, cores and the versions that decide what is fast."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = facts.get("flags", "").split()
    return {
        "processor": facts.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "bf16": [flag for flag in ("avx512_bf16", "amx_bf16") if flag in flags],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "accelerate")},
    }
