"""One dataset to two checkpoints: both arms over the same conversations, in the same order, in the same steps.

An arm that stands finished with the same recipe, data and base is reused, so that a killed `pair` goes on with what is
missing. The arms of a tiny model train side by side, each in a process and on a thread of its own, which gives the
same bits as one after the other. Does not compare the two: that is `sfteval`.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, SftevalError
from sfteval.progress import Progress, Stage
from sfteval.types import Json
from sfttrain.checkpoint import discard_partial, is_finished, read_run
from sfttrain.config import Recipe
from sfttrain.course import count_steps
from sfttrain.data.report import aligned
from sfttrain.distributed import from_main, world
from sfttrain.merge import merge_finished, waits_for_merging
from sfttrain.model import is_tiny, training_device
from sfttrain.prepare import Material, prepare
from sfttrain.train import DEFAULT, Launch, summary, train_arm
from sfttrain.types import Arm

ARMS = (Arm.THINK, Arm.NO_THINK)
WORTH_A_PROCESS_STEPS = 100  # starting one costs some seconds
LAST_STEP_SECONDS = 30  # for an arm to end its step and keep where it stands


def train_pair(recipe: Recipe, out: Path, progress: Progress, launch: Launch = DEFAULT) -> dict[Arm, dict[str, Any]]:
    """Make `out/think` and `out/no-think`; return what their `sft_run.json` tell."""
    if recipe.evaluate.patience:
        raise ConfigurationError(
            "[evaluate] patience",
            expected="0 for a pair, whose arms see the same steps",
            got=recipe.evaluate.patience,
            next_move="Set it to 0, or train each arm by itself with `sfttrain run`",
        )
    material = prepare(recipe, ARMS, progress)
    missing = [arm for arm in ARMS if not _is_learned(material, arm, recipe, out / arm)]
    if len(missing) == len(ARMS) and _side_by_side(material, recipe):
        with _beside(material, Arm.NO_THINK, recipe, out / Arm.NO_THINK, progress, launch):
            train_arm(material, Arm.THINK, recipe, out / Arm.THINK, progress, launch)
    runs = {arm: _train_or_reuse(material, arm, recipe, out / arm, progress, launch) for arm in ARMS}
    for arm, run in runs.items():
        progress.say(f"{out / arm}  {summary(run)}")
    for line in differences(runs):
        progress.say(line)
    return runs


def train_one(recipe: Recipe, arm: Arm, out: Path, progress: Progress, launch: Launch = DEFAULT) -> dict[str, Any]:
    """Make a single arm at `out`."""
    run = _train_or_reuse(prepare(recipe, (arm,), progress), arm, recipe, out, progress, launch)
    progress.say(f"{out}  {summary(run)}")
    return run


def differences(runs: Mapping[Arm, Json]) -> list[str]:
    """Return what the arms of a pair had in common and what differed, side by side, as lines."""
    table = [["", *map(str, runs)]]
    for name, number in FIGURES.items():
        values = [number(run, run["counts"][str(arm)]) for arm, run in runs.items()]
        table.append([name, *("-" if value is None else _shown(value) for value in values)])
    orders = {run["order_sha256"] for run in runs.values()}
    same = "in the same steps" if len(orders) == 1 else "in the same order, each for as long as it takes"
    return [f"both arms: the same rows {same}", *aligned(table, num_text_columns=1)]


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def _held_out(name: str) -> Callable[[Json, Json], float | None]:
    return lambda run, counts: (run.get("held_out_loss") or {}).get(name)


FIGURES: dict[str, Callable[[Json, Json], float | None]] = {
    "steps": lambda run, counts: run["totals"]["steps"],
    "conversations per epoch": lambda run, counts: counts["conversations"],
    "turns learned per epoch": lambda run, counts: counts["turns"],
    "turns with reasoning": lambda run, counts: counts["turns_with_reasoning"],
    "sequences per epoch": lambda run, counts: counts["examples"],
    "tokens seen": lambda run, counts: run["totals"]["tokens"],
    "tokens learned": lambda run, counts: run["totals"]["supervised_tokens"],
    "seconds": lambda run, counts: round(run["totals"]["seconds"], 1),
    "final loss, nats": lambda run, counts: run["totals"]["final_loss"],
    "held out, answers, nats": _held_out("answer_loss"),
    "held out, thoughts, nats": _held_out("think_loss"),
    "held out, bits per byte": _held_out("bits_per_byte"),
}


def _train_or_reuse(
    material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress, launch: Launch
) -> dict[str, Any]:
    here = world()
    if not from_main(_is_learned(material, arm, recipe, out), here):
        return train_arm(material, arm, recipe, out, progress, launch)
    if from_main(waits_for_merging(material, arm, recipe, out), here):
        progress.say(f"{arm}: {out} holds the adapters of this recipe; they are merged, and nothing is trained")
        if here.is_main:
            merge_finished(material, arm, recipe, out)
        from_main(None, here)  # no rank goes on before the model stands
    else:
        progress.say(f"{arm}: {out} is finished with this recipe, data and base")
    if launch.comet:
        progress.say(f"{arm}: --comet does nothing for a finished checkpoint; train it into another -o")
    return read_run(out)


def _is_learned(material: Material, arm: Arm, recipe: Recipe, out: Path) -> bool:
    finished = is_finished(out, material.identity(arm, recipe))
    return finished or waits_for_merging(material, arm, recipe, out)


def _side_by_side(material: Material, recipe: Recipe) -> bool:
    """Return whether two processes are faster than one after the other."""
    has_cores = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1
    long_enough = count_steps(material, Arm.THINK, recipe) >= WORTH_A_PROCESS_STEPS
    return world().is_alone and has_cores and long_enough and is_tiny(material.base, training_device())


@contextmanager
def _beside(
    material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress, launch: Launch
) -> Iterator[None]:
    """Train an arm in a process of its own while the block runs; wait for it, or stop it when the block fails.

    Should it fail itself, it leaves nothing, and the caller meets the same error in the open.
    """
    arguments = (material, arm, recipe, out, os.getpid(), launch)
    process = multiprocessing.get_context("spawn").Process(target=_train_silently, args=arguments, daemon=True)
    with _interrupts_ignored():  # inherited: Ctrl-C is for us, and we stop the child
        process.start()
    try:
        yield
        with progress.stage(f"training {arm}, beside it"):
            process.join()
    finally:
        if process.is_alive():
            process.terminate()  # it ends its step and keeps where it stands
            process.join(timeout=LAST_STEP_SECONDS)
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


def _train_silently(material: Material, arm: Arm, recipe: Recipe, out: Path, parent: int, launch: Launch) -> None:
    try:
        train_arm(material, arm, recipe, out, _WhileParentLives(parent), launch)
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
