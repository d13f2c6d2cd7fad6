"""All proofs together: they hold on good data, say on how much, and the first that fails names the cure."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from sfteval.errors import ProofError, TemplateError
from sfttrain.config import DataSettings, Recipe
from sfttrain.data import write_conversations
from sfttrain.model import load_model
from sfttrain.proofs import Proof, prove
from sfttrain.types import Arm, Conversation
from tests.sfttrain.proofs.sound_example import (
    INLINE,
    material,
)
from tests.toys import CHATML, assistant, toy_checkpoint, user

NUM_PROOFS = {Arm.THINK: 11, Arm.NO_THINK: 12}
SILENT = CHATML.replace("(message.reasoning_content or '')", "''")


def proofs(recipe: Recipe, arm: Arm = Arm.THINK) -> tuple[Proof, ...]:
    model = load_model(Path(recipe.base), torch.device("cpu"))
    return prove(material(recipe, arm), arm, model, "fp32", recipe.render)


def with_rows(recipe: Recipe, path: Path, rows: Sequence[Conversation]) -> Recipe:
    write_conversations(path, rows)
    return dataclasses.replace(recipe, data=DataSettings(path=str(path), held_out_share=0.0))


@pytest.mark.parametrize("arm", list(Arm))
def test_every_proof_holds_on_good_data_and_says_on_how_much(recipe: Recipe, arm: Arm) -> None:
    shown = {proof.name: proof.numbers for proof in proofs(recipe, arm)}
    assert len(shown) == NUM_PROOFS[arm]
    assert shown["every learned turn ends with a stop token"]["turns"] > 20
    assert shown["every target is the next token"]["targets"] > 400
    assert shown["supervised text equals the expected completions"]["spans"] > 20
    assert shown["the first target sits at the served prompt's last position"]["later_spans"] > 0
    assert shown["planted words are learned where the arm says"] == {"words": 16, "not rendered: developer": 1}
    firewall = shown["no gradient crosses from one packed conversation into another"]
    assert (firewall["gradient"], firewall["sequences"]) == (0.0, 3)
    assert firewall["own_gradient"] > 0
    assert shown["packed loss equals solo loss"]["difference_nats"] < 1e-4
    assert shown["neighbours in another order change no loss"]["difference_nats"] < 1e-4


def test_a_think_arm_without_any_reasoning_in_the_data_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(f"{n}", (user("q"), assistant("a"))) for n in range(8)]
    changed = with_rows(recipe, tmp_path / "rows.jsonl", rows)
    with pytest.raises(ProofError, match="the think arm: expected reasoning in the data, got none in any row"):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == NUM_PROOFS[Arm.NO_THINK]


def test_a_stop_token_written_in_an_answer_is_found(recipe: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(f"{n}", (user("q"), assistant("one<|im_end|>two", "r"))) for n in range(8)]
    with pytest.raises(TemplateError, match="expected to learn all that the turn says"):
        proofs(with_rows(recipe, tmp_path / "rows.jsonl", rows))


def test_a_template_that_drops_reasoning_stops_the_think_arm_only_and_inline_is_the_cure(
    recipe: Recipe, tmp_path: Path
) -> None:
    base = toy_checkpoint(tmp_path / "base", template=SILENT)
    changed = dataclasses.replace(recipe, base=str(base))
    with pytest.raises(ProofError, match=r'the template drops it\. Set reasoning = "inline" in \[render\]'):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == NUM_PROOFS[Arm.NO_THINK]
    cured = dataclasses.replace(changed, render=INLINE)
    assert len(proofs(cured)) == NUM_PROOFS[Arm.THINK]
