"""Proofs before step 0, on the user's own rows and model: that what will be learned is what must be learned.

By number, on all examples (`targets`); as text, on rows spread over the data (`text`); by words planted in every role
(`roles`); and by gradient and by loss, that packed conversations know nothing of each other (`firewall`). A proof that
fails raises ProofError with the row, what was expected, what came and the cure; results go to `sft_run.json`.
"""

from typing import Any

from sfttrain.arm import shown_to
from sfttrain.config import RenderSettings
from sfttrain.model import Layout, Precision
from sfttrain.prepare import Material
from sfttrain.prepare.canaries import quoting_no_canary
from sfttrain.proofs.firewall import prove_firewall, prove_layout
from sfttrain.proofs.proof import Proof, chosen, rows_of
from sfttrain.proofs.roles import prove_roles
from sfttrain.proofs.targets import prove_targets
from sfttrain.proofs.text import prove_hidden, prove_text
from sfttrain.render import render
from sfttrain.types import Arm

AS_THE_TEMPLATE_SAYS = RenderSettings()

__all__ = ["Proof", "prove", "prove_firewall"]


def prove(
    material: Material,
    arm: Arm,
    model: Any,
    precision: Precision,
    settings: RenderSettings = AS_THE_TEMPLATE_SAYS,
    layout: Layout = "packed",
) -> tuple[Proof, ...]:
    """Run every proof for one arm, in order, or raise ProofError at the first that fails.

    `settings` are those with which the material was rendered, `layout` is how batches are laid out.
    """
    with quoting_no_canary():
        return _proofs(material, arm, model, precision, settings, layout)


def _proofs(
    material: Material, arm: Arm, model: Any, precision: Precision, settings: RenderSettings, layout: Layout
) -> tuple[Proof, ...]:
    chat, stops = material.chat, material.stop_token_ids
    rows = rows_of(material, arm)
    some = chosen(rows)
    examples = [example for row in rows for example in row.examples]
    return (
        *prove_targets(examples, chat, stops, int(model.get_input_embeddings().weight.shape[0])),
        prove_roles(
            arm,
            [one.template_kwargs for one in material.conversations],
            lambda probe: render(shown_to(arm, probe), chat, stops, settings),
            chat,
            any_reasoning=any(one.reasoning_content for row in material.conversations for one in row.messages),
        ),
        *prove_text(some, chat, stops, settings),
        *([prove_hidden(some, chat)] if arm is Arm.NO_THINK else []),
        prove_layout(examples, layout),
        *prove_firewall(model, examples, precision, layout),
    )
