"""Language detection: langdetect's verdicts, the same in every thread, in bounded time.

Run: pytest tests/sfteval/scorers/test_languages.py.
"""

import random
import threading
import time
from typing import Any

import pytest

from sfteval.scorers.constraints import variants
from sfteval.scorers.instructions import languages
from sfteval.scorers.instructions.languages import language_of
from tests.sfteval.scorers import ifeval

pytestmark = pytest.mark.slow

PIECES = [
    "the garden ", "Über den Berg ", "ONE WORD ", "我们去公园 ", "привет ", "नमस्ते ", "ελληνικά ", "ở đâu ",
    "o\u0301 ", "12 ", "  ", "http://site.org/a?b ", "an.na@mail.site.org ", "@", "日本のカタカナ ", "\n",
    "Straße ", "ШКОЛА ", "a" * 45, "\u00a0", "şţșț", "한국어 ",
]  # fmt: skip


def detector_of(text: str) -> Any:
    """langdetect's own detector, with our profiles and seed 0."""
    factory = languages._factory()
    factory.seed = 0
    detector = factory.create()
    detector.append(text)
    return detector


def langdetects(text: str) -> str | None:
    from langdetect.lang_detect_exception import LangDetectException

    try:
        return detector_of(text).detect()
    except LangDetectException:
        return None


def ngrams(text: str) -> list[str]:
    return list(languages._ngrams(languages._without_other_script(languages._beginning(text))))


@pytest.mark.skipif(not ifeval.RESPONSES.exists(), reason=f"no data at {ifeval.DATA}: set SFTEVAL_DATA")
def test_real_answers_and_their_variants_are_in_langdetects_language():
    texts = [text for _, answer in ifeval.answered()[::18] for text in (*variants(answer)[:4], answer.upper())]
    assert len(texts) > 100
    assert [language_of(text) for text in texts] == [langdetects(text) for text in texts]


def test_mixed_scripts_addresses_and_capitals_are_in_langdetects_language():
    draw = random.Random(0)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(1, 12))) for _ in range(300)]
    assert {"en", "zh-cn", None} <= {language_of(text) for text in texts}
    for text in texts:
        detector = detector_of(text)
        detector.cleaning_text()
        assert ngrams(text) == detector._extract_ngrams()
        assert language_of(text) == langdetects(text)


def test_the_likelihoods_are_langdetects_to_the_bit():
    for text in ["my dog runs fast", "THE GARDEN IS QUIET", "lamps and doors", "Straße und Garten", "ok"]:
        detector = detector_of(text)
        told = {found.lang: found.prob for found in detector.get_probabilities()}
        ours = dict(
            zip(languages._factory().langlist, languages._likelihoods(ngrams(text), languages._factory()), strict=True)
        )
        assert told == {language: likelihood for language, likelihood in ours.items() if likelihood > 0.1}


@pytest.mark.parametrize(
    "unit", ["an.na@mail.site.org der Garten ", "http://site.org/aaaaaaaaaaaaaa ", "o\u0301 ", "a@"]
)
def test_a_text_that_shrinks_is_read_as_far_as_langdetect_reads(unit: str):
    text = unit * (40_000 // len(unit)) + "the garden is quiet and the birds are in the trees " * 20
    assert language_of(text) == langdetects(text)


def test_the_language_is_the_same_in_every_thread_and_every_time():
    texts = ["my dog runs fast", "Hello world", "THE GARDEN IS QUIET", "lamps and doors"] * 5
    languages._language.cache_clear()
    verdicts: list[list[str | None]] = []
    threads = [threading.Thread(target=lambda: verdicts.append(list(map(language_of, texts)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    languages._language.cache_clear()
    assert len(verdicts) == 8
    assert all(verdict == [language_of(text) for text in texts] for verdict in verdicts)


@pytest.mark.parametrize("unit", ["a", "A", "Ab ", "a@", "a.", "é", "中", "http://a ", "\u0300", "@a-"])
def test_a_megabyte_of_anything_is_looked_at_briefly(unit: str):
    language_of("the profiles are loaded once")
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    language_of(text)
    assert time.process_time() - start < 0.1
