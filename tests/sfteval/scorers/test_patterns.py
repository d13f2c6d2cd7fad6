"""Words and patterns from data. Run: pytest tests/sfteval/scorers/test_patterns.py."""

import random
import re
import sys

import pytest

from sfteval.scorers.instructions import patterns
from sfteval.scorers.instructions.patterns import count_words, holds_words, published_pattern, word_pattern

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
PIECES = [
    "so", "So", "SO", "ice", "cream", "ICE", " ", "\n", "_", "-", "é", "\u017f", "\u017fo", "\u0130ce", "\u212a", "k",
    "1", ".", "ice cream", "Ice\n cream", "_so_", "s-o", " o ",
]  # fmt: skip


def test_no_other_letter_is_taken_for_one_in_ascii():
    taken = re.compile("[a-z]", re.IGNORECASE).findall("".join(EVERY))
    assert {letter for letter in taken if not letter.isascii()} == set(patterns.ALIKE)
    assert all(re.fullmatch(plain, letter, re.IGNORECASE) for letter, plain in patterns.ALIKE.items())


def test_small_letters_stand_where_the_others_stood():
    small = patterns._small("".join(EVERY))
    assert len(small) == len(EVERY)
    assert [letter.isalnum() for letter in small] == [letter.isalnum() for letter in EVERY]


@pytest.mark.parametrize("words", ["so", "So", "ice cream", "_so_", "k", "s-o", "é", "so."])
def test_words_are_found_as_the_pattern_in_any_case_finds_them(words: str):
    draw = random.Random(words)
    pattern, found = word_pattern(words), 0
    for _ in range(2000):
        text = "".join(draw.choices(PIECES, k=draw.randint(1, 8)))
        expected = len(pattern.findall(text))
        assert (count_words(words, text), holds_words(words, text)) == (expected, expected > 0), text
        found += expected
    assert found > 10


@pytest.mark.parametrize("frame", ["{}", r"\b{}\b"])
@pytest.mark.parametrize("words", ["so", "So", "ice cream", "_so_", "k", "-so", "é", "so-", "o"])
def test_published_words_are_found_as_the_regular_expression_finds_them(words: str, frame: str):
    draw = random.Random(words)
    expected_pattern, found = re.compile(frame.format(words), re.IGNORECASE), 0
    for _ in range(2000):
        text = "".join(draw.choices(PIECES, k=draw.randint(1, 8)))
        expected = len(expected_pattern.findall(text))
        pattern = published_pattern(words, frame)
        assert (pattern.count(text), pattern.found(text)) == (expected, expected > 0), text
        found += expected
    assert found > 5


@pytest.mark.parametrize("pattern", ["(", "[z", "a{99999999999}", "(" * 5000 + ")" * 5000, "*a", "(?P<a>b)(?P<a>c)"])
def test_a_broken_pattern_has_no_verdict_and_no_traceback(pattern: str):
    assert published_pattern(pattern).found("a") is None
    assert published_pattern(pattern).count("a") is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a?){40}a{40}", r"(\w+\s?)+!", "((a*)*)*c"])
def test_a_runaway_pattern_ends_in_time(pattern: str):
    found = published_pattern(pattern).found("a" * 50_000)
    assert found in (None, True, False)
