"""The nouns of `make bench-train`: a job, which is one setting measured once, and the figures that come of it.

A setting is named TRAINER[+FLAG...]:PRECISION, such as `sfttrain:bf16` or `trl-packed+ckpt:fp32`; `+ckpt` is gradient
checkpointing, `+liger` Liger's kernels, `+compile` layers that are compiled before the clock starts. Imports nothing
heavy: whoever measures memory must start small.
"""

import resource
import sys
from dataclasses import dataclass, field
from typing import Any

BETAS, MAX_GRAD_NORM, WEIGHT_DECAY = (0.9, 0.95), 1.0, 0.0

OURS = ("sfttrain:bf16", "sfttrain:fp32", "sfttrain+compile:bf16")
PEER_DEFAULT = "trl-default+ckpt:bf16"  # SFTConfig as it comes: padded batches, checkpointing on, bf16
NAMED = ("trl-default", "trl-grouped", "trl-packed")  # what the target names, checkpointing off and on
TRIED = ("trl-single", "trl-flat", "trl-packed-wide")  # what else could be faster; checkpointing only costs time
SETTINGS = (
    *OURS,
    *(f"{name}{flag}:{precision}" for name in NAMED for flag in ("+ckpt", "") for precision in ("bf16", "fp32")),
    *(f"{name}:{precision}" for name in TRIED for precision in ("bf16", "fp32")),
)


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that a setting is measured with."""

    setting: str
    folder: str  # of the model that both sides start from
    vocabulary: int
    share: float  # of tokens that are supervised
    steps: int
    conversations: int = 8  # per optimizer step
    max_tokens: int = 4096  # sfttrain only: what the model computes at once
    threads: int = 2
    device: str = "cpu"
    seed: int = 0
    lr: float = 1e-3

    @property
    def precision(self) -> str:
        """What matrix products are computed in; weights are fp32 on both sides."""
        return self.setting.partition(":")[2]

    @property
    def trainer(self) -> str:
        """Whose trainer, and its way of batching."""
        return self.setting.partition(":")[0].split("+")[0]

    @property
    def flags(self) -> frozenset[str]:
        """What is switched on besides."""
        return frozenset(self.setting.partition(":")[0].split("+")[1:])


@dataclass(slots=True)
class Figures:
    """What a job measured; lists have one entry per optimizer step."""

    seconds: list[float] = field(default_factory=list)  # from the end of the step before, batching included
    cpu_seconds: list[float] = field(default_factory=list)  # of all threads: a busy machine disturbs it less
    tokens: list[int] = field(default_factory=list)  # real ones, padding not counted
    supervised: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # nats per supervised token, before the step
    bytes_imported: int = 0  # peak once everything was imported and no model existed
    bytes_peak: int = 0
    config: dict[str, Any] = field(default_factory=dict)  # the peer's: what differs from its defaults
    config_whole: dict[str, Any] = field(default_factory=dict)


def peak_bytes() -> int:
    """Return the most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
