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
        ("responses:/home/Ada Byron/secret lab/a.jsonl", "responses:a.jsonl"),
        ("/Users/Ada Byron/secret lab/think", "think"),
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


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (
            "sfteval compare '/home/Ada Byron/secret lab/a' b --out='/home/Ada Byron/out'",
            "sfteval compare a b --out=out",
        ),
        ("""sfteval compare '/home/Ada'"'"'s lab/a' '/x/b c'""", "sfteval compare a 'b c'"),
        ("sfteval compare '/home/Ada B/old-1,/home/Ada B/old-2' x", "sfteval compare old-1,old-2 x"),
        ("sfteval compare '/home/ada/a", "sfteval compare 'a"),
        ("sfteval compare http://127.0.0.1:8000/v1#m  b", "sfteval compare http://127.0.0.1:8000/v1#m  b"),
    ],
)
def test_a_quoted_word_of_a_command_line_is_one_place(told: str, kept: str) -> None:
    assert placeless({"command": told}) == {"command": kept}


def test_settings_are_searched_at_any_depth() -> None:
    assert placeless({"data": [{"path": "/x/rows.jsonl", "n": 3}], "no": None}) == {
        "data": [{"path": "rows.jsonl", "n": 3}],
        "no": None,
    }


@pytest.mark.parametrize("piece", ["/", "../", "/a ", "~/", "C:\\"])
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    started = time.perf_counter()
    placeless(piece * 200_000)
    placeless({"command": "'" + piece.strip("\\") * 200_000 + "'"})
    assert time.perf_counter() - started < 2.0
