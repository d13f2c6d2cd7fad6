"""Words and names of n-grams, and the 50-character substrings."""

import random

import numpy as np
import pytest

from sfteval.probes.ngrams import SIZES, Grams, words
from sfteval.probes.substrings import LENGTH, Patterns, chosen_substrings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't, PLEASE: open_train!", ["don", "t", "please", "open", "train"]),
        ("Straße ﬁn １２", ["strasse", "fin", "12"]),
        ("東京 tower", ["東", "京", "tower"]),
        ("한국어 말", ["한국어", "말"]),
        ("\ud800 ... ", []),
    ],
)
def test_words_are_folded_runs_of_letters_and_digits(text, expected):
    assert words(text) == expected


def test_a_composed_and_a_decomposed_letter_are_one():
    assert words("cafe\u0301") == words("café")


def test_names_are_those_of_equal_ngrams_and_of_no_other():
    generator = random.Random(0)
    known = [generator.choices("abc", k=60) for _ in range(3)]
    text = generator.choices("abcd", k=400) + known[1][5:40]
    grams = Grams.of(known)
    names = grams.names(grams.tokens([text]))
    for n in SIZES:
        expected = {tuple(one[place : place + n]) for one in known for place in range(len(one) - n + 1)}
        by_name: dict[int, tuple[str, ...]] = {}
        for place in range(len(text) - n + 1):
            gram, name = tuple(text[place : place + n]), int(names[n][place])
            assert (name > 0) == (gram in expected)
            assert not name or by_name.setdefault(name, gram) == gram
        assert by_name


def test_texts_shorter_than_any_ngram_have_names_nowhere():
    grams = Grams.of([["one"], []])
    names = grams.names(grams.tokens([["one"], ["two"]]))
    assert names[1].tolist() == [1, 0, 0, 0]
    assert not any(np.any(names[n]) for n in SIZES)
    assert grams.names(grams.tokens([]))[13].tolist() == []


def test_substrings_are_chosen_by_the_seed_alone_and_lie_within_one_text():
    texts = ["a" * 60 + "b" * 60, "short", "c" * 70]
    chosen = chosen_substrings(texts, "seed")
    assert chosen == chosen_substrings(texts, "seed")
    assert all(len(one) == LENGTH and any(one in text for text in texts) for one in chosen)
    assert chosen_substrings(["d" * 49], "seed") == ()
    assert chosen_substrings(["e" * 50], "seed") == ("e" * 50,)


@pytest.mark.parametrize("filling", ["x", "é", "語", "\U0001f600"])
def test_patterns_are_found_wherever_they_stand(filling):
    generator = random.Random(1)
    text = "".join(generator.choices(f"abc{filling}", k=2_000))
    patterns = Patterns.of([text[7:57], text[1950:], "z" * LENGTH])
    assert sorted(patterns.found_in(text)) == [(7, 0), (1950, 1)]
    assert list(patterns.found_in(text[:49])) == []
    assert list(Patterns.of([]).found_in(text)) == []
