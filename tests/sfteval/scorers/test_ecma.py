"""A schema's pattern means what ECMA-262 says, and no text makes it run for long."""

import time

import pytest
import regex

from sfteval.scorers.ecma import found


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        (r"^\d{4}$", "2026", True),
        (r"^\d{4}$", "٢٠٢٦", False),  # Arabic digits
        (r"^[\d-]+$", "20-6", True),
        (r"^[\d-]+$", "２０", False),  # full width
        (r"^\D$", "٢", True),
        (r"^\w+$", "cafe", True),
        (r"^\w+$", "café", False),
        (r"\bé", "é", False),  # no ASCII letter, so no edge of a word
        (r"^\d{4}-\d{2}$", "2026-11\n", False),
        (r"^a$", "a\nb", False),
        (r"^a", "b\na", False),
        (r"a\$", "a$", True),
        (r"[$]", "$", True),
        (r"^[a$]+$", "a$\n", False),
        (r"^.*$", "a\r", False),
        (r"^a.b$", "a\u2028b", False),
        (r"^[.]$", "x", False),
        (r"^\s$", "\u00a0", True),
        (r"^[\s]$", "\ufeff", True),
        (r"^\S$", "\u3000", False),
        (r"^\\d$", r"\d", True),  # an escaped backslash, then a letter
        (r"^\p{L}+$", "Ω", True),
        (r"^(?<year>\d+)$", "7", True),
        (r"^[\w-.]+$", "a-b.c", True),
        (r"^[^\W_]+$", "é", False),
        (r"^[\D]$", "٢", True),
        (r"^[\S]+$", "a\ufeff", False),
        (r"\Bb\b", "ab", True),
        (r"\Bb", "-b", False),
        ("", "anything", True),
    ],
)
def test_a_pattern_is_read_as_ecma_262_says(pattern: str, text: str, is_found: bool) -> None:
    assert found(pattern, text) is is_found


def test_a_pattern_that_runs_away_is_stopped() -> None:
    started = time.perf_counter()
    assert not found(r"^(a|aa)+$", "a" * 60 + "b")
    assert time.perf_counter() - started < 1.0


def test_what_is_no_pattern_is_an_error() -> None:
    with pytest.raises(regex.error):
        found("(", "a")
