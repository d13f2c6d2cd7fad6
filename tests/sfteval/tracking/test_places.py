"""Where a file lies on this machine stays here; what it is called goes along."""

import time

import pytest

from sfteval.tracking import placeless


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("/home/ada/checkpoints/think", "think"),
        ("~/lab/think/", "think"),
        ("../../secret-lab/base", "base"),
        (r"C:\lab\think", "think"),
        ("run:/home/ada/runs/a", "run:a"),
        ("sfteval compare /home/ada/a --out=/home/ada/b", "sfteval compare a --out=b"),
        ("checkpoints/lab/think", "checkpoints/lab/think"),
        ("hf:org/name", "hf:org/name"),
        ("http://127.0.0.1:8000/v1#m", "http://127.0.0.1:8000/v1#m"),
        ("a / b", "a / b"),
        ("", ""),
    ],
)
def test_of_a_place_the_last_part_is_kept(told: str, kept: str) -> None:
    assert placeless(told) == kept


def test_settings_are_searched_at_any_depth() -> None:
    assert placeless({"data": [{"path": "/x/rows.jsonl", "n": 3}], "no": None}) == {
        "data": [{"path": "rows.jsonl", "n": 3}],
        "no": None,
    }


@pytest.mark.parametrize("piece", ["/", "../", "/a ", "~/", "C:\\"])
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    started = time.perf_counter()
    placeless(piece * 200_000)
    assert time.perf_counter() - started < 2.0
