"""The proof as text: what is learned is what the turn says, and the other arm's reasoning is in no token."""

import dataclasses

import pytest

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.errors import ProofError
from sfteval.types import Message
from sfttrain.config import RenderSettings
from sfttrain.proofs import Proof
from sfttrain.proofs.proof import Row
from sfttrain.proofs.text import prove_hidden, prove_text
from sfttrain.render import render
from sfttrain.types import Conversation, Example, ids
from tests.sfttrain.proofs.sound_example import (
    CHAT,
    STOP,
    TOKENIZER,
    TURNS,
    N,
)
from tests.toys import CHATML, WEATHER, assistant, call, user


def row_of(examples: tuple[Example, ...], messages: tuple[Message, ...] = TURNS, hidden: tuple[str, ...] = ()) -> Row:
    return Row("x", messages, (), {"enable_thinking": True}, examples, hidden)


def rendered(messages: tuple[Message, ...] = TURNS) -> tuple[Example, ...]:
    return render(Conversation("x", messages, template_kwargs={"enable_thinking": True}), CHAT)


def text(row: Row) -> tuple[Proof, ...]:
    return prove_text([row], CHAT, (STOP,), RenderSettings())


def moved(example: Example, by: int) -> Example:
    """Return the example with its last turn learned from `by` positions later, rightly shifted and stopped."""
    span = dataclasses.replace(example.spans[-1], start=example.spans[-1].start + by)
    following = [*example.token_ids[1:], example.targets[-1]]
    learned = [following[i] if span.start <= i < span.stop else N for i in range(example.num_tokens)]
    return dataclasses.replace(example, targets=ids(learned), spans=(*example.spans[:-1], span))


@pytest.mark.parametrize("by", [-1, 1, -10])
def test_text_alone_finds_a_mask_that_is_off(by: int) -> None:
    first, second = rendered()
    assert text(row_of((first, moved(second, 0))))[0].numbers["spans"] == 2
    with pytest.raises(ProofError, match="row x, turn 4: expected its first supervised target at position"):
        text(row_of((first, moved(second, by))))


def test_text_alone_finds_a_turn_that_is_learned_never_or_twice() -> None:
    first, second = rendered()
    with pytest.raises(ProofError, match="turns 2, 4 learned in 2 pieces, got turns 4 in 1 pieces"):
        text(row_of((second,)))
    with pytest.raises(ProofError, match="expected turns 2, 4 learned in 2 pieces"):
        text(row_of((first, first, second)))


def test_text_alone_finds_another_prompt_than_the_served_one() -> None:
    with pytest.raises(ProofError, match="the served prompt's token ids before it, got others from position"):
        text(row_of(rendered(), (user("Q"), *TURNS[1:])))


def test_text_alone_finds_another_answer() -> None:
    with pytest.raises(ProofError, match=r"to learn '</think>\\n\\nb<\|im_end\|>', got"):
        text(row_of(rendered()[:1], (user("q"), assistant("b", "r"))))


def test_text_alone_finds_a_target_before_the_first_turn() -> None:
    (example,) = rendered()[:1]
    early = dataclasses.replace(example, targets=ids([example.token_ids[1], *example.targets[1:]]))
    with pytest.raises(ProofError, match=f"its first target at position {example.spans[0].start}, got 0"):
        text(row_of((early,), TURNS[:2]))


def test_a_turn_of_weight_0_must_not_be_learned() -> None:
    messages = (user("q"), assistant("a", "r", weight=0), user("q two"), assistant("a two", "r two"))
    assert text(row_of(rendered(messages), messages))[0].numbers["spans"] == 1
    with pytest.raises(ProofError, match="expected turns 4 learned"):
        text(row_of(rendered(), messages))


def call_proved(template: str, content: str = "") -> tuple[Proof, ...]:
    """Prove a call of weather(town="Ulm"), rendered without the text that should stand beside it."""
    chat = ChatFormat(ChatTemplate(template), TOKENIZER, (STOP,))
    messages = (user("q"), assistant("", "r", [call("weather", town="Ulm")]))
    row = Conversation("x", messages, (WEATHER,), {"enable_thinking": True})
    told = (messages[0], dataclasses.replace(messages[1], content=content))
    shown = Row("x", told, row.tools, row.template_kwargs, render(row, chat))
    return prove_text([shown], chat, (STOP,), RenderSettings())


def test_arguments_that_the_template_drops_stop_the_run() -> None:
    assert call_proved(CHATML)[0].numbers["spans"] == 1
    with pytest.raises(ProofError, match=r"to learn the tool call, '(town|Ulm)' among it"):
        call_proved(CHATML.replace("else call.function.arguments | tojson", "else '{}'"))


def test_text_that_the_template_drops_beside_a_call_stops_the_run() -> None:
    silent = CHATML.replace("{{- message.content }}\n        {%- for", "{%- for")
    assert silent != CHATML
    with pytest.raises(ProofError, match="Use a template that renders text beside a tool call"):
        call_proved(silent.replace("if message.content or", "if"), "I ask.")


def test_reasoning_in_any_token_of_the_other_arm_is_found() -> None:
    examples = rendered((user("q"), assistant("a", "a secret thought")))
    bare = (user("q"), assistant("a"))
    with pytest.raises(ProofError, match="row x: expected no reasoning in the no-think arm, got 'a secret thought'"):
        prove_hidden([row_of(examples, bare, ("a secret thought",))], CHAT)
    assert prove_hidden([row_of(examples, bare, ("q",))], CHAT).numbers["thoughts"] == 1  # it is the question too
