"""Early stopping ends where it should, and what is written is what was best."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.config import DataSettings, EvaluateSettings, LoraSettings, OptimizerSettings, Recipe, ScheduleSettings
from sfttrain.evaluate import held_out_examples, held_out_loss
from sfttrain.model import load_model
from sfttrain.pair import train_one, train_pair
from sfttrain.patience import is_best, is_over, kept_figures
from sfttrain.prepare import prepare
from sfttrain.types import Arm

TWO = EvaluateSettings(every_steps=1, patience=2)


def evaluated(*losses: float) -> list[dict[str, Any]]:
    return [{"step": 0, "loss": 9.0}, *({"step": n, "held_out": {"loss": loss}} for n, loss in enumerate(losses))]


@pytest.fixture
def patient(recipe: Recipe) -> Recipe:
    return dataclasses.replace(
        recipe,
        optimizer=OptimizerSettings(lr=0.1),
        schedule=ScheduleSettings(steps=10, warmup_steps=1),
        evaluate=TWO,
    )


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def held_out(lines: Sequence[dict[str, Any]]) -> list[float]:
    return [line["held_out"]["loss"] for line in lines if "held_out" in line]


def measured(out: Path, recipe: Recipe) -> float:
    """Return the held-out loss of a checkpoint as it lies on the disk."""
    material = prepare(recipe, (Arm.THINK,), silent_progress())
    examples = held_out_examples(material, Arm.THINK, recipe)
    model = load_model(out, torch.device("cpu"))
    return held_out_loss(model, examples, material.chat, max_tokens=400, precision="fp32").loss


@pytest.mark.parametrize(
    ("losses", "best", "over"),
    [
        ((3.0,), True, False),
        ((3.0, 2.0), True, False),
        ((3.0, 2.0, 2.0), False, False),
        ((3.0, 2.0, 2.5, 1.0), True, False),
        ((3.0, 2.0, 2.0, 2.0), False, True),
        ((1.0, 2.0, 3.0), False, True),
    ],
)
def test_patience_counts_evaluations_since_the_best(losses: tuple[float, ...], best: bool, over: bool) -> None:
    assert (is_best(evaluated(*losses)), is_over(evaluated(*losses), TWO)) == (best, over)


def test_without_patience_nothing_is_ever_over_and_the_last_figures_count() -> None:
    endless = EvaluateSettings(every_steps=1)
    assert not is_over(evaluated(1.0, *[2.0] * 50), endless)
    assert kept_figures(evaluated(1.0, 2.0), endless) == {"loss": 2.0}
    assert kept_figures(evaluated(1.0, 2.0), TWO) == {"loss": 1.0}
    assert kept_figures([{"step": 0, "loss": 1.0}], endless) is None


def test_a_run_stops_and_the_best_weights_are_written(patient: Recipe, tmp_path: Path) -> None:
    run = train_one(patient, Arm.THINK, tmp_path / "out", silent_progress())
    losses = held_out(lines(tmp_path / "out"))
    assert (len(losses), losses.index(min(losses)), run["cursor"]) == (6, 3, 5)
    assert run["held_out_loss"]["loss"] == min(losses)
    assert measured(tmp_path / "out", patient) == pytest.approx(min(losses), rel=1e-6)
    assert not (tmp_path / "out.steps").exists()


def test_a_run_that_never_gets_better_than_its_base_writes_its_base(patient: Recipe, tmp_path: Path) -> None:
    wild = dataclasses.replace(patient, optimizer=OptimizerSettings(lr=30.0))
    run = train_one(wild, Arm.THINK, tmp_path / "out", silent_progress())
    losses = held_out(lines(tmp_path / "out"))
    assert min(losses) == losses[0] == run["held_out_loss"]["loss"]
    assert measured(tmp_path / "out", wild) == pytest.approx(losses[0], rel=1e-6)


def test_the_best_adapters_are_written_too(patient: Recipe, tmp_path: Path) -> None:
    adapting = dataclasses.replace(
        patient,
        evaluate=dataclasses.replace(TWO, patience=1),
        lora=LoraSettings(rank=4, merge=True),
        optimizer=OptimizerSettings(lr=0.3),
    )
    run = train_one(adapting, Arm.THINK, tmp_path / "out", silent_progress())
    losses = held_out(lines(tmp_path / "out"))
    assert run["held_out_loss"]["loss"] == min(losses) < losses[-1]
    assert measured(tmp_path / "out", adapting) == pytest.approx(min(losses), rel=1e-4)


def test_best_weights_that_somebody_removed_are_missed(patient: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("sfttrain.train.keep_best", lambda *_: None)
    with pytest.raises(CheckpointError, match=r"best\.pt: expected the best weights so far, got no such file\."):
        train_one(patient, Arm.THINK, tmp_path / "out", silent_progress())


def test_patience_without_anything_to_look_at_is_refused(patient: Recipe, tmp_path: Path) -> None:
    nothing_held_out = dataclasses.replace(patient, data=DataSettings(path=patient.data.path, held_out_share=0.0))
    never_evaluated = dataclasses.replace(patient, evaluate=EvaluateSettings(patience=2))
    for blind in (nothing_held_out, never_evaluated):
        with pytest.raises(
            ConfigurationError, match=r"^\[evaluate\] patience: expected rows held out, and every_steps"
        ):
            train_one(blind, Arm.THINK, tmp_path / "out", silent_progress())
    assert not (tmp_path / "out").exists()


def test_a_pair_with_patience_is_refused(patient: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected 0 for a pair, whose arms see the same steps, got 2"):
        train_pair(patient, tmp_path / "lab", silent_progress())
    assert not (tmp_path / "lab").exists()
