"""The flat loop starts where it is told, counts what it did, and does not go on from nonsense."""

import dataclasses
import itertools
from pathlib import Path

import pytest
import torch

from sfteval.errors import ConfigurationError
from sfttrain.config import OptimizerSettings, ScheduleSettings
from sfttrain.learn import NO_NORMS, Totals, Trainee, learn
from sfttrain.model import load_model
from sfttrain.optim import build_optimizer
from sfttrain.telemetry import SpikeWatch, StepLine
from sfttrain.types import NOT_LEARNED, Example, ids

SCHEDULE = ScheduleSettings(warmup_steps=2, decay="linear")


def example(seed: int) -> Example:
    tokens = torch.randint(0, 250, (13,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Example(ids(tokens[:-1]), ids([NOT_LEARNED] * 6 + tokens[7:]))


def trainee(toy_base: Path, lr: float = 1e-2) -> Trainee:
    model = load_model(toy_base, torch.device("cpu"))
    return Trainee(model, build_optimizer(model, OptimizerSettings(lr=lr)), "fp32")


def take(one: Trainee, num_steps: int, start: int = 0, watch: SpikeWatch = NO_NORMS) -> list[StepLine]:
    steps = ([example(2 * step), example(2 * step + 1)] for step in itertools.count())
    told = learn(one, steps, num_steps=num_steps, schedule=SCHEDULE, max_tokens=64, start=start, watch=watch)
    return list(told)


def timeless(line: StepLine) -> StepLine:
    return dataclasses.replace(line, seconds=0.0)


def test_steps_are_numbered_scheduled_and_counted(toy_base: Path) -> None:
    lines = take(trainee(toy_base), 4)
    assert [line.step for line in lines] == [0, 1, 2, 3]
    assert [line.lr_share for line in lines] == pytest.approx([1 / 3, 2 / 3, 1.0, 0.5])
    assert [line.lr for line in lines] == pytest.approx([0.01 * line.lr_share for line in lines])
    assert {(line.num_tokens, line.num_supervised) for line in lines} == {(24, 12)}


def test_a_loop_that_starts_later_takes_the_steps_that_are_left(toy_base: Path) -> None:
    whole, halved = take(trainee(toy_base), 5), trainee(toy_base)
    steps = ([example(2 * step), example(2 * step + 1)] for step in itertools.count())
    course = learn(halved, steps, num_steps=5, schedule=SCHEDULE, max_tokens=64)
    lines = [*itertools.islice(course, 3), *take(halved, 5, start=3)]
    assert [timeless(line) for line in lines] == [timeless(line) for line in whole]
    assert take(trainee(toy_base), 5, start=5) == []


def test_a_spike_is_judged_by_what_came_before_the_start(toy_base: Path) -> None:
    calm = SpikeWatch((1e-6,) * 10)
    assert take(trainee(toy_base), 1, watch=calm)[0].spike
    assert not take(trainee(toy_base), 1)[0].spike


def test_a_loss_that_is_not_finite_ends_it_with_its_step(toy_base: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^training, step [12]: expected finite losses and gradients, got "):
        take(trainee(toy_base, lr=1e30), 4)


def test_totals_add_up_steps_and_leave_evaluations_out() -> None:
    steps = [
        {"step": n, "loss": float(20 - n), "num_tokens": 10, "num_supervised": 3, "seconds": 0.5} for n in range(20)
    ]
    told = [{"step": 0, "held_out": {"loss": 100.0}}, *steps, {"step": 20, "held_out": {"loss": 100.0}}]
    assert Totals.of(told) == Totals(20, 200, 60, 10.0, final_loss=1.5)
    assert Totals.of(steps[:1]).final_loss == 20.0
    assert Totals.of([]) == Totals(0, 0, 0, 0, 0.0)


def test_random_numbers_are_a_function_of_seed_step_and_process() -> None:
    from sfttrain.learn import _seed

    assert _seed(0, 3, 0) == _seed(0, 3, 0)
    assert len({_seed(seed, step, rank) for seed in range(3) for step in range(3) for rank in range(3)}) == 27
