"""The loss: only where a target is, and the same however a step is cut."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional

from sfttrain.batch import flatten, micro_batches, padded
from sfttrain.config import OptimizerSettings
from sfttrain.loss import logits_at, summed_loss, token_losses
from sfttrain.model import load_model
from sfttrain.optim import build_optimizer
from sfttrain.step import take_step
from sfttrain.types import NOT_LEARNED, Batch, Example
from tests.toys import toy_checkpoint

EXAMPLES = [Example(tuple(range(n, n + 12)), (NOT_LEARNED,) * n + tuple(range(n + 1, n + 13 - n))) for n in (2, 4, 6)]


@pytest.fixture
def model(tmp_path: Any) -> Any:
    return load_model(toy_checkpoint(tmp_path), torch.device("cpu"))


def test_only_supervised_positions_are_counted(model: Any) -> None:
    batch = flatten(EXAMPLES)
    every = torch.arange(len(batch.targets))
    logits = logits_at(model, batch, every)
    expected = functional.cross_entropy(logits, batch.targets, ignore_index=NOT_LEARNED, reduction="sum")
    torch.testing.assert_close(summed_loss(model, batch)[0], expected)
    assert len(token_losses(model, batch)) == batch.num_supervised == 10 + 8 + 6


@pytest.mark.parametrize("lay", [flatten, padded])
def test_logits_are_those_of_the_places_asked_for(tmp_path: Any, lay: Callable[[list[Example]], Batch]) -> None:
    layout = "packed" if lay is flatten else "grouped"
    model, batch = load_model(toy_checkpoint(tmp_path), torch.device("cpu"), layout).eval(), lay(EXAMPLES)
    places = torch.tensor([3, 30, 17])
    logits = logits_at(model, batch, places)
    assert logits.shape == (3, 265)
    torch.testing.assert_close(logits, logits_at(model, batch, torch.arange(36))[places])
    losses = functional.cross_entropy(logits, batch.targets[places], reduction="none")
    supervised = (batch.targets != NOT_LEARNED).nonzero()[:, 0].tolist()
    torch.testing.assert_close(losses, token_losses(model, batch)[[supervised.index(place) for place in (3, 30, 17)]])


def test_scaling_a_loss_scales_what_is_learned_and_not_what_is_told(model: Any) -> None:
    batch = flatten(EXAMPLES)
    told = []
    for scale in (1.0, 0.5):
        loss, losses = summed_loss(model, batch, scale)
        assert loss.item() == pytest.approx(losses.sum().item() * scale, rel=1e-6)
        loss.backward()  # type: ignore[no-untyped-call]
        told.append((losses, [one.grad.clone() for one in model.parameters()]))
        model.zero_grad()
    assert torch.equal(told[0][0], told[1][0])
    for whole, half in zip(told[0][1], told[1][1], strict=True):
        torch.testing.assert_close(half * 2, whole, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_step_does_not_depend_on_how_it_is_cut(model: Any) -> None:
    gradients = []
    for max_tokens in (1000, 24, 12):
        batches = micro_batches(EXAMPLES, max_tokens)
        total = sum(batch.num_supervised for batch in batches)
        for batch in batches:
            summed_loss(model, batch, 1 / total)[0].backward()  # type: ignore[no-untyped-call]
        gradients.append([parameter.grad.clone() for parameter in model.parameters()])
        model.zero_grad()
    assert [len(micro_batches(EXAMPLES, n)) for n in (1000, 24, 12)] == [1, 2, 3]
    for other in gradients[1:]:
        for ours, theirs in zip(gradients[0], other, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_a_step_lowers_the_loss_and_reports_what_it_did(model: Any) -> None:
    optimizer = build_optimizer(model, OptimizerSettings(lr=1e-2))
    batches = micro_batches(EXAMPLES, 100)
    results = [take_step(model, optimizer, batches, share=1.0, precision="fp32") for _ in range(5)]
    assert results[-1].loss < results[0].loss
    assert (results[0].num_supervised, results[0].num_tokens) == (24, 36)
    assert results[0].grad_norm > 0
