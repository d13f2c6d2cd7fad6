"""The fast tokenizer: round trips, special tokens, and files that are not there."""

from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, models, pre_tokenizers

from sfteval.chat import Tokenizer
from sfteval.errors import CheckpointError
from tests.toys import SPECIAL_TOKENS, VOCABULARY_SIZE, toy_checkpoint, toy_tokenizer

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())


@given(st.text())
def test_decoding_undoes_encoding(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_special_tokens_in_the_text_become_their_ids_and_none_is_added() -> None:
    ids = TOKENIZER.encode("<|im_start|>a<|im_end|>")
    assert ids == (TOKENIZER.token_id("<|im_start|>"), *TOKENIZER.encode("a"), TOKENIZER.token_id("<|im_end|>"))
    assert TOKENIZER.decode(ids, skip_special=True) == "a"


def test_markup_is_a_token_but_not_a_special_one() -> None:
    (think,) = TOKENIZER.encode("<think>")
    assert think not in TOKENIZER.special_ids
    assert TOKENIZER.decode([think], skip_special=True) == "<think>"
    assert TOKENIZER.vocabulary_size == VOCABULARY_SIZE


def tricky_tokenizer() -> Any:
    """Return a tokenizer that begins a text with a mark, merges, and has greedy and overlapping added tokens."""
    letters = sorted({"▁", *"ab\n <|>"})
    vocabulary = {letter: index for index, letter in enumerate([*letters, "▁a", "ab", "aa"])}
    backend = tokenizers.Tokenizer(models.BPE(vocabulary, [("▁", "a"), ("a", "b"), ("a", "a")], unk_token=" "))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    whole = ["<s>", "<|end|>", "a<|x|>b", "<|x|>"]
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in whole])
    backend.add_special_tokens(
        [AddedToken("<r>", rstrip=True, normalized=False), AddedToken("<l>", lstrip=True, normalized=False)]
    )
    return backend


SCRAPS = ["<s>", "<|end|>", "a<|x|>", "<|x|>", "<r>", "<l>", "a", "b", "ab", " ", "\n", "<|", "|>"]


@given(st.lists(st.sampled_from(SCRAPS), max_size=12))
def test_ids_do_not_depend_on_what_was_encoded_before(scraps: list[str]) -> None:
    ours, fresh = Tokenizer.from_backend(tricky_tokenizer()), tricky_tokenizer()
    growing = ["".join(scraps[:stop]) for stop in range(len(scraps) + 1)]
    for text in [*growing, *growing[::-2]]:
        assert ours.encode(text) == tuple(fresh.encode(text, add_special_tokens=False).ids)


class Spy:
    """A backend that remembers what it was asked to encode."""

    def __init__(self, backend: Any) -> None:
        self.backend, self.asked = backend, list[str]()

    def encode(self, text: str, add_special_tokens: bool) -> Any:
        self.asked.append(text)
        return self.backend.encode(text, add_special_tokens=add_special_tokens)


def test_a_text_that_goes_on_from_the_last_one_is_encoded_from_their_last_border_only() -> None:
    spy: Any = Spy(toy_tokenizer())
    tokenizer = Tokenizer(spy, TOKENIZER.special_ids, TOKENIZER.border_ids)
    texts = ["<|im_start|>question<|im_end|>", "<|im_start|>question<|im_end|>\nanswer", "<|im_start|>another"]
    assert [tokenizer.encode(text) for text in texts] == [TOKENIZER.encode(text) for text in texts]
    assert spy.asked == [texts[0], "<|im_end|>\nanswer", texts[2]]


def test_special_tokens_are_borders_unless_they_reach_beyond_their_text() -> None:
    assert {TOKENIZER.decode([border]) for border in TOKENIZER.border_ids} == set(SPECIAL_TOKENS)
    tricky = Tokenizer.from_backend(tricky_tokenizer())
    assert {tricky.decode([border]) for border in tricky.border_ids} == {"<s>", "<|end|>", "a<|x|>b", "<r>"}


def test_truncation_asked_for_by_the_file_is_switched_off() -> None:
    backend = toy_tokenizer()
    backend.enable_truncation(2)
    backend.enable_padding(length=9)
    assert len(Tokenizer.from_backend(backend).encode("four")) == 4


def test_a_missing_tokenizer_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"expected a fast tokenizer \(tokenizer.json\), got none"):
        Tokenizer.from_folder(tmp_path)


def test_a_torn_tokenizer_is_a_checkpoint_error(tmp_path: Path) -> None:
    path = toy_checkpoint(tmp_path) / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8")[:100], encoding="utf-8")
    with pytest.raises(CheckpointError, match="expected a tokenizer"):
        Tokenizer.from_folder(tmp_path)
