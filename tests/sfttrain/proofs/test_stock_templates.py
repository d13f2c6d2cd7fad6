"""Stock templates, read from a peer's package: proved in both arms, or refused with the cure."""

import dataclasses
import re
from pathlib import Path

import pytest
from tokenizers import AddedToken

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.chat.format import end_of_turn_ids
from sfteval.errors import ProofError, TemplateError
from sfttrain.arm import shown_to
from sfttrain.config import RenderSettings
from sfttrain.proofs.proof import Row
from sfttrain.proofs.roles import prove_roles
from sfttrain.proofs.targets import prove_targets
from sfttrain.proofs.text import prove_text
from sfttrain.render import render
from sfttrain.types import Arm, Conversation
from tests.sfttrain.proofs.sound_example import (
    INLINE,
    TURNS,
)
from tests.toys import WEATHER, assistant, call, system, toy_tokenizer, user

FAMILIES = ("qwen3", "qwen2_5", "llama3_1", "gemma3", "gptoss", "phi3", "deepseek_r1_distill", "deepseekv3", "glm4moe")
NO_REASONING = ("qwen2_5", "llama3_1", "gemma3", "phi3")
MARKERS = re.compile(r"<[|｜][^<>\s{}'\"]+?[|｜]>|<(?:start|end)_of_turn>")
STOCK = (
    Conversation("two", TURNS),
    Conversation("system", (system("Be kind."), *TURNS[:2])),
    Conversation("call", (user("q"), assistant("", "r", [call("weather", town="Ulm")])), (WEATHER,)),
    Conversation("react", (user("q"), assistant("Action: x\nAction Input: y\nObservation: z\nFinal Answer: w", "r"))),
)


def stock_chat(family: str) -> ChatFormat:
    trl = pytest.importorskip("trl")
    source = (Path(trl.__file__).parent / "chat_templates" / f"{family}.jinja").read_text(encoding="utf-8")
    backend = toy_tokenizer()
    markers = [*sorted(set(MARKERS.findall(source))), "<s>", "</s>"]
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in markers])
    tokenizer = Tokenizer.from_backend(backend)
    template = ChatTemplate(source, {"bos_token": "<s>", "eos_token": "</s>"}, family)
    chat = ChatFormat(template, tokenizer, (tokenizer.token_id("</s>") or 0,))
    return dataclasses.replace(
        chat, stop_token_ids=tuple(dict.fromkeys((*chat.stop_token_ids, *end_of_turn_ids(chat))))
    )


def stock_proofs(family: str, arm: Arm, settings: RenderSettings) -> int:
    """Prove every stock conversation that the template renders, and return how many these are."""
    chat = stock_chat(family)
    stops = chat.stop_token_ids
    prove_roles(arm, [], lambda row: render(shown_to(arm, row), chat, stops, settings), chat, any_reasoning=True)
    num_proved = 0
    for conversation in STOCK:
        shown = shown_to(arm, conversation)
        try:
            examples = render(shown, chat, stops, settings)
        except TemplateError:
            continue
        prove_targets(examples, chat, stops, 9999)
        row = Row(shown.id, shown.messages, shown.tools, shown.template_kwargs, examples)
        prove_text([row], chat, stops, settings)
        num_proved += 1
    return num_proved


@pytest.mark.parametrize("family", FAMILIES)
def test_stock_templates_are_proved_in_the_no_think_arm(family: str) -> None:
    assert stock_proofs(family, Arm.NO_THINK, RenderSettings()) >= 3


@pytest.mark.parametrize("family", FAMILIES)
def test_stock_templates_are_proved_in_the_think_arm_or_name_the_cure(family: str) -> None:
    if family not in NO_REASONING:
        assert stock_proofs(family, Arm.THINK, RenderSettings()) >= 3
        return
    with pytest.raises(ProofError, match=r'the template drops it\. Set reasoning = "inline" in \[render\]'):
        stock_proofs(family, Arm.THINK, RenderSettings())


@pytest.mark.parametrize("family", [one for one in NO_REASONING if one != "llama3_1"])
def test_the_cure_is_one(family: str) -> None:
    assert stock_proofs(family, Arm.THINK, INLINE) >= 3
