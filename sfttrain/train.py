"""Training: one flat loop over steps that `batch` planned, and one arm's whole way from material to checkpoint.

`fit` knows neither arms nor files of a dataset; the base trainer uses it too. `train_arm` proves first, then learns,
then writes. Stops cleanly on Ctrl-C: nothing half-written is left behind.
"""

import itertools
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import torch

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.progress import Progress, Stage
from sfteval.types import Json
from sfttrain.batch import all_steps, micro_batches, plan_steps
from sfttrain.checkpoint import new_folder, refuse_overwriting, save_model, write_run
from sfttrain.config import Recipe, ScheduleSettings
from sfttrain.model import Precision, is_tiny, load_model, resolve_precision, training_device
from sfttrain.optim import Optimizer, build_optimizer, one_thread, share_of_peak
from sfttrain.prepare import Material
from sfttrain.proofs import prove
from sfttrain.step import take_step
from sfttrain.types import Arm, Example


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole fit did."""

    steps: int
    tokens: int
    supervised_tokens: int
    seconds: float
    final_loss: float  # mean of the last tenth of the steps, nats per supervised token


def fit(
    model: Any,
    optimizer: Optimizer,
    steps: Iterable[Sequence[Example]],
    *,
    num_steps: int,
    schedule: ScheduleSettings,
    max_tokens: int,
    precision: Precision,
    metrics: IO[str],
    stage: Stage,
) -> Totals:
    """Learn from the first `num_steps` of `steps`; one line of figures per step goes to `metrics`."""
    model.train()
    losses: list[float] = []
    tokens = supervised = 0
    started = last = time.perf_counter()
    for step, examples in enumerate(itertools.islice(steps, num_steps)):
        share = share_of_peak(step, num_steps, schedule)
        result = take_step(model, optimizer, micro_batches(examples, max_tokens), share=share, precision=precision)
        now = time.perf_counter()
        _require_finite(step, result.loss, result.grad_norm)
        losses.append(result.loss)
        tokens, supervised = tokens + result.num_tokens, supervised + result.num_supervised
        line = {
            "step": step,
            **asdict(result),
            "lr_share": share,
            "tokens_per_second": result.num_tokens / (now - last),
        }
        metrics.write(json.dumps(line) + "\n")
        stage.advance(1, f"loss {result.loss:.3f}")
        last = now
    tail = losses[-max(len(losses) // 10, 1) :]
    return Totals(len(losses), tokens, supervised, last - started, sum(tail) / len(tail))


def train_arm(material: Material, arm: Arm, recipe: Recipe, out: Path, progress: Progress) -> dict[str, Any]:
    """Prove, learn and write the checkpoint of one arm; return what `sft_run.json` tells."""
    torch.manual_seed(recipe.seed)
    device = training_device()
    precision = resolve_precision(recipe.precision, device)
    costs, examples = material.costs, material.examples[arm]
    num_steps = count_steps(costs, recipe)
    steps = (
        [one for index in indices for one in examples[index]]
        for indices in all_steps(costs, recipe.batch.step_tokens, recipe.seed)
    )
    refuse_overwriting(out, material.base)
    with new_folder(out) as folder, one_thread(is_tiny(material.base, device)):
        with progress.stage(f"proofs of {arm}") as stage:
            model = load_model(material.base, device)
            proofs = prove(material, arm, model, precision)
            stage.advance(len(proofs))
        with (folder / "metrics.jsonl").open("w") as metrics, progress.stage(f"training {arm}", num_steps) as stage:
            totals = fit(
                model,
                build_optimizer(model, recipe.optimizer),
                steps,
                num_steps=num_steps,
                schedule=recipe.schedule,
                max_tokens=recipe.batch.max_tokens,
                precision=precision,
                metrics=metrics,
                stage=stage,
            )
        _require_finite(totals.steps, *(float(weight.detach().abs().max()) for weight in model.parameters()))
        save_model(folder, model, material.base, material.stop_token_ids)
        run = describe_run(material, arm, recipe, out) | {
            "proofs": [asdict(proof) for proof in proofs],
            "precision": precision,
            "totals": asdict(totals),
            "cursor": totals.steps,
        }
        write_run(folder, run)
    return run


def count_steps(costs: Sequence[int], recipe: Recipe) -> int:
    """Return how many optimizer steps a run takes."""
    epochs = range(recipe.schedule.epochs)
    return recipe.schedule.steps or sum(
        len(plan_steps(costs, recipe.batch.step_tokens, recipe.seed, epoch)) for epoch in epochs
    )


def describe_run(material: Material, arm: Arm, recipe: Recipe, out: Path) -> dict[str, Any]:
    """Return everything of `sft_run.json` that is known before training."""
    return {
        "schema_version": 1,
        "identity": material.identity(arm, recipe),
        "arm": str(arm),
        "recipe": _portable(recipe, material, out),
        "order_sha256": order_hash(material, recipe),
        "template_sha256": material.chat.template.sha256,
        "template_kwargs": dict(arm.template_kwargs),
        "stop_token_ids": list(material.stop_token_ids),
        "base": {"path": _relative(material.base, out), "fingerprint": material.base_fingerprint},
        "data": {
            "path": _relative(Path(material.report.path), out),
            "sha256": material.data_sha256,
            "format": material.report.format,
            "rows_read": material.report.num_read,
            "rows_dropped": {reason: len(rows) for reason, rows in material.report.dropped.items()},
            "rows_overlong": material.num_overlong,
            "rows_refused": material.num_refused,
            "train": [one.id for one in material.conversations],
            "held_out": [one.id for one in material.held_out],
        },
        "counts": {str(each): material.counts(each) for each in material.examples},
        "versions": {name: version(name) for name in ("sfteval", "torch", "transformers", "tokenizers")},
    }


def summary(run: Json) -> str:
    """Return one line about a finished arm."""
    totals = run["totals"]
    speed = totals["tokens"] / max(totals["seconds"], 1e-9)
    return (
        f"{run['arm']}: {totals['steps']:,} steps, {totals['supervised_tokens']:,} supervised of {totals['tokens']:,} "
        f"tokens, {speed:,.0f} tokens/s, final loss {totals['final_loss']:.3f} nats"
    )


def order_hash(material: Material, recipe: Recipe) -> str:
    """Return the identity of the whole order: which rows every step holds, from the first to the last."""
    ids = [one.id for one in material.conversations]
    planned = all_steps(material.costs, recipe.batch.step_tokens, recipe.seed)
    steps = itertools.islice(planned, count_steps(material.costs, recipe))
    return content_hash([[ids[index] for index in indices] for indices in steps])


def _portable(recipe: Recipe, material: Material, out: Path) -> dict[str, Any]:
    """Return the resolved recipe with its paths as seen from the checkpoint."""
    settings = asdict(recipe)
    settings["base"] = _relative(material.base, out)
    settings["data"]["path"] = _relative(Path(material.report.path), out)
    return settings


def _require_finite(step: int, *figures: float) -> None:
    bad = next((figure for figure in figures if figure != figure or figure in (float("inf"), float("-inf"))), None)
    if bad is not None:
        raise ConfigurationError(
            f"training, step {step}",
            expected="finite losses, gradients and weights",
            got=bad,
            next_move="Lower lr in [optimizer] or raise warmup_steps in [schedule]",
        )


def _relative(path: Path, out: Path) -> str:
    """Return a path as seen from the checkpoint, so that both can move together."""
    return Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()
