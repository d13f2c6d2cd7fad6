"""What this machine can give to servers: free GPUs, free memory, and who gets which of them.

Sizes are bytes. A model is taken to need its weights and a fifth more before the first token fits in the cache; the
smallest power of two of GPUs that holds that serves it. Does not know vLLM's options, nor what is served.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
MIB = 1 << 20
NEED = 1.2  # of the weights: what a server holds beside its cache
SHARE = 0.9  # of a GPU that one server takes; vLLM's own default
QUERY = ("nvidia-smi", "--query-gpu=index,uuid,memory.free,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU that we may use."""

    index: str
    free: int
    total: int

    @property
    def share(self) -> float:
        """The part of it that a server may ask for; a little less than what is free, for vLLM measures too."""
        return min(SHARE, int(95 * self.free / self.total) / 100)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one server runs."""

    devices: tuple[str, ...] = ()  # GPU indices; empty: whatever vLLM finds
    memory_share: float | None = None  # of each of them; None: vLLM's default


def visible_gpus() -> tuple[Gpu, ...]:
    """Return the NVIDIA GPUs that this process may use, the freest first; none without a driver."""
    try:
        done = subprocess.run(QUERY, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(done.stdout, os.environ.get("CUDA_VISIBLE_DEVICES"))


def parse_gpus(table: str, visible: str | None) -> tuple[Gpu, ...]:
    """Return the GPUs of nvidia-smi's table; `visible` is CUDA_VISIBLE_DEVICES, by index or by UUID."""
    wanted = None if visible is None else [name.strip() for name in visible.split(",") if name.strip()]
    found = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != 4 or not all(size.isdigit() for size in cells[2:]):  # a partitioned GPU tells "[N/A]"
            continue
        index, uuid, free, total = cells[0], cells[1], int(cells[2]) * MIB, int(cells[3]) * MIB
        if total and (wanted is None or any(name == index or uuid.startswith(name) for name in wanted)):
            found.append(Gpu(index, free, total))
    return tuple(sorted(found, key=lambda gpu: -gpu.free))


def place(weights: int, gpus: Sequence[Gpu]) -> Placement:
    """Return where one server of so many bytes of weights runs, alone on the freest GPUs."""
    if not gpus:
        return Placement()
    num = 1
    while not _holds(gpus[:num], weights) and num * 2 <= len(gpus):
        num *= 2
    return _on(gpus[:num], 1)


def place_together(weights: Sequence[int], gpus: Sequence[Gpu]) -> tuple[Placement, ...] | None:
    """Return where several servers run at once: GPUs of their own first, shared ones else; None: they do not fit."""
    left = list(gpus)
    apart = []
    for size in weights:
        placement = place(size, left)
        mine = left[: len(placement.devices)]
        if not mine or not _holds(mine, size):
            break
        apart.append(placement)
        left = left[len(mine) :]
    if len(apart) == len(weights):
        return tuple(apart)
    if gpus and all(_holds(gpus[:1], size, len(weights)) for size in weights):
        return (_on(gpus[:1], len(weights)),) * len(weights)
    return None


def _holds(gpus: Sequence[Gpu], weights: int, num_servers: int = 1) -> bool:
    usable = min((gpu.share * gpu.total / num_servers for gpu in gpus), default=0.0)
    return weights * NEED <= usable * len(gpus)


def _on(gpus: Sequence[Gpu], num_servers: int) -> Placement:
    share = min(gpu.share for gpu in gpus) / num_servers
    return Placement(tuple(gpu.index for gpu in gpus), None if share == SHARE else int(share * 100) / 100)


def weight_bytes(*folders: Path) -> int:
    """Return the size of the safetensors files in some folders."""
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*.safetensors"))


def free_memory() -> int:
    """Return how much main memory is free, the limit of a container included."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    limit, used = (_lines(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    if limit and used and limit[0].isdigit():
        free = min(free, int(limit[0]) - int(used[0]))
    return max(free, 0)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
