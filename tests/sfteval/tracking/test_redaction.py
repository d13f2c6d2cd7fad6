"""What counts as a secret, and what only looks like one."""

import json
import time

import pytest

from sfteval.tracking import redacted, redacted_text
from sfteval.tracking.redaction import is_secret, secrets_of, without_keys


@pytest.mark.parametrize(
    "name",
    ["api_key", "OPENAI_API_KEY", "apikey", "hf_token", "password", "Authorization", "client-secret", "GITHUB_TOKEN"],
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
        ("sk-proj-Ab_cdefgh-ijklmnopqrstuvwx.", "(redacted)."),
        ("github_pat_11ABCDEFG0123456789_abcdef", "(redacted)"),
        ("AIzaSyA-1234567890abcdefghijklmnopqrstu", "(redacted)"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "(redacted)"),
        ('comet_ml.init("Ab3dEf6hIj9lMn2pQr5tUv8xY")', 'comet_ml.init("(redacted)")'),
        ("Comet key: Ab3dEf6hIj9lMn2pQr5tUv8xY", "Comet key: (redacted)"),
        ("AWS_SECRET_ACCESS_KEY=abc/def", "AWS_SECRET_ACCESS_KEY=(redacted)"),
        ("comet: 3 archives in reports/lab", "comet: 3 archives in reports/lab"),
        ("the secret word and the password field", "the secret word and the password field"),
        ("task-reasoning-longer-than-before", "task-reasoning-longer-than-before"),
        ("--max-tokens 512", "--max-tokens 512"),
    ],
)
def test_texts(text: str, safe: str) -> None:
    assert redacted_text(text) == safe


def test_a_number_under_a_secret_name_is_hidden_too() -> None:
    assert redacted({"password": 1234, "seed": 1234}) == {"password": "(redacted)", "seed": 1234}


def test_keys_of_the_environment_are_hidden_wherever_they_stand_and_short_words_are_none() -> None:
    environment = {"COMET_API_KEY": "Ab3dEf6hIj9lMn2pQr5tUv8xY", "DEMO_API_KEY": "EMPTY", "PATH": "/usr/bin:/usr/local"}
    secrets = secrets_of(environment)
    assert secrets == ("Ab3dEf6hIj9lMn2pQr5tUv8xY",)
    assert without_keys("x Ab3dEf6hIj9lMn2pQr5tUv8xYz EMPTY", secrets) == "x (redacted)z EMPTY"


def test_a_key_that_begins_another_is_hidden_last() -> None:
    secrets = secrets_of({"A_API_KEY": "abcdefgh", "B_API_KEY": "abcdefgh-ijkl"})
    assert without_keys("abcdefgh-ijkl", secrets) == "(redacted)"


def test_json_without_keys_is_still_json() -> None:
    text = json.dumps({"said": "take hf_AbCdEfGhIjKlMnOpQrSt", "api_key": "short"})
    assert json.loads(without_keys(text)) == {"said": "take (redacted)", "api_key": "short"}


@pytest.mark.parametrize(
    "piece", ["a-", "--a-", "------", "eyJ-", "sk-", "://", "api_key=", "comet ", "bearer ", 'api_key="', "secret "]
)
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    started = time.perf_counter()
    redacted_text(piece * (400_000 // len(piece)))
    assert time.perf_counter() - started < 2.0
