"""Which language a text is in: langdetect's method with its profiles, deterministic and in bounded time.

One factory of our own, its profiles loaded once, under a lock, in a fixed order; seed 0 for every text; verdicts cached
by text. The steps are langdetect's with the same numbers to the bit, taken word by word where langdetect goes letter by
letter, and the text beyond what it looks at is never read. Loaded only when somebody asks. Does not know constraints.
Source: langdetect 1.0.9; its races and its unseeded draws: research on evaluation peers, section 2.1.
"""

import random
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

SEED = 0
NUM_TRIALS = 7
MAX_STEPS = 1000
ALPHA, ALPHA_WIDTH = 0.5, 0.05
BASE_FREQUENCY = 10_000
CONVERGED, LEAST = 0.99999, 0.1
MAX_CHARACTERS = 10_000  # of the text without addresses
MARGIN_CHARACTERS = 600  # an e-mail address is found within so many
LONG_WORD = 40

SPACES = re.compile("  +")
LATIN = re.compile(r"[A-z]+")
BEYOND_LATIN = re.compile("[\u0300-\u1dff\u1f00-\U0010ffff]+")  # U+1E00-1EFF are Latin letters, too

LANGUAGES = {  # langdetect's profiles, and "zh" for both kinds of Chinese
    "af", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu", "he", "hi",
    "hr", "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ne", "nl", "no", "pa", "pl", "pt", "ro",
    "ru", "sk", "sl", "so", "sq", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "vi", "zh", "zh-cn", "zh-tw",
}  # fmt: skip

_LOCK = Lock()


def language_of(text: str) -> str | None:
    """Return the ISO code, "unknown" where no language stands out, None where nothing can be detected (digits)."""
    return _language(_beginning(text))


@lru_cache(maxsize=4096)
def _language(text: str) -> str | None:
    with _LOCK:
        factory = _factory()
    ngrams = list(_ngrams(_without_other_script(text)))
    if not ngrams:
        return None
    likelihoods = _likelihoods(ngrams, factory)
    best = max(range(len(likelihoods)), key=likelihoods.__getitem__)
    return str(factory.langlist[best]) if likelihoods[best] > LEAST else "unknown"


@cache
def _factory() -> Any:
    """Return langdetect's profiles: probabilities of up to three letters, by language."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in profiles])
    return factory


# -- what is looked at -------------------------------------------------------------------------------------------------


def _beginning(text: str) -> str:
    """Return the first characters without addresses; read no more of the text than they need."""
    from langdetect.detector import Detector
    from langdetect.utils.ngram import NGram

    text = Detector.URL_RE.sub(" ", text) if "://" in text else text
    wanted = read = MAX_CHARACTERS + MARGIN_CHARACTERS
    while True:
        part = text[:read]
        part = Detector.MAIL_RE.sub(" ", part) if "@" in part else part
        part = part if part.isascii() else NGram.normalize_vi(part)
        if len(part) >= wanted or read >= len(text):
            return SPACES.sub(" ", part[:MAX_CHARACTERS])
        read *= 2


def _without_other_script(text: str) -> str:
    """Drop Latin letters where at least two thirds of all letters belong to another script."""
    num_latin = sum(map(len, LATIN.findall(text)))
    num_other = sum(map(len, BEYOND_LATIN.findall(text)))
    return LATIN.sub("", text) if num_latin * 2 < num_other else text


class _Normal(dict[int, str]):
    """langdetect's normal form of each character, looked up once."""

    def __missing__(self, code: int) -> str:
        from langdetect.utils.ngram import NGram

        self[code] = form = str(NGram.normalize(chr(code)))
        return form


_NORMAL = _Normal()


def _ngrams(text: str) -> Iterator[str]:
    """Yield every known run of up to three letters, in the order of the text; words in capitals have hardly any."""
    *words, last = text.translate(_NORMAL).split(" ")
    for word in words:
        if word:
            yield from _of_word(word) if len(word) <= LONG_WORD else _known(word, ended=True)
    yield from _known(last, ended=False)


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> tuple[str, ...]:
    return tuple(_known(word, ended=True))


def _known(word: str, *, ended: bool) -> Iterator[str]:
    known = _factory().word_lang_prob_map
    padded, in_capitals = f" {word} " if ended else f" {word}", False
    for stop in range(2, len(padded) + 1):
        letter = padded[stop - 1]
        in_capitals = letter.isupper() and (in_capitals or padded[stop - 2].isupper())
        if not in_capitals:
            for start in range(stop - 1, max(stop - 4, -1), -1):
                gram = padded[start:stop]
                if gram != " " and gram in known:
                    yield gram


# -- how likely each language is ---------------------------------------------------------------------------------------


def _likelihoods(ngrams: list[str], factory: Any) -> list[float]:
    """Return each language's likelihood, the mean of several trials."""
    draw = random.Random(SEED)
    num_languages = len(factory.langlist)
    mean = np.zeros(num_languages)
    for _ in range(NUM_TRIALS):
        likelihoods = np.full(num_languages, 1.0 / num_languages)
        weight = (ALPHA + draw.gauss(0.0, 1.0) * ALPHA_WIDTH) / BASE_FREQUENCY
        for step in range(MAX_STEPS + 1):
            likelihoods *= weight + _row(draw.choice(ngrams))
            if step % 5 == 0:
                likelihoods /= sum(likelihoods.tolist())  # one after the other, as langdetect adds them
                if likelihoods.max() > CONVERGED:
                    break
        mean += likelihoods / NUM_TRIALS
    return [float(likelihood) for likelihood in mean]


@lru_cache(maxsize=16_384)
def _row(ngram: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(_factory().word_lang_prob_map[ngram])
