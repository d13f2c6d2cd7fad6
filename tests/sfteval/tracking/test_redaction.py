"""What counts as a secret, and what only looks like one."""

import pytest

from sfteval.tracking import redacted, redacted_text
from sfteval.tracking.redaction import is_secret


@pytest.mark.parametrize(
    "name", ["api_key", "OPENAI_API_KEY", "apikey", "hf_token", "password", "Authorization", "client-secret"]
)
def test_names_that_hold_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "num_tokens", "stop_token_ids", "key", "tokenizer", "eos_token", "author"]
)
def test_names_that_do_not(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("http://user:pw@host:8000/v1#m", "http://(redacted)@host:8000/v1#m"),
        ("--api-key abc --seed 1", "--api-key (redacted) --seed 1"),
        ("--hub-token=abc", "--hub-token=(redacted)"),
        ("COMET_API_KEY=abc sfteval compare", "COMET_API_KEY=(redacted) sfteval compare"),
        ('{"api_key": "abc def"}', '{"api_key": (redacted)}'),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer (redacted)"),
        ("hf_abcdefghijklmnopqrstuvwx", "(redacted)"),
        ("sk-abcdefghijklmnopqrstuvwx", "(redacted)"),
        ("the secret word and the password field", "the secret word and the password field"),
        ("task-reasoning-longer-than-before", "task-reasoning-longer-than-before"),
        ("--max-tokens 512", "--max-tokens 512"),
    ],
)
def test_texts(text: str, safe: str) -> None:
    assert redacted_text(text) == safe


def test_a_number_under_a_secret_name_is_hidden_too() -> None:
    assert redacted({"password": 1234, "seed": 1234}) == {"password": "(redacted)", "seed": 1234}
