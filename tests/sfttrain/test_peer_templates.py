"""Stock chat templates, read from the installed trl: served prompts equal transformers', and what each arm learns.

Every family has a byte tokenizer with its own special tokens. The expected texts are written by hand: a chat of two
turns with reasoning, and a call with its result where the template knows tools.
"""

import datetime
from collections.abc import Sequence
from typing import Any

import pytest
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Backend

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.chat.format import end_of_turn_ids
from sfteval.chat.template import FROZEN_CLOCK
from sfteval.errors import TemplateError
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example
from tests.sfttrain.peer_families import CALLED, CHAT, FAMILIES, FIELD, FOLDER, INLINE, Family
from tests.toys import call

pytestmark = pytest.mark.skipif(FOLDER is None, reason="trl, which holds the stock templates, is not installed")

ARMS = list(Arm)


def byte_backend(family: Family) -> Backend:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in family.special])
    backend.add_tokens([AddedToken(text, special=False, normalized=False) for text in family.markup])
    return backend


def chat_of(name: str, *, listed: bool = True) -> ChatFormat:
    """Return the family's chat format; `listed` is false where no file says how a turn ends."""
    assert FOLDER is not None
    family = FAMILIES[name]
    tokenizer = Tokenizer.from_backend(byte_backend(family))
    names = {"eos_token": family.eos or family.stops[0]} | ({"bos_token": family.bos} if family.bos else {})
    template = ChatTemplate((FOLDER / f"{name}.jinja").read_text(encoding="utf-8"), names, name)
    stops = tuple(tokenizer.encode("".join(family.stops))) if listed else ()
    return ChatFormat(template, tokenizer, stops)


def learned(name: str, arm: Arm, row: Conversation, *, listed: bool = True) -> tuple[ChatFormat, tuple[Example, ...]]:
    chat = chat_of(name, listed=listed)
    return chat, render(shown_to(arm, row), chat, end_of_turn_ids(chat), FAMILIES[name].settings)


def without_system(row: Conversation) -> Conversation:
    return Conversation(row.id, row.messages[1:], row.tools)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_each_arm_learns_exactly_what_a_sampler_would_have_said(name: str, arm: Arm) -> None:
    family = FAMILIES[name]
    chat, examples = learned(name, arm, CHAT)
    assert spoken(chat, examples) == (family.think if arm is Arm.THINK else family.no_think)
    check_masks(chat, examples)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_calls_are_learned_and_results_are_not(name: str, arm: Arm) -> None:
    family = FAMILIES[name]
    expected = family.think_call if arm is Arm.THINK else family.no_think_call
    if expected is None:
        with pytest.raises(TemplateError):
            learned(name, arm, CALLED)
        return
    chat, examples = learned(name, arm, CALLED)
    assert [[chat.tokenizer.decode(one.targets[s.start : s.stop]) for s in one.spans] for one in examples] == expected
    check_masks(chat, examples)


def spoken(chat: ChatFormat, examples: Sequence[Example]) -> list[list[str]]:
    """Return what each example learns, one text per span."""
    return [[chat.tokenizer.decode(one.targets[s.start : s.stop]) for s in one.spans] for one in examples]


def check_masks(chat: ChatFormat, examples: Sequence[Example]) -> None:
    stops = {*chat.stop_token_ids, *end_of_turn_ids(chat)}
    for one in examples:
        inside = {place for span in one.spans for place in range(span.start, span.stop)}
        assert [place for place, target in enumerate(one.targets) if target != NOT_LEARNED] == sorted(inside)
        text = chat.tokenizer.decode(target for target in one.targets if target != NOT_LEARNED)
        assert not [word for word in ("S0", "U1", "U2", "T1") if word in text]
        for span in one.spans:
            assert one.targets[span.stop - 1] in stops
            assert not stops.intersection(one.targets[span.start : span.stop - 1])
            same = range(span.start, min(span.stop - 1, one.num_tokens - 1))
            assert all(one.targets[place] == one.token_ids[place + 1] for place in same)
        bos = chat.template.special_tokens.get("bos_token")
        assert bos is None or list(one.token_ids).count(chat.tokenizer.token_id(bos)) == 1


