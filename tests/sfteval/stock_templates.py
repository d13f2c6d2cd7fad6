"""Stock chat templates of the installed trl as chat formats, and copies of them with one small edit: real drift."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Backend

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer

FOUND = find_spec("trl")
FOLDER = Path(FOUND.origin).parent / "chat_templates" if FOUND and FOUND.origin else None
needs_trl = pytest.mark.skipif(FOLDER is None, reason="trl, which holds the stock templates, is not installed")

CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
LLAMA = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>")
SPECIAL = {
    "qwen2_5": CHATML,
    "qwen3": CHATML,
    "qwen3_5_think": CHATML,
    "llama3": LLAMA,
    "llama3_1": LLAMA,
    "llama3_2": LLAMA,
    "gemma3": ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
    "gptoss": ("<|endoftext|>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"),
}
BOS = {"llama3": LLAMA[0], "llama3_1": LLAMA[0], "llama3_2": LLAMA[0], "gemma3": "<bos>"}


def byte_tokenizer(special: tuple[str, ...], markup: tuple[str, ...] = ("<think>", "</think>")) -> Tokenizer:
    """Return a tokenizer of one token per byte and the given special tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    backend.add_tokens([AddedToken(text, special=False, normalized=False) for text in markup])
    return Tokenizer.from_backend(backend)


def stock(name: str) -> ChatFormat:
    """Return a family's own template with a byte tokenizer."""
    assert FOLDER is not None
    names = {"eos_token": SPECIAL[name][-1]} | ({"bos_token": BOS[name]} if name in BOS else {})
    source = (FOLDER / f"{name}.jinja").read_text(encoding="utf-8")
    return ChatFormat(ChatTemplate(source, names, name), byte_tokenizer(SPECIAL[name]), ())


def edited(chat: ChatFormat, old: str, new: str) -> ChatFormat:
    """Return the format with one piece of its template's source replaced; the piece must be there."""
    assert old in chat.template.source, f"{chat.template.where} does not hold {old!r}"
    return replace(chat, template=replace(chat.template, source=chat.template.source.replace(old, new)))
