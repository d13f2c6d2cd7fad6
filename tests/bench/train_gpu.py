"""The accelerator's part of `make bench-train`: a Qwen3-0.6B shape, TRL's fastest settings there and `sfttrain`.

Runs only where CUDA is at hand. TRL gets FlashAttention and Liger where they are installed. What a token is worth in
operations is counted from the shape, forward once and backward twice, logits only where something is learned.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from tests.bench.train_job import OURS, Job
from tests.bench.train_process import WorkerError, add, make_model, measure, python
from tests.bench.train_rates import Found
from tests.bench.train_rows import Row, Shape, draw_rows

SHAPE = Shape(151_936, layers=28, width=1024, heads=16, kv_heads=8, head_width=128, inner=3072)
SHARE, STEPS, CONVERSATIONS, MAX_TOKENS = 0.8, 12, 64, 16_384

PROBE = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else '')"
PEAK = """
import statistics, time, torch
a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
seconds = []
for _ in range(30):
    torch.cuda.synchronize(); began = time.perf_counter(); a @ b; torch.cuda.synchronize()
    seconds.append(time.perf_counter() - began)
print(2 * 8192**3 / statistics.median(seconds[10:]))
"""


def run(scratch: Path, runs: int) -> Found | None:
    """Return what was measured, or nothing where there is no accelerator. TRL's settings may fail and are told."""
    device = python("-c", PROBE, device="cuda").strip()
    if not device:
        return None
    folder = scratch / "gpu"
    make_model(folder, SHAPE, 0)
    settings: Found = {}
    failed: dict[str, str] = {}
    for turn in range(runs):
        for name in names():
            job = Job(name, str(folder), SHAPE.vocabulary, SHARE, STEPS, CONVERSATIONS, MAX_TOKENS, 8, "cuda")
            try:
                add(settings, name, turn, measure(job))
            except WorkerError as error:
                if name in OURS:
                    raise
                failed[name] = str(error)
    rows = draw_rows(STEPS * CONVERSATIONS, SHAPE.vocabulary, SHARE, 0)
    peak = float(python("-c", PEAK, device="cuda").split()[-1])
    worth = flops_per_token(SHAPE, rows)
    return {"device": device, "peak": peak, "flops_per_token": worth, "settings": settings, "failed": failed}


def names() -> list[str]:
    """Return the settings worth a GPU's time."""
    peers = ["trl-packed", "trl-packed-wide", "trl-flat"]
    if importlib.util.find_spec("liger_kernel"):
        peers += [f"{name}+liger" for name in peers]
    return [OURS[0], *(f"{name}:bf16" for name in peers)]


def flops_per_token(shape: Shape, rows: Sequence[Row]) -> float:
    """Return the operations that training on a token takes on average: forward once, backward twice."""
    inside = shape.heads * shape.head_width
    keys_values = 2 * shape.kv_heads * shape.head_width
    matrices = shape.layers * shape.width * (2 * inside + keys_values + 3 * shape.inner)
    lengths = [len(row.token_ids) for row in rows]
    attended = sum(length * (length + 1) / 2 for length in lengths)  # pairs of a token and what it sees
    learned = sum(len(row.token_ids) - row.prompt_length for row in rows)
    forward = 2 * matrices * sum(lengths) + 4 * shape.layers * inside * attended
    forward += 2 * shape.width * shape.vocabulary * learned
    return 3 * forward / sum(lengths)
