"""The proofs stop a run whose data or attention is not what it must be: here our own code is broken on purpose."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import ProofError, TemplateError
from sfteval.progress import silent_progress
from sfttrain.attention import segments
from sfttrain.config import DataSettings, Recipe
from sfttrain.data import write_conversations
from sfttrain.model import load_model
from sfttrain.prepare import Material, prepare
from sfttrain.proofs import Proof, prove
from sfttrain.render import shift
from sfttrain.types import NOT_LEARNED, Arm, Conversation
from tests.toys import CHATML, assistant, toy_checkpoint, user


def proofs(recipe: Recipe, arm: Arm = Arm.THINK) -> tuple[Proof, ...]:
    return prove(material(recipe, arm), arm, load_model(Path(recipe.base), torch.device("cpu")), "fp32")


def material(recipe: Recipe, arm: Arm = Arm.THINK) -> Material:
    return prepare(recipe, (arm,), silent_progress())


@pytest.mark.parametrize("arm", list(Arm))
def test_every_proof_holds_on_good_data_and_says_on_how_much(recipe: Recipe, arm: Arm) -> None:
    shown = {proof.name: proof.numbers for proof in proofs(recipe, arm)}
    assert len(shown) == 6
    assert shown["no gradient crosses from one packed conversation into another"]["gradient"] == 0.0
    assert shown["packed loss equals solo loss"]["difference_nats"] < 1e-4
    assert shown["supervised text equals the expected completions"]["turns"] > 20


def broken_shift(mutation: str) -> Any:
    def mutant(token_ids: Sequence[int], learned: Sequence[tuple[int, int]]) -> Any:
        inputs, targets = shift(token_ids, learned)
        changed = list(targets)
        first = next(place for place, target in enumerate(targets) if target != NOT_LEARNED)
        if mutation == "one early":
            changed[first - 1] = inputs[first]
        if mutation == "one late":
            changed[first] = NOT_LEARNED
        if mutation == "no stop token":
            changed[-1] = NOT_LEARNED
        if mutation == "not shifted":
            changed = [inputs[i] if target != NOT_LEARNED else target for i, target in enumerate(targets)]
        return inputs, tuple(changed)

    return mutant


@pytest.mark.parametrize("mutation", ["one early", "one late", "no stop token", "not shifted"])
def test_a_mask_that_is_off_by_one_stops_the_run(recipe: Recipe, mutation: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("sfttrain.render.shift", broken_shift(mutation))
    with pytest.raises(ProofError):
        proofs(recipe)


def test_a_leaking_neighbour_stops_the_run(recipe: Recipe, monkeypatch: Any) -> None:
    monkeypatch.setattr("sfttrain.attention.segments", lambda cu_seqlens: segments(cu_seqlens[[0, -1]]))
    with pytest.raises(ProofError, match="expected a gradient of exactly 0 from one packed conversation into another"):
        proofs(recipe)


def test_a_template_that_drops_reasoning_stops_the_think_arm_only(recipe: Recipe, tmp_path: Path) -> None:
    silent = CHATML.replace("(message.reasoning_content or '')", "''")
    base = toy_checkpoint(tmp_path / "base", template=silent)
    changed = dataclasses.replace(recipe, base=str(base))
    with pytest.raises(ProofError, match="expected to learn all that the turn says"):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == 6


def test_a_think_arm_without_any_reasoning_in_the_data_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_conversations(path, [Conversation(f"{n}", (user("q"), assistant("a"))) for n in range(8)])
    changed = dataclasses.replace(recipe, data=DataSettings(path=str(path), held_out_share=0.0))
    with pytest.raises(ProofError, match="the think arm: expected reasoning in the data, got none in any row"):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == 6


def test_a_stop_token_written_in_an_answer_is_found(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [Conversation(f"{n}", (user("q"), assistant("one<|im_end|>two", "r"))) for n in range(8)]
    write_conversations(path, rows)
    changed = dataclasses.replace(recipe, data=DataSettings(path=str(path), held_out_share=0.0))
    with pytest.raises(TemplateError, match="expected to learn all that the turn says"):
        proofs(changed)
