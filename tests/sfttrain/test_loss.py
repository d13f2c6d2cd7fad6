"""The loss: only where a target is, and the same however a step is cut."""

from typing import Any

import pytest
import torch
from torch.nn import functional

from sfttrain.batch import flatten, micro_batches
from sfttrain.config import OptimizerSettings
from sfttrain.loss import logits_at, summed_loss, token_losses
from sfttrain.model import load_model
from sfttrain.optim import build_optimizer
from sfttrain.step import take_step
from sfttrain.types import NOT_LEARNED, Example
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
