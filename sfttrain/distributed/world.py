"""Which process this is, how it joins the others, and what figures they tell each other.

Reads the environment of torchrun; a process started any other way is alone, and every function is then a no-op.
"""

import gc
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

from sfteval.errors import ConfigurationError, InfrastructureError
from sfteval.identity import content_hash

T = TypeVar("T")

TIMEOUT = timedelta(minutes=30)  # for one rank to wait for another; torchrun ends the rest of a failed run at once
LAUNCHER = "torchrun --nproc-per-node N -m sfttrain ..."


@dataclass(frozen=True, slots=True)
class World:
    """Which of how many processes this is, and where it computes."""

    rank: int  # [0, size)
    size: int
    local_rank: int  # on this machine
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this is the one rank that talks and writes files."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        """Whether there is nobody to wait for."""
        return self.size == 1


ALONE = World(0, 1, 0, torch.device("cpu"))  # for work that asks for no device of its own


def world(environment: Mapping[str, str] = os.environ) -> World:
    """Return what torchrun says of this process; alone where it says nothing.

    Raises: ConfigurationError where the variables are missing in part, contradict each other or ask for more GPUs
    than there are.
    """
    if "WORLD_SIZE" not in environment and "RANK" not in environment:
        return World(0, 1, 0, _device(0))
    size, rank = _number(environment, "WORLD_SIZE", 1), _number(environment, "RANK", 0)
    local_rank = _number(environment, "LOCAL_RANK", 0) if size > 1 else 0
    for name, value in {"RANK": rank, "LOCAL_RANK": local_rank}.items():
        if value >= size:
            raise _inconsistent(name, f"a number below WORLD_SIZE = {size}", value)
    for name in ("MASTER_ADDR", "MASTER_PORT") if size > 1 else ():
        if not environment.get(name):
            raise _inconsistent(name, "where rank 0 listens", "nothing")
    return World(rank, size, local_rank, _device(local_rank))


@contextmanager
def started(world: World, timeout: timedelta = TIMEOUT) -> Iterator[World]:
    """Join the other ranks, and part from them at the end, so that none waits for one that failed.

    SIGTERM, which torchrun sends when another rank failed or Ctrl-C was pressed, unwinds like Ctrl-C.

    Raises: InfrastructureError where another rank stopped or cannot be reached.
    """
    if world.is_alone:
        yield world
        return
    on_gpu = world.device.type == "cuda"
    if on_gpu:
        torch.cuda.set_device(world.device)
    with _terminated_like_interrupted(), _told_plainly(world):
        distributed.init_process_group(
            "nccl" if on_gpu else "gloo",
            rank=world.rank,
            world_size=world.size,
            timeout=timeout,
            device_id=world.device if on_gpu else None,
        )
        try:
            yield world
        except BaseException:
            if on_gpu and distributed.group.WORLD:  # an orderly end would wait for what the others will never send
                distributed.group.WORLD.abort()
            raise
        finally:
            gc.collect()  # what still holds the group would outlive it, and gloo's threads with it
            distributed.destroy_process_group()


def summed(figures: Sequence[float], world: World) -> list[float]:
    """Return figures (losses, counts), each added up over all ranks, in float64."""
    if world.is_alone:
        return list(figures)
    total = torch.tensor(figures, dtype=torch.float64, device=world.device)
    distributed.all_reduce(total)
    added: list[float] = total.tolist()
    return added


def from_main(value: T, world: World) -> T:
    """Return what rank 0 passed: a decision that must be the same everywhere. Also waits until rank 0 is here."""
    if world.is_alone:
        return value
    told: list[Any] = [value]
    distributed.broadcast_object_list(told, src=0, device=world.device)
    decided: T = told[0]
    return decided


def agreed(values: Mapping[str, object], world: World) -> None:
    """Refuse to start where ranks would not do the same; `values` is JSON by name: recipe, order, base.

    Raises: ConfigurationError that names what differs, and on which ranks.
    """
    if world.is_alone:
        return
    everybody: list[Any] = [None] * world.size
    distributed.all_gather_object(everybody, {name: content_hash(value) for name, value in values.items()})
    for name in values:
        others = [rank for rank, hashes in enumerate(everybody) if hashes.get(name) != everybody[0].get(name)]
        if others:
            raise ConfigurationError(
                f"rank {', '.join(map(str, others))}",
                expected=f"the same {name} as on rank 0",
                got="another",
                next_move="Give every machine the same recipe, data, base model and versions",
            )


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Unwind on SIGTERM, so that half-written folders are removed."""
    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: a second must not cut the unwinding short
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _told_plainly(world: World) -> Iterator[None]:
    """Turn what gloo and nccl say when another rank is gone into one line."""
    try:
        yield
    except RuntimeError as error:
        if not (isinstance(error, distributed.DistError) or "gloo" in str(error).lower()):
            raise
        raise InfrastructureError(
            f"rank {world.rank} of {world.size}",
            expected="the other ranks to go on",
            got=f'"{(str(error).strip() or type(error).__name__).splitlines()[0]}"',
            next_move="Read what the rank said that stopped first, mend it and start again",
        ) from error


def _device(local_rank: int) -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise ConfigurationError(
            "LOCAL_RANK",
            expected=f"one process for each of {torch.cuda.device_count()} GPUs",
            got=f"process {local_rank + 1}",
            next_move="Lower --nproc-per-node",
        )
    return torch.device("cuda", local_rank)


def _number(environment: Mapping[str, str], name: str, least: int) -> int:
    text = environment.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) >= least):
        raise _inconsistent(name, f"a whole number from {least}", f'"{text[:40]}"' if text else "nothing")
    return int(text)


def _inconsistent(name: str, expected: str, got: object) -> ConfigurationError:
    return ConfigurationError(
        f"environment, {name}",
        expected=expected,
        got=got,
        next_move=f"Start several processes as {LAUNCHER}, or unset RANK and WORLD_SIZE for one",
    )
