"""One dataset to two checkpoints: both arms over the same conversations, in the same order, in the same steps.

An arm that stands finished with the same recipe, data and base is reused, so that a killed `pair` goes on with what is
missing. The arms of a tiny model train side by side, each in a process and on a thread of its own, which gives the
same bits as one after the other. Does not compare the two: that is `sfteval`.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sfteval.errors import SftevalError
from sfteval.progress import Progress, Stage
from sfttrain.checkpoint import discard_partial, is_finished, read_run
from sfttrain.config import Recipe
from sfttrain.model import is_tiny, training_device
from sfttrain.prepare import Material, prepare
from sfttrain.train import count_steps, summary, train_arm
from sfttrain.types import Arm

ARMS = (Arm.THINK, Arm.NO_THINK)
WORTH_A_PROCESS_STEPS = 100  # starting one costs some seconds


def train_pair(recipe: Recipe, out: Path, progress: Progress) -> dict[Arm, dict[str, Any]]:
    """Make `out/think` and `out/no-think`; return what their `sft_run.json` tell."""
    material = prepare(recipe, ARMS, progress)
    missing = [arm for arm in ARMS if not is_finished(out / arm, material.identity(arm, recipe))]
    if len(missing) == len(ARMS) and _side_by_side(material, recipe):
        with _beside(material, Arm.NO_THINK, recipe, out / Arm.NO_THINK, progress):
            train_arm(material, Arm.THINK, recipe, out / Arm.THINK, progress)
    runs = {arm: _train_or_reuse(material, arm, recipe, out / arm, progress) for arm in ARMS}
    for arm, run in runs.items():
        progress.say(f"{out / arm}  {summary(run)}")
    return runs


def train_one(recipe: Recipe, arm: Arm, out: Path, progress: Progress) -> dict[str, Any]:
    """Make a single arm at `out`."""
    run = _train_or_reuse(prepare(recipe, (arm,), progress), arm, recipe, out, progress)
    progress.say(f"{out}  {summary(run)}")
    return run


def _train_or_reuse(material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress) -> dict[str, Any]:
    if is_finished(out, material.identity(arm, recipe)):
        progress.say(f"{arm}: {out} is finished with this recipe, data and base")
        return read_run(out)
    return train_arm(material, arm, recipe, out, progress)


def _side_by_side(material: Material, recipe: Recipe) -> bool:
    """Return whether two processes are faster than one after the other."""
    has_cores = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1
    long_enough = count_steps(material.costs, recipe) >= WORTH_A_PROCESS_STEPS
    return has_cores and long_enough and is_tiny(material.base, training_device())


@contextmanager
def _beside(material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress) -> Iterator[None]:
    """Train an arm in a process of its own while the block runs; wait for it, or stop it when the block fails.

    Should it fail itself, it leaves nothing, and the caller meets the same error in the open.
    """
    arguments = (material, arm, recipe, out, os.getpid())
    process = multiprocessing.get_context("spawn").Process(target=_train_silently, args=arguments, daemon=True)
    with _interrupts_ignored():  # inherited: Ctrl-C is for us, and we stop the child
        process.start()
    try:
        yield
        with progress.stage(f"training {arm}, beside it"):
            process.join()
    finally:
        if process.is_alive():
            process.kill()
            process.join(timeout=10)
            discard_partial(out)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _train_silently(material: Material, arm: Arm, recipe: Recipe, out: Path, parent: int) -> None:
    try:
        train_arm(material, arm, recipe, out, _WhileParentLives(parent))
    except (KeyboardInterrupt, SftevalError, OSError):
        sys.exit(1)


class _WhileParentLives:
    """A progress that shows nothing and stops the work when the process that asked for it is gone."""

    def __init__(self, parent: int) -> None:
        self.parent = parent

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Stage]:
        yield self

    def advance(self, n: int = 1, note: str = "") -> None:
        if os.getppid() != self.parent:
            raise KeyboardInterrupt

    def say(self, line: str) -> None:
        pass
