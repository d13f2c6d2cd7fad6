"""What both trainers learn from in `make bench-train`: seeded rows and a seeded model folder.

Pure functions of their arguments. A row is pre-tokenised: a prompt that nobody learns from, then a completion that is
learned whole. Tokens follow Zipf's law and half of them follow from the token before, so that there is something to
learn and a loss curve has a shape. Knows neither trainer; torch and transformers are imported only to save a model.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHORTEST, LONGEST = 32, 2048  # tokens of a conversation
MEDIAN, SIGMA = 320, 0.9  # of the log-normal, before it is cut to that range
FIRST_WORD = 2  # ids before it are the padding and the stop token
PADDING_ID, STOP_ID = 0, 1


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation: its tokens, and how many at its beginning are the prompt."""

    token_ids: tuple[int, ...]
    prompt_length: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A Qwen3 model without weights."""

    vocabulary: int
    layers: int = 6
    width: int = 256
    heads: int = 4
    kv_heads: int = 2
    head_width: int = 64
    inner: int = 768


def draw_lengths(num_rows: int, seed: int) -> list[int]:
    """Return log-normal lengths in tokens, each from SHORTEST to LONGEST."""
    drawn = np.random.default_rng(seed).lognormal(np.log(MEDIAN), SIGMA, num_rows)
    lengths: list[int] = np.clip(drawn.round(), SHORTEST, LONGEST).astype(int).tolist()
    return lengths


def draw_rows(num_rows: int, vocabulary: int, supervised_share: float, seed: int) -> list[Row]:
    """Return conversations whose completion is `supervised_share` of each one's tokens and ends with the stop token."""
    rng = np.random.default_rng((seed, vocabulary))
    follower = rng.integers(FIRST_WORD, vocabulary, vocabulary)
    rows = []
    for length in draw_lengths(num_rows, seed):
        fresh = FIRST_WORD + (rng.zipf(1.2, length) - 1) % (vocabulary - FIRST_WORD)
        follows = rng.random(length) < 0.5
        token_ids = [int(fresh[0])]
        for place in range(1, length - 1):
            token_ids.append(int(follower[token_ids[-1]] if follows[place] else fresh[place]))
        token_ids.append(STOP_ID)
        rows.append(Row(tuple(token_ids), length - max(1, round(supervised_share * length))))
    return rows


def save_model(folder: Path, shape: Shape, seed: int) -> int:
    """Write a randomly initialised model and a tokenizer of as many words; return its number of parameters."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=shape.vocabulary,
        num_hidden_layers=shape.layers,
        hidden_size=shape.width,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_width,
        intermediate_size=shape.inner,
        max_position_embeddings=LONGEST,
        tie_word_embeddings=True,
        pad_token_id=PADDING_ID,
        bos_token_id=None,
        eos_token_id=STOP_ID,
    )
    model = Qwen3ForCausalLM(config)
    model.save_pretrained(folder)
    words = {"<pad>": PADDING_ID, "<stop>": STOP_ID} | {
        f"w{index}": index for index in range(FIRST_WORD, shape.vocabulary)
    }
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<stop>").save_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())
