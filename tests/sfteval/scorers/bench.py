"""How the vectors of IFBench's constraints are written and checked; toys for tests.

A vector is an id, its kwargs, a text, our verdict, the published one, and how our reason begins. The published verdicts
were confirmed by executing the published scorer, but for `words:start_verb`, whose tagger needs data we could not get.
`play_data` puts simple stand-ins where nltk's data, syllapy and emoji would be.
"""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from sfteval.scorers.instructions import build_constraint
from sfteval.scorers.instructions.bench import counts, form, lines, lists, positions, ratios, sentences
from sfteval.scorers.instructions.bench.corpora import emoji_test, stop_words, syllable_counter, tagger
from sfteval.scorers.instructions.bench.syllables import syllables
from sfteval.scorers.instructions.splitting import Punkt, punkt

Vector = tuple[str, dict[str, Any], str, bool, bool, str]

OTHER_DATA = {
    "format:emoji": emoji_test,
    "ratio:stop_words": stop_words,
    "words:odd_even_syllables": syllable_counter,
    "words:start_verb": tagger,
}
NEEDS_PUNKT = {
    "count:pronouns",
    "custom:sentence_alphabet",
    "format:emoji",
    "format:no_bullets_bullets",
    "format:title_case",
    "ratio:sentence_balance",
    "ratio:sentence_type",
    "ratio:sentence_words",
    "sentence:alliteration_increment",
    "sentence:increment",
    "sentence:keyword",
    "words:keywords_specific_position",
    "words:last_first",
    "words:start_verb",
    "words:words_position",
}


def assert_vector(vector: Vector) -> None:
    """Compare both verdicts and the reason."""
    identifier, kwargs, text, ok, published, reason = vector
    constraint = build_constraint(identifier, kwargs, "test")
    check = constraint.check(text)
    assert (check.ok, check.reason[: len(reason)]) == (ok, reason)
    assert constraint.published(text) is (published if has_data(identifier) else None)


def has_data(identifier: str) -> bool:
    """Tell whether the published verdict of this id can be computed here."""
    if identifier in NEEDS_PUNKT and punkt() is None:
        return False
    return identifier not in OTHER_DATA or OTHER_DATA[identifier]() is not None


SENTENCE = re.compile(r"\S.*?[.?!]+[\"”’)]*(?=\s|\Z)|\S.*\Z", re.DOTALL)
TOKEN = re.compile(r"\w+(?=n't)|n't|'\w+|\w+|!!!|[^\w\s]")
TAGS = {"Imagine": "VB", "Exploring": "VBG", "Report": "NN"}


def play_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every published verdict computable, for the vectors' plain sentences."""
    splitter = Punkt(SimpleNamespace(tokenize=SENTENCE.findall), TOKEN.findall)
    for module in (counts, form, lines, lists, positions, ratios, sentences):
        monkeypatch.setattr(module, "punkt", lambda: splitter)
    monkeypatch.setattr(form, "emoji_test", lambda: lambda character: character in ("😀", "🎉"))
    monkeypatch.setattr(ratios, "stop_words", lambda: frozenset(["the", "and", "don", "t"]))
    monkeypatch.setattr(positions, "tagger", lambda: lambda words: TAGS.get(words[0], "DT"))
    monkeypatch.setattr(
        positions, "syllable_counter", lambda: lambda word: 0 if any(map(str.isdigit, word)) else syllables(word)
    )
