"""Sentences and words: vectors made by hand from the published rules, and ours.

Run: pytest tests/sfteval/scorers/test_splitting.py. The second column is what nltk's punkt finds, checked against it
wherever its data is present; the third is ours.
"""

import random
import sys
import time

import pytest

from sfteval.scorers.instructions import build_constraint, splitting
from sfteval.scorers.instructions.splitting import plain_tokens, punkt, sentences, tokens, words

SENTENCES = [
    ("The garden is quiet. A bird sings. Rain falls.", 3, 3),
    ("Is it late? Yes! It is.", 3, 3),
    ("No end mark at all", 1, 1),
    ("", 0, 0),
    ("One. Two", 2, 2),
    ("Mr. Grey met Dr. Hall. They spoke.", 2, 2),
    ("It cost 3.50 dollars. We paid.", 2, 2),
    ("Take e.g. a pear. Then eat.", 3, 2),
    ("We left at 5 p.m. Nobody saw us.", 1, 2),
    ("She lives in the U.S. and works. He does not.", 2, 2),
    ("Wait... what? Oh.", 2, 2),
    ("Wait... What now?", 1, 2),
    ('"Stop!" he said. She ran.', 3, 3),
    ('He said "stop." She ran.', 2, 2),
    ("1. Wash it.\n2. Dry it.\n3. Fold it.", 6, 3),
    ("- one thing\n- another thing\n- a third", 1, 1),
    ("A Heading\n\nThe text begins. It ends.", 2, 2),
    ("The text ends.\n\nA new one begins", 2, 2),
    ("今天很好。我们走吧！", 1, 2),
    ("यह एक वाक्य है। यह दूसरा है।", 1, 2),
    ("It ends here.)", 1, 1),
    ("J. Smith came. K. Brown left.", 2, 2),
    ("Really?! Yes!!", 3, 2),
    ("Three and four? 7. Then go on.", 3, 3),
    ("The answer is no. We stay.", 2, 2),
    ("P.S. Bring the keys.", 2, 1),
    ("So. it goes on. small letters", 3, 3),
]
CAPITALS = [
    ("A USA and EU deal", 3, 2),
    ("I am HERE", 2, 1),
    ("DON'T GO", 3, 2),
    ("THE-END of it", 1, 1),
    ("3D and A+ and B2", 3, 0),
    ("NASA's Q3", 2, 1),
    ("no capitals at all", 0, 0),
    ("ALL CAPS HERE NOW", 4, 4),
    ("U.S.A. is big", 1, 1),
    ("Ready, SET, GO!", 2, 2),
    ("HTTP/2 and UTF-8", 2, 2),
    ("ÄRGER groß", 1, 1),
    ("X", 1, 0),
    ("OK-ish YES/NO", 1, 2),
    ("__INIT__ NOTE: WAIT...", 3, 3),
]


def test_there_are_at_least_forty_vectors():
    assert len(SENTENCES) + len(CAPITALS) >= 40


@pytest.mark.parametrize(("text", "published", "ours"), SENTENCES)
def test_sentences_are_counted_as_a_reader_would(text: str, published: int, ours: int):
    assert len(sentences(text)) == ours
    if splitter := punkt():
        assert len(splitter.sentences(text) or ()) == published


@pytest.mark.parametrize(("text", "published", "ours"), CAPITALS)
def test_words_in_capitals_are_counted_as_a_reader_would(text: str, published: int, ours: int):
    kwargs = {"capital_frequency": 1, "capital_relation": "at least"}
    assert build_constraint("change_case:capital_word_frequency", kwargs, "test").check(text).measured == ours
    if splitter := punkt():
        assert sum(word.isupper() for word in splitter.words(text) or ()) == published


def test_sentences_keep_their_marks_and_lose_the_space_around_them():
    assert sentences(" He said “no.” \n She left (soon). ") == ["He said “no.”", "She left (soon)."]


def test_words_keep_what_stands_between_letters():
    assert words("Don't re-do _this_, it's 3.5 kg") == ["Don't", "re-do", "this", "it's", "3", "5", "kg"]


def test_word_characters_are_those_of_re_as_in_the_versions_of_nltk_that_the_published_figures_rest_on():
    assert tokens("don't a_b 1,000 日本 E²") == ["don", "t", "a_b", "1", "000", "日本", "E²"]
    assert tokens("हिन्दी") == ["ह", "न", "द"]  # nltk 3.10 counts one
    assert plain_tokens("_so_ a_b") == ["so", "a", "b"]


def test_a_text_in_ascii_has_the_words_that_it_has_among_other_letters():
    draw = random.Random(3)
    for _ in range(3000):
        text = "".join(draw.choices("ab'-_ .9\n\x1f", k=draw.randint(0, 12)))
        for split in (words, tokens, plain_tokens):
            assert split(text) == split(f"{text} é")[:-1], text


COUNTING = [
    ("length_constraints:number_sentences", {"num_sentences": 1, "relation": "at least"}),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "at least"}),
]


@pytest.fixture
def without_nltk(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "nltk", None)
    punkt.cache_clear()
    yield
    punkt.cache_clear()


@pytest.mark.usefixtures("without_nltk")
@pytest.mark.parametrize(("name", "kwargs"), COUNTING)
def test_without_nltks_data_there_is_no_published_verdict_and_no_substitute(name: str, kwargs: dict):
    assert build_constraint(name, kwargs, "test").published("One. TWO.") is None
    assert splitting.resources() == {"punkt": None}


@pytest.mark.parametrize(("name", "kwargs"), COUNTING)
def test_with_nltks_data_the_published_verdict_is_punkts(name: str, kwargs: dict, monkeypatch: pytest.MonkeyPatch):
    class Tokenizer:
        def tokenize(self, text: str) -> list[str]:
            return text.split("|")

    toy = splitting.Punkt(Tokenizer(), lambda text: text.split("|"))
    for module in ("length", "case"):
        monkeypatch.setattr(f"sfteval.scorers.instructions.{module}.punkt", lambda: toy)
    bound = next(iter(kwargs))
    assert build_constraint(name, kwargs | {bound: 3}, "test").published("A|B|C") is True
    assert build_constraint(name, kwargs | {bound: 4}, "test").published("A|B|C") is False
    assert build_constraint(name, kwargs, "test").published("A. " * 2000) is None  # too long to be split in time


@pytest.mark.parametrize("unit", [". ", "A. ", "etc. ", ".)", "p. p. s", "a-", "1.\n", "…", "。", "!)"])
def test_a_megabyte_of_marks_is_split_briefly(unit: str):
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    sentences(text)
    words(text)
    assert time.process_time() - start < 0.15
