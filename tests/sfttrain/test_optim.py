"""The schedule at its corners, and which parameters Muon takes."""

from typing import Any

import pytest
import torch

from sfttrain.config import OptimizerSettings, ScheduleSettings
from sfttrain.model import load_model
from sfttrain.optim import build_optimizer, share_of_peak
from tests.toys import toy_checkpoint


def course(settings: ScheduleSettings, num_steps: int) -> list[float]:
    return [round(share_of_peak(step, num_steps, settings), 4) for step in range(num_steps)]


def test_warm_up_rises_evenly_to_the_peak_and_decay_falls_evenly() -> None:
    assert course(ScheduleSettings(warmup_steps=3), 7) == [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25]


def test_the_peak_is_held_and_the_end_is_a_share_of_it() -> None:
    settings = ScheduleSettings(warmup_steps=1, hold_share=0.5, final_share=0.2)
    assert course(settings, 8) == [0.5, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4]


def test_cosine_and_constant() -> None:
    assert course(ScheduleSettings(warmup_steps=0, decay="cosine"), 4) == [1.0, 0.8536, 0.5, 0.1464]
    assert course(ScheduleSettings(warmup_steps=1, decay="constant"), 3) == [0.5, 1.0, 1.0]


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_every_parameter_is_moved_by_exactly_one_optimizer(tmp_path: Any, name: Any) -> None:
    model = load_model(toy_checkpoint(tmp_path), torch.device("cpu"))
    optimizer = build_optimizer(model, OptimizerSettings(name=name))
    held = [id(p) for part in optimizer.parts for group in part.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(parameter) for parameter in model.parameters())


def test_muon_takes_the_matrices_inside_the_layers_only(tmp_path: Any) -> None:
    model = load_model(toy_checkpoint(tmp_path), torch.device("cpu"))
    muon, adamw = build_optimizer(model, OptimizerSettings(name="muon", lr=0.02, adamw_lr=0.003)).parts
    assert len(muon.param_groups[0]["params"]) == 2 * 7
    embedding = model.get_input_embeddings().weight
    assert any(parameter is embedding for parameter in adamw.param_groups[0]["params"])