@pytest.fixture
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return FROZEN_CLOCK

    monkeypatch.setattr("transformers.utils.chat_template_utils.datetime", Frozen)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_served_prompts_are_those_of_transformers(name: str, arm: Arm, frozen_clock: None) -> None:
    from transformers import PreTrainedTokenizerFast

    family, chat = FAMILIES[name], chat_of(name)
    peer = PreTrainedTokenizerFast(
        tokenizer_object=byte_backend(family), eos_token=chat.template.special_tokens["eos_token"], bos_token=family.bos
    )
    rows = [CHAT, without_system(CHAT)] + ([CALLED] if family.no_think_call else [])
    for row in (shown_to(arm, row) for row in rows):
        for index in [place for place, message in enumerate(row.messages) if message.role == "assistant"]:
            ours = chat.prompt(row.messages[:index], row.tools, row.template_kwargs)
            told = [as_peer(message, chat.template.reasoning_key, family) for message in row.messages[:index]]
            options: dict[str, Any] = {"tools": list(row.tools) or None, **row.template_kwargs}
            options |= {"chat_template": chat.template.source, "add_generation_prompt": True}
            assert ours.text == peer.apply_chat_template(told, tokenize=False, **options)
            assert list(ours.token_ids) == peer.apply_chat_template(told, return_dict=False, **options)


def as_peer(message: Message, reasoning_key: str, family: Family) -> dict[str, Any]:
    told = message.as_dict()
    if "reasoning_content" in told:
        told[reasoning_key] = told.pop("reasoning_content")
    if family.arguments_as_text and "tool_calls" in told:
        told["tool_calls"] = [call("weather") | {"function": {"name": "weather", "arguments": '{"town": "Ulm"}'}}]
    return told


@pytest.mark.parametrize("name", FAMILIES)
def test_the_tokens_that_end_a_turn_are_found_whatever_the_files_list(name: str) -> None:
    family = FAMILIES[name]
    for listed in (True, False) if name != "cohere2" else (True,):
        chat = chat_of(name, listed=listed)
        found = [chat.tokenizer.decode([token]) for token in end_of_turn_ids(chat)]
        assert found == list(family.ends or family.stops[:1])


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "cohere2"])
def test_nothing_changes_where_no_file_lists_a_stop_token(name: str, arm: Arm) -> None:
    assert learned(name, arm, CHAT, listed=False)[1] == learned(name, arm, CHAT)[1]


def test_the_stop_that_was_said_is_learned_where_history_writes_another() -> None:
    chat, (example,) = learned("gptoss", Arm.NO_THINK, CHAT)
    place = example.spans[0].stop - 1
    assert chat.tokenizer.decode([example.targets[place]]) == "<|return|>"
    assert chat.tokenizer.decode([example.token_ids[place + 1]]) == "<|end|>"
    assert "<|return|>" not in chat.tokenizer.decode(example.token_ids)


@pytest.mark.parametrize("name", ["qwen2_5", "qwen3_instruct_2507", "llama3", "llama3_1", "gemma3", "phi3", "cohere2"])
def test_a_template_that_drops_reasoning_learns_none_unless_it_is_written_inline(name: str) -> None:
    chat = chat_of(name)
    (example,) = render(shown_to(Arm.THINK, CHAT), chat, end_of_turn_ids(chat), FIELD)
    (without,) = render(shown_to(Arm.NO_THINK, CHAT), chat, end_of_turn_ids(chat), FIELD)
    assert example == without


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("name", ["deepseek_r1_distill", "deepseekv3", "qwen3", "qwen3_5_think"])
def test_where_the_thought_is_a_field_or_put_together_inlining_learns_the_same_text(name: str, arm: Arm) -> None:
    chat, stops = chat_of(name), end_of_turn_ids(chat_of(name))
    by_field, inlined = (render(shown_to(arm, CHAT), chat, stops, settings) for settings in (FIELD, INLINE))
    assert spoken(chat, by_field) == spoken(chat, inlined)
