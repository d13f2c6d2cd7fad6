"""The fast tokenizer: round trips, special tokens, and files that are not there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat import Tokenizer
from sfteval.errors import CheckpointError
from tests.toys import VOCABULARY_SIZE, toy_checkpoint, toy_tokenizer

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
