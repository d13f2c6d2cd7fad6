"""The firewall and the layout: each holds on a sound batch, and finds a neighbour that is seen."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import ProofError
from sfttrain import attention, batch
from sfttrain.config import Recipe
from sfttrain.loss import token_losses
from sfttrain.model import Layout, load_model
from sfttrain.proofs import prove_firewall
from sfttrain.proofs.firewall import MAX_TOKENS, prove_layout, three_of
from sfttrain.types import Batch, Example, ids
from tests.sfttrain.proofs.sound_example import (
    GOOD,
    N,
)


def test_three_examples_of_different_lengths_are_packed_the_shortest_between_two() -> None:
    some = [Example(ids([7] * n), ids([7] * n)) for n in range(1, 101)]
    assert [one.num_tokens for one in three_of(some)] == [26, 1, 51]


def test_examples_that_are_all_long_are_cut_around_what_is_learned() -> None:
    long = Example(ids(range(5000)), ids([N] * 4000 + list(range(4001, 5001))))
    for one in three_of([long, long]):
        assert one.num_tokens == MAX_TOKENS
        assert one.token_ids[0] == 4000 - MAX_TOKENS // 2
        assert one.num_supervised == MAX_TOKENS // 2
    end = Example(ids(range(5000)), ids([N] * 4999 + [7]))
    assert (three_of([end])[0].token_ids[-1], three_of([end])[0].num_supervised) == (4999, 1)


def test_one_example_is_enough_for_the_firewall(recipe: Recipe) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"))
    leak, alone, order = prove_firewall(model, [GOOD], "fp32")
    assert (leak.numbers["gradient"], leak.numbers["longest_tokens"]) == (0.0, 4)
    assert alone.numbers["difference_nats"] < 1e-4
    assert order.numbers["difference_nats"] < 1e-4


def test_the_firewall_leaves_the_model_as_it_was(recipe: Recipe) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu")).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    prove_firewall(model, [GOOD], "fp32")
    assert model.training
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_model_whose_loss_is_not_a_number_is_stopped(recipe: Recipe) -> None:
    model: Any = load_model(Path(recipe.base), torch.device("cpu"))
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    with pytest.raises(ProofError, match=r"the firewall of this model: .*\. Check the weights of the base"):
        prove_firewall(model, [GOOD], "fp32")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_single_loss_that_is_not_a_number_is_found(
    place: int, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"))

    def spoilt(model: Any, packed: Batch, **inputs: torch.Tensor) -> torch.Tensor:
        losses = token_losses(model, packed, **inputs)
        spoils = torch.zeros(len(losses))
        if packed.num_supervised > GOOD.num_supervised:
            spoils[place * GOOD.num_supervised] = torch.nan
        return losses + spoils

    monkeypatch.setattr("sfttrain.proofs.firewall.token_losses", spoilt)
    with pytest.raises(ProofError, match=r"within 0\.0001 nats of it alone, got nan\. Check the weights"):
        prove_firewall(model, [GOOD], "fp32")


@pytest.mark.parametrize(
    ("layout", "cure"),
    [
        ("packed", 'Write layout = "grouped" in [batch]: each conversation is then a row of its own. Report this'),
        ("grouped", "This architecture cannot be trained on several conversations at once; report it"),
    ],
)
def test_the_other_layout_is_the_cure_where_it_is_another(
    layout: Layout, cure: str, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"), layout)
    monkeypatch.setattr("sfttrain.proofs.firewall._largest_difference", lambda *_: 1.0)
    with pytest.raises(ProofError) as caught:
        prove_firewall(model, [GOOD], "fp32", layout)
    assert f"got 1. {cure}" in str(caught.value)


def test_the_layout_is_looked_at_on_all_of_a_few_and_on_some_of_many() -> None:
    assert prove_layout([GOOD] * 3).numbers == {"examples": 3, "batches": 1}
    assert prove_layout([GOOD] * 9999).numbers["examples"] == 256


def test_positions_that_go_on_are_found_in_the_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    flatten = batch.flatten

    def going_on(examples: Sequence[Example]) -> Batch:
        laid = flatten(examples)
        return dataclasses.replace(laid, position_ids=torch.arange(laid.input_ids.shape[1])[None])

    monkeypatch.setattr(batch, "flatten", going_on)
    with pytest.raises(ProofError, match="the positions in a batch: expected 0 at place 4, got 4"):
        prove_layout([GOOD, GOOD])


def test_a_neighbour_that_is_seen_is_found_by_its_gradient(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = attention.segments
    model = load_model(Path(recipe.base), torch.device("cpu"))
    monkeypatch.setattr(attention, "segments", lambda ends, *rest: segments(ends[[0, -1]], *rest))
    with pytest.raises(ProofError, match="expected a gradient of exactly 0 from one packed conversation into another"):
        prove_firewall(model, [GOOD], "fp32")


@pytest.mark.parametrize(("by_order", "words"), [(False, "of it alone"), (True, "of it in another order")])
def test_a_neighbour_that_moves_a_loss_without_a_gradient_is_found(
    by_order: bool, words: str, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"))

    def moved(model: Any, packed: Batch, **inputs: torch.Tensor) -> torch.Tensor:
        asked_for_gradients = bool(inputs)
        is_packed = packed.num_supervised > GOOD.num_supervised
        return token_losses(model, packed, **inputs) + (is_packed and not (by_order and asked_for_gradients))

    monkeypatch.setattr("sfttrain.proofs.firewall.token_losses", moved)
    with pytest.raises(ProofError, match=f"the loss of a packed conversation within 0.0001 nats {words}, got 1"):
        prove_firewall(model, [GOOD], "fp32")
