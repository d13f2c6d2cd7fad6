"""Texts in, a tokenizer's files out: byte-level BPE whose tokens are words, single digits and marks.

ChatML's turn marks are special; the marks of thoughts and calls are ordinary tokens, as in Qwen3, so that decoding
keeps them. The fixed pieces of a JSON tool definition are tokens of their own: a definition then costs half. Any byte
sequence can be written. Does not know the grammar that the texts come from.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT, START_OF_TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, START_OF_TURN, END_OF_TURN)
MARKS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
JSON_PIECES = (
    '{"type": "function", "function": {"name": "',
    '", "parameters": {"type": "object", "properties": {"',
    '": {"type": "string"}',
    '": {"type": "integer"}',
    '}, "required": ["',
    '"]}}}',
    '{"name": "',
    '", "arguments": {"',
    '", "',
    '": "',
    '": ',
    '"}}',
)
PIECES = re.compile("|".join(map(re.escape, sorted((*MARKS, *SPECIAL, *JSON_PIECES), key=len, reverse=True))))
WORDS = Regex(r" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s")


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Return a tokenizer of `vocab_size` tokens that was trained on what lies between the fixed pieces of `texts`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(WORDS, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(MARKS) - len(JSON_PIECES),
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator((piece for text in texts for piece in PIECES.split(text)), trainer)
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in (*MARKS, *JSON_PIECES)])
    return tokenizer


def save_tokenizer(folder: Path, tokenizer: Tokenizer, max_tokens: int) -> None:
    """Write tokenizer.json and the settings that transformers and vLLM read."""
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": max_tokens,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
