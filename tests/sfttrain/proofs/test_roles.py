"""The proof by planted words: each role is learned or not, as the arm says."""

import dataclasses
from collections.abc import Callable

import pytest

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.errors import ProofError, TemplateError
from sfttrain.arm import shown_to
from sfttrain.proofs import Proof
from sfttrain.proofs.roles import prove_roles
from sfttrain.render import render
from sfttrain.types import Arm, Conversation, Example, ids
from tests.sfttrain.proofs.sound_example import (
    CHAT,
    STOP,
    TOKENIZER,
    N,
)
from tests.toys import CHATML


def roles(template: str, arm: Arm = Arm.THINK, change: Callable[[Example], Example] = lambda one: one) -> Proof:
    chat = ChatFormat(ChatTemplate(template), TOKENIZER, (STOP,))
    return prove_roles(
        arm,
        [{}, {"mood": "calm"}, {"mood": "calm"}],
        lambda row: [change(one) for one in render(shown_to(arm, row), chat)],
        chat,
        any_reasoning=True,
    )


def test_words_are_planted_once_for_each_set_of_template_variables() -> None:
    assert roles(CHATML).numbers == {"words": 32, "not rendered: developer": 1}


def test_a_role_that_the_template_refuses_is_noted() -> None:
    picky = "{%- if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML
    assert roles(picky).numbers["not rendered: system"] == 1


def test_a_template_that_renders_no_user_is_refused() -> None:
    with pytest.raises(ProofError, match="a planted word of the user rendered, got it in no token"):
        roles(CHATML.replace("'<|im_start|>user\\n' ~ message.content", "'<|im_start|>user\\n'"))


@pytest.mark.parametrize("word", ["system", "user", "tool response", "tool definition"])
def test_a_role_that_is_learned_and_must_not_be_is_named(word: str) -> None:
    planted = {
        "system": "zsystemz",
        "user": "zquestionz",
        "tool response": "zresponsez",
        "tool definition": "ztoolz",
    }[word]
    wanted = TOKENIZER.encode(planted)

    def learned_too(one: Example) -> Example:
        tokens, changed = list(one.token_ids), list(one.targets)
        for start in range(len(tokens) - len(wanted)):
            if tuple(tokens[start : start + len(wanted)]) == wanted:
                changed[start - 1 : start - 1 + len(wanted)] = wanted
        return dataclasses.replace(one, targets=ids(changed))

    with pytest.raises(ProofError, match=f"a planted word of the {word} not learned, got it among the targets"):
        roles(CHATML, change=learned_too)


def test_an_answer_that_is_read_and_not_learned_is_found() -> None:
    def unlearned(one: Example) -> Example:
        return dataclasses.replace(one, targets=ids([N] * one.num_tokens))

    with pytest.raises(ProofError, match="a planted word of the content learned, got it read and not learned"):
        roles(CHATML, Arm.NO_THINK, unlearned)


def test_reasoning_that_the_other_arm_only_reads_is_found() -> None:
    def leaking(row: Conversation) -> tuple[Example, ...]:
        shown = shown_to(Arm.NO_THINK, row)
        asked = (dataclasses.replace(shown.messages[0], content=shown.messages[0].content + " zthoughtz"),)
        return render(dataclasses.replace(shown, messages=(*asked, *shown.messages[1:])), CHAT)

    with pytest.raises(ProofError, match="arm no-think: expected reasoning in no token at all, got a planted word"):
        prove_roles(Arm.NO_THINK, [], leaking, CHAT, any_reasoning=True)


def test_a_template_that_refuses_every_conversation_says_so_itself() -> None:
    with pytest.raises(TemplateError, match="not today"):
        roles("{{ raise_exception('not today') }}")
