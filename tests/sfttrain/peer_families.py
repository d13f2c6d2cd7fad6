"""Stock chat templates by family: their tokens, and by hand what each arm must learn of two conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sfttrain.config import RenderSettings
from sfttrain.types import Conversation
from tests.toys import WEATHER, assistant, call, system, tool, user

FOUND = find_spec("trl")
FOLDER = Path(FOUND.origin).parent / "chat_templates" if FOUND and FOUND.origin else None
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
