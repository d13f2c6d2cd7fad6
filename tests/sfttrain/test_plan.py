"""The plan: steps, tokens and sizes are exact, memory and time follow their formulas, and the machine is asked once."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError
from sfteval.progress import silent_progress
from sfttrain import attention, norm
from sfttrain.batch import all_steps
from sfttrain.config import BatchSettings, LoraSettings, MemorySettings, OptimizerSettings, Recipe
from sfttrain.course import count_steps
from sfttrain.lora import add_adapter
from sfttrain.model import Precision, autocast, load_model
from sfttrain.plan import Plan, describe, duration, estimate
from sfttrain.plan.machine import Speed, measure
from sfttrain.plan.sizes import Shape, batch_tokens, memory_bytes, operations_of_head, operations_per_token, shape_of
from sfttrain.prepare import Material, prepare
from sfttrain.types import Arm
from tests.sfttrain.zoo import tiny_checkpoint

CPU = torch.device("cpu")
NUM_TOKENS = 128  # of the batch whose kept tensors are counted
LINEAR = 2 * (32 * 32 + 2 * 32 * 16 + 32 * 32 + 3 * 32 * 64)  # of the toy's two layers
BOTH = (Arm.THINK, Arm.NO_THINK)
KNOWN = Speed(layer_seconds=1e-3, head_seconds=1e-6, optimizer_seconds=1e-7)


@pytest.fixture
def material(recipe: Recipe) -> Material:
    return prepare(recipe, BOTH, silent_progress())


def planned(material: Material, recipe: Recipe, arm: Arm = Arm.THINK, occupied: int = 0) -> Plan:
    return estimate(material, arm, recipe, shape_of(material.base, recipe), KNOWN, "fp32", CPU, occupied)


def test_sizes_are_those_of_the_model_itself(toy_base: Path, recipe: Recipe) -> None:
    shape = shape_of(toy_base, recipe)
    weights = sum(one.numel() for one in load_model(toy_base, CPU).parameters())
    assert (shape.parameters, shape.trainable, shape.adapters) == (weights, weights, 0)
    assert shape.linear == shape.matrices == LINEAR
    assert (shape.num_layers, shape.width, shape.attention_width, shape.vocabulary) == (2, 32, 32, 265)
    assert shape.linear_outputs == 32 + 16 + 16 + 32 + 64 + 64 + 32


@pytest.mark.parametrize("targets", [("all-linear",), ("q_proj", "v_proj")])
def test_an_adapter_is_counted_as_it_is_made(toy_base: Path, recipe: Recipe, targets: tuple[str, ...]) -> None:
    settings = LoraSettings(rank=4, targets=targets)
    shape = shape_of(toy_base, dataclasses.replace(recipe, lora=settings))
    model = add_adapter(load_model(toy_base, CPU), settings, 0)
    assert shape.trainable == sum(one.numel() for one in model.parameters() if one.requires_grad)
    assert shape.parameters == sum(one.numel() for one in model.parameters())
    assert shape.linear == LINEAR


def test_nothing_of_the_weights_is_read(recipe: Recipe, tmp_path: Path, toy_base: Path) -> None:
    (tmp_path / "config.json").write_bytes((toy_base / "config.json").read_bytes())
    assert shape_of(tmp_path, recipe) == shape_of(toy_base, recipe)


@pytest.mark.parametrize("config", [None, "{", '{"model_type": "no such"}'])
def test_a_configuration_that_names_no_model_is_one_clear_error(
    recipe: Recipe, tmp_path: Path, config: str | None
) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(CheckpointError, match=r"config.json: expected a model that transformers builds"):
        shape_of(tmp_path, recipe)


SHAPE = Shape(
    parameters=1000, trainable=1000, matrices=600, linear=600, adapters=0,
    num_layers=4, width=10, attention_width=20, linear_outputs=50, vocabulary=100,
)  # fmt: skip


def test_memory_is_counted_by_the_stated_formulas() -> None:
    counted = memory_bytes(SHAPE, Recipe(), "fp32", 1000, 0.5, CPU)
    activations = 1000 * 4 * (2 * 50 + 2 * 10 + 3 * 20) * 4
    logits = 512 * 100 * 12  # 500 targets, in rows of 128
    assert counted == {
        "weights": 4000,
        "their copies in bf16": 0,
        "gradients": 4000,
        "optimizer": 8000,
        "activations": activations,
        "logits": logits,
        "temporaries": (activations + logits) // 5,
    }
    half = memory_bytes(SHAPE, Recipe(), "bf16", 1000, 0.5, CPU)
    assert (half["their copies in bf16"], half["activations"], half["logits"]) == (
        1200, activations * 3 // 4, 512 * 100 * 16
    )  # fmt: skip
    muon = Recipe(optimizer=OptimizerSettings(name="muon"))
    assert memory_bytes(SHAPE, muon, "fp32", 1000, 0.5, CPU)["optimizer"] == 4 * 600 + 8 * 400
    again = Recipe(memory=MemorySettings(recompute=True))
    assert memory_bytes(SHAPE, again, "fp32", 1000, 0.5, CPU)["activations"] == activations // 4 + 4 * 1000 * 10 * 4


def test_logits_in_flight_are_those_of_the_device() -> None:
    large = dataclasses.replace(SHAPE, vocabulary=150_000)
    here, there = (memory_bytes(large, Recipe(), "bf16", 8192, 0.5, torch.device(kind)) for kind in ("cpu", "cuda"))
    assert (here["logits"], there["logits"]) == (2**25 * 16, 2**26 * 16)
    small = memory_bytes(SHAPE, Recipe(), "bf16", 1000, 0.5, torch.device("cuda"))
    assert small["logits"] == 512 * 100 * 16  # all there are


def test_norms_that_keep_nothing_are_counted_so() -> None:
    plain = memory_bytes(dataclasses.replace(SHAPE, own_norms=False), Recipe(), "fp32", 1000, 0.5, CPU)
    assert plain["activations"] == 1000 * 4 * (2 * 50 + 20) * 4


@pytest.mark.parametrize(("kind", "own"), [("qwen3", False), ("gemma3_text", True)])
def test_whose_norms_compute_is_seen_without_weights(kind: str, own: bool, recipe: Recipe, tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path, kind)
    (folder / "model.safetensors").unlink()
    assert shape_of(folder, recipe).own_norms is own
    compiled = dataclasses.replace(recipe, memory=MemorySettings(compile=True))
    assert shape_of(folder, compiled).own_norms  # torch.compile is given them back


@pytest.mark.parametrize("own_norms", [True, False])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_a_layer_keeps_is_what_the_formula_says(precision: Precision, own_norms: bool) -> None:
    kept = [kept_bytes(num_layers, precision, own_norms=own_norms) for num_layers in (1, 2)]
    outputs = 2 * 256 + 2 * 128 + 2 * 768 + 256  # q and o, k and v, gate and up, down
    shape = Shape(
        parameters=0, trainable=0, matrices=0, linear=0, adapters=0, num_layers=1,
        width=256, attention_width=256, linear_outputs=outputs, vocabulary=1, own_norms=own_norms,
    )  # fmt: skip
    told = memory_bytes(shape, Recipe(), precision, NUM_TOKENS, 0.5, CPU)["activations"]
    copies = 2 * (2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 768) if precision == "bf16" else 0
    assert 0.85 < (kept[1] - kept[0] - copies) / told < 1.05


def kept_bytes(num_layers: int, precision: Precision, *, own_norms: bool) -> int:
    """Return the bytes that autograd keeps of the layers of a model, its weights left aside."""
    from transformers import AutoModelForCausalLM, Qwen3Config

    config = Qwen3Config(
        vocab_size=64, hidden_size=256, intermediate_size=768, num_hidden_layers=num_layers,
        num_attention_heads=4, num_key_value_heads=2, head_dim=64,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation=attention.register())
    if not own_norms:
        norm.install(model)
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), autocast(CPU, precision):
        model.model(
            input_ids=torch.zeros(1, NUM_TOKENS, dtype=torch.long),
            position_ids=torch.arange(NUM_TOKENS)[None],
            use_cache=False,
            segments=attention.segments(torch.tensor([0, NUM_TOKENS], dtype=torch.int32)),
        )
    return sum(one.nbytes() for one in kept.values())


def test_operations_leave_out_the_gradients_of_frozen_weights() -> None:
    attention = 6 * 4 * 20 * 30.0
    assert operations_per_token(SHAPE, Recipe(), 30.0) == 6 * 600 + attention
    again = Recipe(memory=MemorySettings(recompute=True))
    assert operations_per_token(SHAPE, again, 30.0) == 8 * 600 + attention
    adapters, frozen = dataclasses.replace(SHAPE, adapters=50), Recipe(lora=LoraSettings(rank=2))
    assert operations_per_token(adapters, frozen, 30.0) == 4 * 600 + 6 * 50 + attention
    assert (operations_of_head(SHAPE, Recipe()), operations_of_head(adapters, frozen)) == (6000, 4000)


def test_a_batch_is_as_large_as_its_rows_and_its_budgets_allow() -> None:
    def largest(costs: list[int], step_tokens: int, max_tokens: int) -> int:
        return batch_tokens(costs, Recipe(batch=BatchSettings(step_tokens=step_tokens, max_tokens=max_tokens)))

    assert largest([100] * 50, 1024, 4096) == 1024
    assert largest([100] * 50, 4096, 1000) == 1024  # rounded up to 256
    assert largest([100, 900], 512, 4096) == 1024  # a conversation above the step's budget is a step of its own
    assert largest([100, 100], 4096, 4096) == 256


@pytest.mark.parametrize("num_steps", [0, 7])
def test_steps_and_tokens_are_those_of_training(material: Material, recipe: Recipe, num_steps: int) -> None:
    recipe = dataclasses.replace(recipe, schedule=dataclasses.replace(recipe.schedule, steps=num_steps, epochs=2))
    for arm in BOTH:
        plan, counts = planned(material, recipe, arm), material.counts(arm)
        assert plan.num_steps == count_steps(material, plan.arm, recipe)
        assert (plan.tokens_per_epoch, plan.supervised_per_epoch) == (counts["tokens"], counts["supervised_tokens"])
        steps = itertools.islice(all_steps(material.costs, recipe.batch.step_tokens, recipe.seed), plan.num_steps)
        rows = [material.examples[arm][index] for indices in steps for index in indices]
        assert plan.tokens == sum(one.num_tokens for row in rows for one in row)
        assert (plan.tokens == 2 * counts["tokens"]) is (num_steps == 0)


def test_time_is_the_sum_of_layers_head_and_optimizer(material: Material, recipe: Recipe) -> None:
    recipe = dataclasses.replace(recipe, schedule=dataclasses.replace(recipe.schedule, steps=0, epochs=1))
    shape, counts, plan = shape_of(material.base, recipe), material.counts(Arm.THINK), planned(material, recipe)
    expected = (
        counts["tokens"] * 2 * 1e-3 + counts["supervised_tokens"] * 265 * 1e-6 + plan.num_steps * shape.trainable * 1e-7
    )
    assert plan.seconds == pytest.approx(expected, rel=1e-12)


def test_the_measurement_is_of_this_very_recipe(material: Material, recipe: Recipe, monkeypatch: Any) -> None:
    monkeypatch.setattr("sfttrain.plan.machine.PROBE_SECONDS", 0.0)
    state = torch.random.get_rng_state()
    for changed in (recipe, dataclasses.replace(recipe, lora=LoraSettings(rank=2, targets=("q_proj",)))):
        changed = dataclasses.replace(changed, memory=MemorySettings(recompute=True))
        found = measure(material, changed, shape_of(material.base, changed), CPU, "fp32")
        assert 0 < found.layer_seconds < 0.01
        assert 0 < found.head_seconds < 1e-3
        assert 0 < found.optimizer_seconds < 1e-3
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(("compiled", "times"), [(False, 1), (True, 0)])
def test_layers_are_measured_with_the_norms_that_will_train(
    compiled: bool, times: int, material: Material, recipe: Recipe, monkeypatch: Any
) -> None:
    installed: list[object] = []
    monkeypatch.setattr("sfttrain.plan.machine.PROBE_SECONDS", 0.0)
    monkeypatch.setattr("sfttrain.plan.machine.norm.install", installed.append)
    changed = dataclasses.replace(recipe, memory=MemorySettings(compile=compiled))
    measure(material, changed, shape_of(material.base, changed), CPU, "fp32")
    assert len(installed) == times


def test_both_arms_stand_in_the_lines_and_the_machine_is_asked_once(recipe: Recipe, monkeypatch: Any) -> None:
    asked: list[object] = []

    def known(*what: object) -> Speed:
        asked.append(what)
        return KNOWN

    monkeypatch.setattr("sfttrain.plan.available_bytes", lambda device: 10**12)
    monkeypatch.setattr("sfttrain.plan.occupied_bytes", lambda device: 3 * 10**9)
    lines = describe(recipe, BOTH, silent_progress(), known)
    assert len(asked) == 1
    assert lines[0].endswith("of them learn (100.0%, all weights)")
    assert "  libraries and data     3.00 GB" in lines
    assert [line.partition(":")[0] for line in lines[-4:-1]] == ["think", "no-think", "both, one after the other"]
    assert lines[-4].startswith("think: 4 steps, ")
    assert not [line for line in lines if "does not fit" in line]


def test_what_does_not_fit_is_said_with_the_cure(recipe: Recipe, monkeypatch: Any) -> None:
    monkeypatch.setattr("sfttrain.plan.available_bytes", lambda device: 10**5)
    lines = describe(recipe, (Arm.THINK,), silent_progress(), lambda *what: KNOWN)
    assert [line for line in lines if line.startswith("  This does not fit. Lower max_tokens in [batch]")]


def test_times_are_ranges_in_the_unit_that_people_use() -> None:
    assert [duration(one) for one in (0.5, 6, 60, 1080, 5000, 40_000)] == [
        "2 s at most", "4-9 s", "40-90 s", "12-27 min", "56-125 min", "7-17 h"
    ]  # fmt: skip
