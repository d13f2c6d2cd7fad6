"""Layouts: the same loss and gradient however a step is laid out, for every family of layers, or a refusal by name."""

import dataclasses
from array import array
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.batch import flatten, grouped_batches, padded
from sfttrain.config import BatchSettings, Recipe, ScheduleSettings
from sfttrain.loss import summed_loss, token_losses
from sfttrain.model import Layout, load_model, resolve_layout
from sfttrain.pair import train_one
from sfttrain.proofs import prove_firewall
from sfttrain.step import cut
from sfttrain.types import NOT_LEARNED, Arm, Batch, Example
from tests.sfttrain.zoo import GROUPED, PACKED, own_losses, tiny_checkpoint

pytestmark = pytest.mark.slow  # computes the same gradients in many ways

CPU = torch.device("cpu")
UNPACKABLE = {
    "gpt_oss": "attention sinks",
    "qwen3_next": "linear_attention",
    "lfm2": "conv",
    "gemma2": "attn_logit_softcapping",
    "stablelm": "StableLmForCausalLM, whose attention is its own",
}


def noise(length: int, seed: int) -> Example:
    """Return a sequence of which the last half is learned."""
    tokens = torch.randint(2, 256, (length + 1,), generator=torch.Generator().manual_seed(seed)).tolist()
    hidden = length // 2
    return Example(array("i", tokens[:-1]), array("i", [NOT_LEARNED] * hidden + tokens[1 + hidden :]))


EXAMPLES = [noise(length, seed) for seed, length in enumerate([30, 9, 41, 12, 30, 22, 3])]
STEP: dict[str, tuple[int, Layout, int]] = {
    "one row": (1000, "packed", 1),
    "several rows": (60, "packed", 1),
    "dealt to two": (1000, "packed", 2),
    "dealt to two, twice over": (50, "packed", 2),
    "padded": (1000, "grouped", 1),
    "padded, in groups": (90, "grouped", 1),
}


def gradients(model: Any, batches: list[Batch]) -> tuple[float, list[torch.Tensor]]:
    model.zero_grad()
    total = sum(batch.num_supervised for batch in batches)
    loss = torch.stack([summed_loss(model, batch, 1 / total)[0] for batch in batches]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item(), [one.grad.clone() for one in model.parameters()]


def test_every_way_to_cut_a_step_gives_one_loss_and_one_gradient(toy_base: Path) -> None:
    models = {name: load_model(toy_base, CPU, name) for name in ("packed", "grouped")}
    cuts = {name: cut(EXAMPLES, *how) for name, how in STEP.items()}
    assert [len(batches) for batches in cuts.values()] == [1, 3, 2, 4, 1, 3]
    told = {name: gradients(models[STEP[name][1]], batches) for name, batches in cuts.items()}
    loss, expected = told.pop("one row")
    for other, found in told.values():
        assert other == pytest.approx(loss, rel=1e-5)
        for ours, theirs in zip(expected, found, strict=True):
            torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-5)


def check(folder: Path, layout: Layout) -> Any:
    """Compare with transformers alone, sequence by sequence, and return the model."""
    model = load_model(folder, CPU, layout).eval()
    batch = flatten(EXAMPLES) if layout == "packed" else padded(EXAMPLES)
    torch.testing.assert_close(token_losses(model, batch).detach(), own_losses(folder, EXAMPLES), rtol=1e-4, atol=1e-4)
    return model


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_model_loses_what_its_own_attention_loses_alone(tmp_path: Path, kind: str) -> None:
    folder = tiny_checkpoint(tmp_path, kind)
    assert resolve_layout("auto", folder) == "packed"
    proofs = prove_firewall(check(folder, "packed"), EXAMPLES, "fp32", "packed")
    assert proofs[0].numbers["gradient"] == 0.0


@pytest.mark.parametrize("kind", ["gemma3_text", "mistral"])
def test_a_window_slides_within_its_own_sequence(tmp_path: Path, kind: str) -> None:
    wide = {"sliding_window": 512} if kind == "mistral" else {"layer_types": ["full_attention"] * 2}
    narrow, full = tiny_checkpoint(tmp_path / "a", kind), tiny_checkpoint(tmp_path / "b", kind, **wide)
    batch = flatten(EXAMPLES)
    losses = [token_losses(load_model(folder, CPU).eval(), batch).detach() for folder in (narrow, full)]
    assert (losses[0] - losses[1]).abs().max() > 1e-2  # the window is felt; that it is right is shown above


@pytest.mark.parametrize("kind", GROUPED)
def test_a_model_that_cannot_be_packed_learns_from_padded_rows(tmp_path: Path, kind: str) -> None:
    folder = tiny_checkpoint(tmp_path, kind)
    assert resolve_layout("auto", folder) == "grouped"
    proofs = prove_firewall(check(folder, "grouped"), EXAMPLES, "fp32", "grouped")
    assert proofs[0].numbers["gradient"] == 0.0
    with pytest.raises(CheckpointError) as caught:
        resolve_layout("packed", folder)
    assert UNPACKABLE[kind] in str(caught.value)
    assert 'Set layout = "grouped" in [batch]' in str(caught.value)


def test_padding_teaches_nothing(toy_base: Path) -> None:
    model = load_model(toy_base, CPU, "grouped").eval()
    batch = padded(EXAMPLES)
    losses = token_losses(model, batch)
    batch.input_ids[batch.attention_mask == 0] = 77
    torch.testing.assert_close(token_losses(model, batch), losses, rtol=0, atol=1e-6)


def test_groups_hold_sequences_of_similar_length_within_the_budget() -> None:
    shapes = [tuple(batch.input_ids.shape) for batch in grouped_batches(EXAMPLES, 90)]
    assert shapes == [(2, 41), (3, 30), (2, 9)]


@pytest.mark.parametrize("kind", ["qwen3_5", "llama4"])
def test_layers_are_found_where_a_model_that_also_sees_keeps_them(tmp_path: Path, kind: str) -> None:
    from transformers import AutoConfig

    AutoConfig.for_model(kind).save_pretrained(tmp_path)
    assert resolve_layout("auto", tmp_path) == "grouped"


@pytest.mark.parametrize(("wanted", "expected"), [("auto", "packed"), ("packed", "packed"), ("grouped", "grouped")])
def test_full_attention_may_be_laid_out_either_way(
    toy_base: Path, wanted: Literal["auto", "packed", "grouped"], expected: str
) -> None:
    assert resolve_layout(wanted, toy_base) == expected


def test_constant_packing_is_refused_with_the_reason(toy_base: Path) -> None:
    with pytest.raises(ConfigurationError, match="cuts conversations in two: answers without their questions"):
        resolve_layout("constant", toy_base)


@pytest.mark.parametrize("kind", GROUPED)
def test_a_whole_run_of_a_model_that_cannot_be_packed(tmp_path: Path, recipe: Recipe, kind: str) -> None:
    base = tiny_checkpoint(tmp_path / "base", kind, max_position_embeddings=2048)
    chosen = dataclasses.replace(recipe, base=str(base), schedule=ScheduleSettings(steps=6, warmup_steps=1))
    run = train_one(chosen, Arm.THINK, tmp_path / "out", silent_progress())
    assert run["layout"] == "grouped"
    assert run["totals"]["steps"] == 6
    packed = dataclasses.replace(chosen, batch=BatchSettings(layout="packed"))
    with pytest.raises(CheckpointError) as caught:
        train_one(packed, Arm.THINK, tmp_path / "packed", silent_progress())
    assert UNPACKABLE[kind] in str(caught.value)
