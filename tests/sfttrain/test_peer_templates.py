"""Stock chat templates, read from the installed trl: served prompts equal transformers', and what each arm learns.

Every family has a byte tokenizer with its own special tokens. The expected texts are written by hand: a chat of two
turns with reasoning, and a call with its result where the template knows tools.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
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
from sfttrain.config import RenderSettings
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example
from tests.toys import WEATHER, assistant, call, system, tool, user

FOUND = find_spec("trl")
FOLDER = Path(FOUND.origin).parent / "chat_templates" if FOUND and FOUND.origin else None
pytestmark = pytest.mark.skipif(FOLDER is None, reason="trl, which holds the stock templates, is not installed")

CHAT = Conversation("chat", (system("S0"), user("U1"), assistant("A1", "R1"), user("U2"), assistant("A2", "R2")))
CALLED = Conversation(
    "call",
    (system("S0"), user("U1"), assistant("", "R1", [call("weather", town="Ulm")]), tool("T1"), assistant("A1", "R2")),
    (WEATHER,),
)
CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
LLAMA = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>")
GEMMA = ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>")
GPT_OSS = ("<|endoftext|>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>")
PHI = ("<|endoftext|>", "<|assistant|>", "<|system|>", "<|user|>", "<|end|>")
DEEPSEEK = ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>")
DEEPSEEK_MARKUP = ("<｜User｜>", "<｜Assistant｜>", "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
GLM = ("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
LFM = ("<|startoftext|>", "<|im_start|>", "<|im_end|>", "<|tool_call_start|>", "<|tool_call_end|>")
COHERE = (
    "<BOS_TOKEN>",
    "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|USER_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
    "<|SYSTEM_TOKEN|>",
    "<|START_RESPONSE|>",
    "<|END_RESPONSE|>",
)
NEMOTRON = ("<s>", "</s>", "<|im_start|>", "<|im_end|>")
MARKUP = ("<think>", "</think>", "<tool_call>", "</tool_call>")
FIELD, INLINE = RenderSettings(reasoning="template"), RenderSettings(reasoning="inline")


@dataclass(frozen=True)
class Family:
    """A stock template, its tokens, and what must be learned: one inner list per example, one text per turn."""

    special: Sequence[str]
    stops: Sequence[str]  # as its generation_config lists them
    think: list[list[str]]
    no_think: list[list[str]]
    think_call: list[list[str]] | None = None  # None: the template knows no tools, and the row is refused
    no_think_call: list[list[str]] | None = None
    bos: str | None = None
    eos: str | None = None  # None: the first of `stops`
    markup: Sequence[str] = MARKUP
    settings: RenderSettings = FIELD
    ends: Sequence[str] = ()  # what ends a turn, found by rendering; (): the first of `stops`
    arguments_as_text: bool = False


HERMES = '<tool_call>\n{"name": "weather", "arguments": {"town": "Ulm"}}\n</tool_call><|im_end|>'
XML = "<tool_call>\n<function=weather>\n<parameter=town>\nUlm\n</parameter>\n</function>\n</tool_call>"


def inline(text: str, reasoning: str) -> str:
    return f"<think>\n{reasoning}\n</think>\n\n{text}"


def qwen_inline() -> Family:
    return Family(
        CHATML,
        ("<|im_end|>", "<|endoftext|>"),
        think=[[inline("A1<|im_end|>", "R1")], [inline("A2<|im_end|>", "R2")]],
        no_think=[["A1<|im_end|>", "A2<|im_end|>"]],
        think_call=[[inline("\n" + HERMES, "R1")], [inline("A1<|im_end|>", "R2")]],
        no_think_call=[[HERMES, "A1<|im_end|>"]],
        settings=INLINE,
    )


def qwen_prefilled() -> Family:
    return Family(
        CHATML,
        ("<|im_end|>", "<|endoftext|>"),
        think=[["R1\n</think>\n\nA1<|im_end|>"], ["R2\n</think>\n\nA2<|im_end|>"]],
        no_think=[["A1<|im_end|>"], ["A2<|im_end|>"]],
        think_call=[[f"R1\n</think>\n\n{XML}<|im_end|>", "R2\n</think>\n\nA1<|im_end|>"]],
        no_think_call=[[f"{XML}<|im_end|>", "A1<|im_end|>"]],
    )


def llama(call_text: str | None) -> Family:
    end = "<|eot_id|>"
    return Family(
        LLAMA,
        ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
        think=[[inline(f"A1{end}", "R1")], [inline(f"A2{end}", "R2")]],
        no_think=[[f"A1{end}", f"A2{end}"]],
        # Llama 3.1 writes a call without the turn's text, and its thought with it: the think arm refuses the row.
        no_think_call=[[f"{call_text}{end}", f"A1{end}"]] if call_text else None,
        bos="<|begin_of_text|>",
        settings=INLINE,
        ends=(end,),
    )


def gemma() -> Family:
    end = "<end_of_turn>"
    return Family(
        GEMMA,
        ("<eos>", end),
        think=[[inline(f"A1{end}", "R1")], [inline(f"A2{end}", "R2")]],
        no_think=[[f"A1{end}", f"A2{end}"]],
        bos="<bos>",
        settings=INLINE,
        ends=(end,),
    )


def phi() -> Family:
    return Family(
        PHI,
        ("<|endoftext|>", "<|end|>"),
        think=[[inline("A1<|end|>", "R1")], [inline("A2<|end|>", "R2")]],
        no_think=[["A1<|end|>", "A2<|end|>"]],
        eos="<|endoftext|>",
        settings=INLINE,
        ends=("<|end|>",),
    )


def deepseek(think_call: list[list[str]] | None = None, no_think_call: list[list[str]] | None = None) -> Family:
    end = DEEPSEEK[1]
    return Family(
        DEEPSEEK,
        (end,),
        think=[[f"R1\n</think>\n\nA1{end}"], [f"R2\n</think>\n\nA2{end}"]],
        no_think=[[f"\n</think>\n\nA1{end}"], [f"\n</think>\n\nA2{end}"]],
        think_call=think_call,
        no_think_call=no_think_call,
        bos=DEEPSEEK[0],
        markup=(*MARKUP, *DEEPSEEK_MARKUP),
        settings=INLINE,  # for answers to a tool, where the prompt opens no thought
        arguments_as_text=True,
    )


def nemotron() -> Family:
    return Family(
        NEMOTRON,
        ("</s>", "<|im_end|>"),
        think=[["R1\n</think>\nA1<|im_end|>"], ["R2\n</think>\nA2<|im_end|>"]],
        no_think=[["A1<|im_end|>", "A2<|im_end|>"]],
        think_call=[[f"R1\n</think>\n{XML}\n<|im_end|>", "R2\n</think>\nA1<|im_end|>"]],
        no_think_call=[[f"\n{XML}\n<|im_end|>", "A1<|im_end|>"]],
        ends=("<|im_end|>",),
    )


V3_CALL = (
    "\n</think>\n\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
    '{"town": "Ulm"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>'
)
HARMONY_CALL = ' to=functions.weather<|channel|>commentary json<|message|>{"town": "Ulm"}<|call|>'
HARMONY_FINAL = "<|channel|>final<|message|>"
GLM_CALL = "\n<tool_call>weather\n<arg_key>town</arg_key>\n<arg_value>Ulm</arg_value>\n</tool_call><|observation|>"


def harmony(reasoning: str, text: str) -> str:
    return f"<|channel|>analysis<|message|>{reasoning}<|end|><|start|>assistant{text}"


FAMILIES: dict[str, Family] = {
    "qwen2_5": qwen_inline(),
    "qwen3_instruct_2507": qwen_inline(),
    "qwen3": Family(
        CHATML,
        ("<|im_end|>", "<|endoftext|>"),
        think=[[inline("A1<|im_end|>", "R1")], [inline("A2<|im_end|>", "R2")]],
        no_think=[["A1<|im_end|>"], ["A2<|im_end|>"]],
        think_call=[[inline(HERMES, "R1"), inline("A1<|im_end|>", "R2")]],
        no_think_call=[[HERMES], ["A1<|im_end|>"]],
    ),
    "qwen3_5_think": qwen_prefilled(),
    "qwen3_6": qwen_prefilled(),
    "llama3": llama(None),
    "llama3_1": llama('{"name": "weather", "parameters": {"town": "Ulm"}}'),
    "llama3_2": llama('{"name": "weather", "parameters": {"town": "Ulm"}}'),
    "gemma3": gemma(),
    "gptoss": Family(
        GPT_OSS,
        ("<|return|>", "<|endoftext|>", "<|call|>"),
        think=[
            [harmony("R1", f"{HARMONY_FINAL}A1<|return|>")],
            [harmony("R2", f"{HARMONY_FINAL}A2<|return|>")],
        ],
        no_think=[[f"{HARMONY_FINAL}A1<|return|>", f"{HARMONY_FINAL}A2<|return|>"]],
        think_call=[[harmony("R1", HARMONY_CALL), harmony("R2", f"{HARMONY_FINAL}A1<|return|>")]],
        no_think_call=[[HARMONY_CALL, f"{HARMONY_FINAL}A1<|return|>"]],
        ends=("<|return|>", "<|call|>"),
    ),
    "phi3": phi(),
    "deepseek_r1_distill": deepseek(),
    "deepseekv3": deepseek(
        think_call=[["R1" + V3_CALL], [inline(f"A1{DEEPSEEK[1]}", "R2")]],
        no_think_call=[[V3_CALL], [f"A1{DEEPSEEK[1]}"]],
    ),
    "glm4moe": Family(
        GLM,
        ("<|endoftext|>", "<|user|>", "<|observation|>"),
        think=[["\n<think>R1</think>\nA1<|user|>"], ["\n<think>R2</think>\nA2<|user|>"]],
        no_think=[["\nA1<|user|>", "\nA2<|user|>"]],
        think_call=[["\n<think>R1</think>" + GLM_CALL, "\n<think>R2</think>\nA1<|user|>"]],
        no_think_call=[[GLM_CALL, "\nA1<|user|>"]],
        ends=("<|user|>", "<|observation|>"),
    ),
    "lfm2_2_5": Family(
        LFM,
        ("<|im_end|>",),
        think=[["<think>R1</think>A1<|im_end|>"], ["<think>R2</think>A2<|im_end|>"]],
        no_think=[["A1<|im_end|>", "A2<|im_end|>"]],
        think_call=[
            [
                "<think>R1</think><|tool_call_start|>[weather(town='Ulm')]<|tool_call_end|><|im_end|>",
                "<think>R2</think>A1<|im_end|>",
            ]
        ],
        no_think_call=[["<|tool_call_start|>[weather(town='Ulm')]<|tool_call_end|><|im_end|>", "A1<|im_end|>"]],
        bos="<|startoftext|>",
    ),
    "cohere2": Family(
        COHERE,
        ("<|END_OF_TURN_TOKEN|>",),
        think=[
            [inline("A1<|END_RESPONSE|><|END_OF_TURN_TOKEN|>", "R1")],
            [inline("A2<|END_RESPONSE|><|END_OF_TURN_TOKEN|>", "R2")],
        ],
        no_think=[["A1<|END_RESPONSE|><|END_OF_TURN_TOKEN|>", "A2<|END_RESPONSE|><|END_OF_TURN_TOKEN|>"]],
        bos="<BOS_TOKEN>",
        settings=INLINE,
    ),
    "nemotron_3_nano": nemotron(),
}
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
