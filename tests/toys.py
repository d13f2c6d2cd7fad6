"""Toys that tests share: a byte tokenizer, a ChatML template, a tiny random Qwen3 checkpoint, and short messages.

No file here is fetched and nothing is trained: the checkpoint is a few kilobytes of seeded noise that transformers and
our own code load alike. Heavy libraries are imported inside the functions, so that light tests stay light.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfteval.types import Json, Message

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MARKUP_TOKENS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
VOCABULARY_SIZE = 256 + len(SPECIAL_TOKENS) + len(MARKUP_TOKENS)

CHATML = """\
{%- set show_thinking = enable_thinking is not defined or enable_thinking %}
{%- set ns = namespace(last_user=-1, in_tools=false) %}
{%- for message in messages %}
    {%- if message.role == 'user' %}{% set ns.last_user = loop.index0 %}{% endif %}
{%- endfor %}
{%- set opening = messages[0].content if messages and messages[0].role == 'system' else '' %}
{%- if tools %}
    {{- '<|im_start|>system\\n' ~ (opening ~ '\\n\\n' if opening else '') ~ '# Tools' }}
    {%- for tool in tools %}
        {{- '\\n' ~ tool | tojson }}
    {%- endfor %}
    {{- '\\nAnswer a call as JSON in <tool_call></tool_call>.<|im_end|>\\n' }}
{%- elif opening %}
    {{- '<|im_start|>system\\n' ~ opening ~ '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {{- '<|im_start|>user\\n' ~ message.content ~ '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last_user %}
            {{- '<think>\\n' ~ (message.reasoning_content or '') ~ '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- message.content }}
        {%- for call in message.tool_calls or [] %}
            {{- '\\n' if message.content or not loop.first else '' }}
            {{- '<tool_call>\\n{"name": ' ~ call.function.name | tojson ~ ', "arguments": ' }}
            {{- call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {%- if not ns.in_tools %}{{ '<|im_start|>user' }}{% endif %}
        {%- set ns.in_tools = not loop.last and loop.nextitem.role == 'tool' %}
        {{- '\\n<tool_response>\\n' ~ message.content ~ '\\n</tool_response>' }}
        {{- '' if ns.in_tools else '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' ~ ('' if show_thinking else '<think>\\n\\n</think>\\n\\n') }}
{%- endif %}
"""

WEATHER: Json = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Today's weather in a town",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}


def system(text: str) -> Message:
    return Message("system", text)


def user(text: str) -> Message:
    return Message("user", text)


def assistant(text: str, reasoning: str | None = None, calls: Sequence[Json] = (), weight: int = 1) -> Message:
    return Message("assistant", text, reasoning_content=reasoning, tool_calls=tuple(calls), weight=weight)


def call(name: str, **arguments: Any) -> Json:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def tool(text: str) -> Message:
    return Message("tool", text)


def toy_tokenizer(merges: Sequence[tuple[str, str]] = ()) -> "Tokenizer":
    """Return a byte-level tokenizer: one token per byte, the special tokens, and `merges` (in byte-level letters)."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: index for index, letter in enumerate(letters)}
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in MARKUP_TOKENS])
    return tokenizer


def toy_checkpoint(
    folder: Path, seed: int = 0, *, template: str | None = CHATML, merges: Sequence[tuple[str, str]] = ()
) -> Path:
    """Write a tiny random Qwen3 checkpoint (2 layers, width 32) that transformers loads, and return its folder."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = toy_tokenizer(merges)
    tokenizer.save(str(folder / "tokenizer.json"))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    _write_json(folder / "tokenizer_config.json", _tokenizer_config())
    end, turn = (tokenizer.token_to_id(token) for token in ("<|endoftext|>", "<|im_end|>"))
    _write_json(folder / "generation_config.json", {"eos_token_id": [turn, end], "pad_token_id": end})
    config = _model_config(tokenizer.get_vocab_size(), end)
    _write_json(folder / "config.json", config)
    save_file(_weights(config, seed), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _tokenizer_config() -> Json:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 4096,
    }


def _model_config(vocabulary_size: int, end: int) -> dict[str, Any]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": vocabulary_size,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "hidden_act": "silu",
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "use_cache": True,
        "eos_token_id": end,
        "torch_dtype": "float32",
    }


def _weights(config: Mapping[str, Any], seed: int) -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(seed)
    width, inner, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (config["vocab_size"], width)}
    for layer in range(config["num_hidden_layers"]):
        shapes |= {
            f"model.layers.{layer}.{name}.weight": shape
            for name, shape in {
                "input_layernorm": (width,),
                "self_attn.q_proj": (queries, width),
                "self_attn.k_proj": (keys, width),
                "self_attn.v_proj": (keys, width),
                "self_attn.o_proj": (width, queries),
                "self_attn.q_norm": (head,),
                "self_attn.k_norm": (head,),
                "post_attention_layernorm": (width,),
                "mlp.gate_proj": (inner, width),
                "mlp.up_proj": (inner, width),
                "mlp.down_proj": (width, inner),
            }.items()
        }
    shapes["model.norm.weight"] = (width,)
    return {
        name: np.ones(shape, np.float32) if len(shape) == 1 else rng.normal(0, 0.2, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def _write_json(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
