"""Proofs before step 0, on the user's own rows and model: that what will be learned is what must be learned.

Rendering: the supervised text equals the expected completions, the served prompt stands before them token for token,
the first supervised target sits at the last prompt position and the last is a stop token, only assistants are learned,
reasoning is where the arm says. Firewall: one conversation's loss has exactly no gradient in another's embeddings, and
packed loss equals solo loss. A proof that fails raises ProofError with the cure; results go to `sft_run.json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from sfteval.chat import ChatFormat
from sfteval.errors import ProofError, TemplateError
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.batch import flatten, to_device
from sfttrain.loss import summed_loss, token_losses
from sfttrain.model import Precision, autocast
from sfttrain.prepare import Material
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example

NUM_ROWS = 64  # rows on which the costly proofs of rendering run, evenly spread
TOLERANCE: dict[Precision, float] = {"fp32": 1e-4, "bf16": 5e-2}  # nats, packed against solo


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was shown, and on how much."""

    name: str
    numbers: Mapping[str, float] = field(default_factory=dict)


def prove(material: Material, arm: Arm, model: Any, precision: Precision) -> tuple[Proof, ...]:
    """Run every proof for one arm, in order, or stop at the first that fails."""
    chat, stops = material.chat, material.stop_token_ids
    rows = list(zip(material.conversations, material.examples[arm], strict=True))
    chosen = rows[:: max(len(rows) // NUM_ROWS, 1)][:NUM_ROWS]
    shown = [(shown_to(arm, conversation), examples) for conversation, examples in chosen]
    examples = [one for _, group in rows for one in group]
    return (
        prove_stop_tokens(examples, stops),
        prove_text(shown, chat, stops),
        prove_boundary(shown, chat),
        prove_roles(arm, material.conversations, chat, stops),
        *prove_firewall(model, examples, precision),
    )


def prove_stop_tokens(examples: Sequence[Example], stops: Sequence[int]) -> Proof:
    """Every turn that is learned ends with a stop token."""
    allowed = frozenset(stops)
    for example in examples:
        for span in example.spans:
            if example.targets[span.stop - 1] not in allowed:
                raise _failed(example, "a stop token as its last target", example.targets[span.stop - 1])
    return Proof("every learned turn ends with a stop token", {"examples": len(examples)})


def prove_text(
    shown: Sequence[tuple[Conversation, Sequence[Example]]], chat: ChatFormat, stops: Sequence[int]
) -> Proof:
    """The supervised text, decoded, is what the template adds to the served prompt, and holds what the turn says."""
    num_turns = 0
    for conversation, examples in shown:
        for example in examples:
            for span in example.spans:
                learned = _text(example.targets[span.start : span.stop], chat)
                expected = _expected(conversation, span.message_index, chat, stops)
                if learned != expected:
                    raise _failed(example, f"to learn {expected[:60]!r}", repr(learned[:60]))
                _prove_said(conversation.messages[span.message_index], learned, example)
                num_turns += 1
            outside = [
                t for i, t in enumerate(example.targets) if not any(s.start <= i < s.stop for s in example.spans)
            ]
            if any(target != NOT_LEARNED for target in outside):
                raise _failed(example, "nothing learned outside assistant turns", "a target there")
    return Proof("supervised text equals the expected completions", {"turns": num_turns})


def prove_boundary(shown: Sequence[tuple[Conversation, Sequence[Example]]], chat: ChatFormat) -> Proof:
    """The served prompt's ids stand before each first learned turn, whose first target sits at their last position."""
    for conversation, examples in shown:
        for example in examples:
            first = example.spans[0]
            served = chat.prompt(
                conversation.messages[: first.message_index], conversation.tools, conversation.template_kwargs
            ).token_ids
            if tuple(example.token_ids[: len(served)]) != served:
                raise _failed(example, "to begin with the served prompt's token ids", "others")
            place = next(i for i, target in enumerate(example.targets) if target != NOT_LEARNED)
            if place != len(served) - 1:
                raise _failed(example, f"its first supervised target at position {len(served) - 1}", place)
            if served[:1] == served[1:2] and served[0] in chat.tokenizer.special_ids:
                raise _failed(example, "one beginning-of-sequence token", "two")
    return Proof("the first target sits at the served prompt's last position", {"rows": len(shown)})


def prove_roles(arm: Arm, rows: Sequence[Conversation], chat: ChatFormat, stops: Sequence[int]) -> Proof:
    """Words planted in every role: only the assistant's are learned, and reasoning is where the arm says."""
    if arm is Arm.THINK and not any(message.reasoning_content for row in rows for message in row.messages):
        raise ProofError(
            "the think arm",
            expected="reasoning in the data",
            got="none in any row",
            next_move="Give rows reasoning_content (or inline <think>), or train with --arm no-think",
        )
    kwargs = next((row.template_kwargs for row in rows), {})
    text = _probe(arm, kwargs, chat, stops)
    wanted = {"zanswerz": True, "zquestionz": False, "zreasonz": arm is Arm.THINK}
    for word, present in wanted.items():
        if (word in text) != present:
            raise ProofError(
                f"{chat.template.where}, arm {arm}",
                expected=f"a planted word of the {_ROLE[word]} {'learned' if present else 'not learned'}",
                got="the opposite",
                next_move="Use a template that renders reasoning_content, or train with --arm no-think",
            )
    return Proof("planted words are learned where the arm says", {"words": len(wanted)})


def prove_firewall(model: Any, examples: Sequence[Example], precision: Precision) -> tuple[Proof, ...]:
    """Two conversations packed side by side know nothing of each other: by gradient, and by loss."""
    by_length = sorted(examples, key=lambda one: one.num_tokens)
    first, second = by_length[len(by_length) // 4], by_length[-max(len(by_length) // 4, 1)]
    was_training = model.training
    model.eval()
    try:
        leak, own = _gradients(model, first, second, precision)
        difference = _loss_difference(model, first, second, precision)
    finally:
        model.train(was_training)
        model.zero_grad(set_to_none=True)
    if leak != 0.0 or not own > 0.0:
        raise _leaks("a gradient of exactly 0 from one packed conversation into another", leak)
    if not difference <= TOLERANCE[precision]:
        raise _leaks(f"the loss of a packed conversation within {TOLERANCE[precision]} nats of it alone", difference)
    return (
        Proof("no gradient crosses from one packed conversation into another", {"gradient": leak, "own_gradient": own}),
        Proof("packed loss equals solo loss", {"difference_nats": difference}),
    )


_ROLE = {"zanswerz": "assistant", "zquestionz": "user", "zreasonz": "assistant's reasoning"}


def _probe(arm: Arm, kwargs: Mapping[str, Any], chat: ChatFormat, stops: Sequence[int]) -> str:
    turns = (Message("user", "zquestionz"), Message("assistant", "zanswerz", reasoning_content="zreasonz"))
    examples = render(shown_to(arm, Conversation("probe", turns, template_kwargs=kwargs)), chat, stops)
    return "".join(_text(one.targets, chat) for one in examples)


def _text(targets: Sequence[int], chat: ChatFormat) -> str:
    return chat.tokenizer.decode(target for target in targets if target != NOT_LEARNED)


def _expected(conversation: Conversation, index: int, chat: ChatFormat, stops: Sequence[int]) -> str:
    """Return what must be learned of a turn, found on text alone, without token ids."""
    messages, tools, kwargs = conversation.messages, conversation.tools, conversation.template_kwargs
    prompt = chat.template.render(messages[:index], tools, kwargs, add_generation_prompt=True)
    added = chat.template.render(messages[: index + 1], tools, kwargs).removeprefix(prompt)
    ends = [added.find(stop) + len(stop) for stop in map(chat.tokenizer.decode, ([i] for i in stops)) if stop in added]
    if not ends:
        raise TemplateError(
            chat.template.where, expected="a stop token", got="none", next_move="List it in generation_config.json"
        )
    return added[: min(ends)]


def _prove_said(message: Message, learned: str, example: Example) -> None:
    for said in (message.content, message.reasoning_content or ""):
        if said.strip() not in learned:
            raise _failed(example, f"to learn all that the turn says, {said.strip()[-40:]!r}", repr(learned[-60:]))


def _gradients(model: Any, first: Example, second: Example, precision: Precision) -> tuple[float, float]:
    """Return the largest gradient of the second's loss in the first's embeddings, and in its own."""
    batch = to_device(flatten([first, second]), model.device)
    only_second = batch.targets.clone()
    only_second[: first.num_tokens] = NOT_LEARNED
    embeddings = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
    masked = type(batch)(batch.input_ids, only_second, batch.position_ids, batch.cu_seqlens, second.num_supervised)
    with autocast(model.device, precision):
        summed_loss(model, masked, inputs_embeds=embeddings).backward()  # type: ignore[no-untyped-call]
    gradient = embeddings.grad[0].abs()
    return float(gradient[: first.num_tokens].max()), float(gradient[first.num_tokens :].max())


@torch.no_grad()
def _loss_difference(model: Any, first: Example, second: Example, precision: Precision) -> float:
    """Return the largest difference of a token's loss, packed against alone."""
    with autocast(model.device, precision):
        packed = token_losses(model, to_device(flatten([first, second]), model.device))
        alone = [token_losses(model, to_device(flatten([one]), model.device)) for one in (first, second)]
    return float((packed - torch.cat(alone)).abs().max())


def _failed(example: Example, expected: str, got: object) -> ProofError:
    return ProofError(
        f"row {example.conversation_id}",
        expected=expected,
        got=got,
        next_move="Look at it with `sfttrain show`; mend the row or the template",
    )


def _leaks(expected: str, got: float) -> ProofError:
    return ProofError(
        "the firewall of this model",
        expected=expected,
        got=f"{got:.3g}",
        next_move="This architecture cannot be trained on packed conversations; report it with its config.json",
    )
