"""A trained model becomes a checkpoint folder: weights or adapters, chat files, figures, plot and the run's record.

Called on every rank, because whole weights are gathered from all of them; only the first writes. Does not know what was
learned from.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sfteval.canaries import write_plan
from sfteval.progress import Progress
from sfteval.tracking import delivered
from sfteval.types import Json
from sfttrain.checkpoint import RUN_FILE, copy_chat_files, new_folder, read_run, refuse_foreign, save_model, write_run
from sfttrain.config import Recipe, SaveSettings
from sfttrain.distributed import World, full_state
from sfttrain.learn import Totals, Trainee
from sfttrain.lora import merged, save_adapter
from sfttrain.patience import kept_figures
from sfttrain.plot import loss_plot
from sfttrain.prepare import Material
from sfttrain.record import FOLDER as COMET_FOLDER
from sfttrain.record import write_record
from sfttrain.telemetry import write_line

METRICS_FILE, PLOT_FILE = "metrics.jsonl", "loss.svg"


def open_folder(out: Path, here: World) -> AbstractContextManager[Path]:
    """Return where this rank writes: the first into a new folder, the others nowhere."""
    return new_folder(out) if here.is_main else nullcontext(out)


def refuse_foreign_steps(kept: Path, save: SaveSettings) -> None:
    """Refuse, before the first step, what would stand in the way of a checkpoint on the way and is not ours."""
    if kept.exists() and not kept.is_dir():
        refuse_foreign(kept)
    for path in sorted(kept.glob("*")) if save.every_steps else ():
        if path.name.isdecimal():
            refuse_foreign(path)


def write_final(
    folder: Path,
    trainee: Trainee,
    material: Material,
    recipe: Recipe,
    run: Json,
    lines: Sequence[Json],
    progress: Progress,
    *,
    comet: bool = False,
) -> dict[str, Any]:
    """Write the finished checkpoint, adapters merged where that is wanted; return what `sft_run.json` tells."""
    told = _so_far(run, lines, recipe)
    model = merged(trainee.model) if recipe.lora.rank and recipe.lora.merge else trainee.model
    _write_weights(folder, model, trainee.world, material, is_adapter=bool(recipe.lora.rank) and not recipe.lora.merge)
    if trainee.world.is_main:
        if comet:
            _archive(told, lines, folder, progress)
        _write_figures(folder, told, lines, material)
    return told


def tell_archive(out: Path, progress: Progress) -> None:
    """Say how the archive in a finished checkpoint gets to Comet; nothing where there is none."""
    if archives := sorted(out.glob("*.zip")):
        progress.say(f"comet: {delivered(archives, 'offline')}")


def write_on_the_way(
    kept: Path, trainee: Trainee, material: Material, recipe: Recipe, run: Json, lines: Sequence[Json]
) -> None:
    """Write a checkpoint that can be served as it is, below `kept`, and let go of the oldest there."""
    told = _so_far(run, lines, recipe)
    with open_folder(kept / f"{told['cursor']:06}", trainee.world) as folder:
        _write_weights(folder, trainee.model, trainee.world, material, is_adapter=bool(recipe.lora.rank))
        if trainee.world.is_main:
            _write_figures(folder, told, lines, material)
    if trainee.world.is_main:
        found = (path.parent for path in kept.glob(f"*/{RUN_FILE}") if path.parent.name.isdecimal())
        ours = [one for one in found if read_run(one).get("identity") == run["identity"]]
        for old in sorted(ours, key=lambda one: int(one.name))[: -recipe.save.keep]:
            shutil.rmtree(old)


def _write_weights(folder: Path, model: Any, here: World, material: Material, *, is_adapter: bool) -> None:
    weights: Mapping[str, Any] = {} if is_adapter else full_state(model, here)
    if not here.is_main:
        return
    if is_adapter:
        save_adapter(folder, model, material.base)
        copy_chat_files(material.base, folder, material.stop_token_ids)
    else:
        save_model(folder, model, material.base, material.stop_token_ids, weights)


def _archive(told: Json, lines: Sequence[Json], folder: Path, progress: Progress) -> None:
    """Put the Comet archive beside the weights; no checkpoint is lost to it."""
    try:
        archive = write_record(told, lines, folder)
        shutil.move(archive, folder / archive.name)
    except Exception as error:  # hours of training are done: whatever happened to Comet is said, and no more
        progress.say(f"no Comet archive was written: {error}")
    shutil.rmtree(folder / COMET_FOLDER, ignore_errors=True)


def _write_figures(folder: Path, told: Json, lines: Sequence[Json], material: Material) -> None:
    with (folder / METRICS_FILE).open("w", encoding="utf-8") as metrics:
        for line in lines:
            write_line(metrics, line)
    (folder / PLOT_FILE).write_text(loss_plot(lines), encoding="utf-8")
    if material.canaries is not None:
        write_plan(material.canaries.plan, folder)
    write_run(folder, told)


def _so_far(run: Json, lines: Sequence[Json], recipe: Recipe) -> dict[str, Any]:
    totals = Totals.of(lines)
    held_out = kept_figures(lines, recipe.evaluate)
    return {**run, "totals": asdict(totals), "cursor": totals.steps, "held_out_loss": held_out}
