"""Training: one arm's whole way from material to checkpoint.

`train_arm` proves first, then learns, evaluates and saves on the way, then writes. Ctrl-C ends it after the step at
hand: where it stood is kept, nothing half-written is left behind, and the same command goes on from there to the bit.
The order of the work is here; the work itself is in the rooms below.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import torch

from sfteval.chat import ChatTemplate
from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.progress import Progress
from sfteval.types import Json
from sfttrain.checkpoint import refuse_overwriting
from sfttrain.config import Recipe
from sfttrain.course import check_canaries, count_steps, examples_of_steps, order_hash
from sfttrain.distributed import World, agreed, from_main, refuse_sharding, replicate, shard, world
from sfttrain.evaluate import held_out_examples, held_out_loss
from sfttrain.export import METRICS_FILE, open_folder, refuse_foreign_steps, tell_archive, write_final, write_on_the_way
from sfttrain.interrupts import Interrupts
from sfttrain.learn import Trainee, learn
from sfttrain.lora import add_adapter
from sfttrain.model import compile_layers, is_tiny, load_model, resolve_layout, resolve_precision
from sfttrain.optim import build_optimizer, one_thread
from sfttrain.patience import is_best, is_over, refuse_blind
from sfttrain.prepare import Material, portable_data
from sfttrain.prepare.material import seen_from
from sfttrain.proofs import Proof, prove
from sfttrain.state import State, discard_state, keep_best, read_state, restore, save_state, steps_folder, take_best
from sfttrain.step import num_workers
from sfttrain.telemetry import SpikeWatch, held_out_line, write_line
from sfttrain.types import Arm, Example

STATE_SECONDS = 900.0  # a process on its own loses at most so much to a power cut; several ranks save by the step


@dataclass(frozen=True, slots=True)
class Launch:
    """How a run is started; nothing here changes what it becomes."""

    resume: bool | None = None  # None: go on where there is something to go on from; True: and refuse another's
    comet: bool = False  # write a Comet archive into the checkpoint


DEFAULT = Launch()


def train_arm(
    material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress, launch: Launch = DEFAULT
) -> dict[str, Any]:
    """Prove, learn and write the checkpoint of one arm; return what `sft_run.json` tells."""
    here = world()
    refuse_overwriting(out, material.base)
    refuse_foreign_steps(steps_folder(out), recipe.save)
    _refuse_sharding(recipe, here)
    check_canaries(material, arm, recipe)
    run = describe_run(material, arm, recipe, out)
    agreed({"recipe, data or base": run["identity"], "order of rows": run["order_sha256"]}, here)
    with open_folder(out, here) as folder, one_thread(is_tiny(material.base, here.device)):
        trainee, proofs = _ready(material, arm, recipe, here, progress)
        run |= {"proofs": [asdict(proof) for proof in proofs]}
        run |= {"precision": trainee.precision, "layout": trainee.layout, "processes": here.size}
        with (folder / METRICS_FILE if here.is_main else Path(os.devnull)).open("w", encoding="utf-8") as metrics:
            lines = _train(trainee, material, arm, recipe, out, progress, launch, run, metrics)
        run = write_final(folder, trainee, material, recipe, run, lines, progress, comet=launch.comet)
    from_main(None, here)  # no rank goes on before the checkpoint stands
    if here.is_main:
        discard_state(out)
        if launch.comet:
            tell_archive(out, progress)
    return run


def describe_run(material: Material, arm: Arm, recipe: Recipe, out: Path) -> dict[str, Any]:
    """Return everything of `sft_run.json` that is known before training."""
    base = seen_from(out, str(material.base))
    return {
        "schema_version": 1,
        "identity": material.identity(arm, recipe),
        "arm": str(arm),
        "recipe": asdict(recipe) | {"base": base, "data": portable_data(recipe.data, out)},
        "order_sha256": order_hash(material, arm, recipe),
        "template_sha256": material.chat.template.sha256,
        "contract": _contract(material.chat.template),
        "template_kwargs": dict(arm.template_kwargs),
        "stop_token_ids": list(material.stop_token_ids),
        "base": {"path": base, "fingerprint": material.base_fingerprint},
        "data": material.data_record(out),
        "counts": {str(each): material.counts(each) for each in material.examples},
        "versions": {name: version(name) for name in ("sfteval", "torch", "transformers", "tokenizers")},
    }


def _contract(template: ChatTemplate) -> dict[str, Any]:
    """Return what renders every prompt as it was rendered in training, wherever the checkpoint is served."""
    return {"template": template.source, "special_tokens": dict(template.special_tokens)}


def summary(run: Json) -> str:
    """Return one line about a finished arm."""
    totals, held_out = run["totals"], run.get("held_out_loss")
    speed = totals["tokens"] / max(totals["seconds"], 1e-9)
    kept_aside = f", {held_out['loss']:.3f} on rows held out" if held_out else ""
    return (
        f"{run['arm']}: {totals['steps']:,} steps, {totals['supervised_tokens']:,} supervised of {totals['tokens']:,} "
        f"tokens, {speed:,.0f} tokens/s, final loss {totals['final_loss']:.3f} nats{kept_aside}"
    )


def _ready(
    material: Material, arm: Arm, recipe: Recipe, here: World, progress: Progress
) -> tuple[Trainee, tuple[Proof, ...]]:
    """Load the model, prove on it what it will learn from, and make it ready to learn."""
    torch.manual_seed(recipe.seed)
    precision = resolve_precision(recipe.precision, here.device)
    layout = resolve_layout(recipe.batch.layout, material.base)
    with progress.stage(f"proofs of {arm}") as stage:
        model = load_model(material.base, here.device, layout)
        if recipe.lora.rank:
            model = add_adapter(model, recipe.lora, recipe.seed)
        proofs = prove(material, arm, model, precision, recipe.render, layout)
        stage.advance(len(proofs))
    if recipe.memory.recompute:
        model.gradient_checkpointing_enable()
    if recipe.memory.compile:
        compile_layers(model)
    if recipe.memory.fsdp:
        shard(model, here)
    else:
        replicate(model, here)
    one_by_one = recipe.memory.fsdp or recipe.memory.compile or recipe.memory.recompute
    workers = 1 if one_by_one else num_workers(model)
    return Trainee(model, build_optimizer(model, recipe.optimizer), precision, layout, workers, here), proofs


def _train(
    trainee: Trainee,
    material: Material,
    arm: Arm,
    recipe: Recipe,
    out: Path,
    progress: Progress,
    launch: Launch,
    run: Json,
    metrics: IO[str],
) -> list[dict[str, Any]]:
    """Take every step, with what is due between them; return the lines of `metrics.jsonl`, which grows meanwhile."""
    kept, num_steps = steps_folder(out), count_steps(material, arm, recipe)
    held_out = held_out_examples(material, arm, recipe)
    refuse_blind(recipe.evaluate, len(held_out))
    lines: list[dict[str, Any]] = []

    def note(line: dict[str, Any]) -> None:
        lines.append(line)
        write_line(metrics, line)

    def evaluate(done: int) -> None:
        note(_evaluated(trainee, held_out, material, recipe, done))
        if recipe.evaluate.patience and is_best(lines):
            keep_best(kept, trainee.model, trainee.world)

    for line in _resumed(trainee, kept, run["identity"], launch, progress):
        note(line)
    start = sum("loss" in line for line in lines)
    if held_out and recipe.evaluate.every_steps and not lines:
        evaluate(0)
    saved = time.monotonic()
    with progress.stage(f"training {arm}", num_steps) as stage, Interrupts(trainee.world.is_alone) as interrupts:
        stage.advance(start)
        for told in learn(
            trainee,
            examples_of_steps(material, arm, recipe),
            num_steps=num_steps,
            schedule=recipe.schedule,
            max_tokens=recipe.batch.max_tokens,
            seed=recipe.seed,
            start=start,
            watch=SpikeWatch.of(lines),
        ):
            note(told.as_json())
            stage.advance(1, f"loss {told.loss:.3f}" + ", a gradient spike" * told.spike)
            done = told.step + 1
            if held_out and (_due(done, recipe.evaluate.every_steps) or done == num_steps):
                evaluate(done)
            if is_over(lines, recipe.evaluate):  # before it is saved: nobody goes on from a run that is over
                break
            if _due(done, recipe.save.every_steps) and done < num_steps:
                write_on_the_way(kept, trainee, material, recipe, run, lines)
                save_state(kept, run["identity"], lines, trainee.model, trainee.optimizer, trainee.world)
            if interrupts.pressed or (trainee.world.is_alone and time.monotonic() - saved > STATE_SECONDS):
                save_state(kept, run["identity"], lines, trainee.model, trainee.optimizer, trainee.world)
                saved = time.monotonic()
            if interrupts.pressed:
                raise KeyboardInterrupt
    if recipe.evaluate.patience and not is_best(lines):
        take_best(kept, trainee.model, trainee.world)
    return lines


def _evaluated(
    trainee: Trainee, held_out: Sequence[Example], material: Material, recipe: Recipe, done: int
) -> dict[str, Any]:
    figures = held_out_loss(
        trainee.model,
        held_out,
        material.chat,
        max_tokens=recipe.batch.max_tokens,
        precision=trainee.precision,
        layout=trainee.layout,
    )
    return held_out_line(done, figures.as_json())


def _resumed(trainee: Trainee, kept: Path, identity: str, launch: Launch, progress: Progress) -> list[dict[str, Any]]:
    """Return the lines of the steps that need not be taken again, and put the model where they left it."""
    state = _found(kept, identity, launch, progress)
    agreed({"state to go on from": None if state is None else state.cursor}, trainee.world)
    if state is None:
        return []
    restore(state, trainee.model, trainee.optimizer, trainee.world)
    progress.say(f"going on after step {state.cursor:,}, from {kept.name}")
    return [dict(line) for line in state.lines]


def _found(kept: Path, identity: str, launch: Launch, progress: Progress) -> State | None:
    if launch.resume is False:
        return None
    try:
        return read_state(kept, identity)
    except CheckpointError as error:
        if launch.resume:
            raise
        progress.say(f"starting from nothing: {error}")
        return None


def _due(done: int, every: int) -> bool:
    return every > 0 and done % every == 0


def _refuse_sharding(recipe: Recipe, here: World) -> None:
    if not recipe.memory.fsdp:
        return
    refuse_sharding(recipe.optimizer.name, here)
    if recipe.lora.rank:
        raise ConfigurationError(
            "--fsdp",
            expected="all weights to be trained",
            got=f"adapters of rank {recipe.lora.rank}, too small to share out",
            next_move="Leave --fsdp out: every process then holds the frozen weights and the adapters",
        )
