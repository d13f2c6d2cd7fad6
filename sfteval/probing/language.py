"""Does the model know plain text at all? Half of the probes speak English with it: where it knows none, they say so.

Short English texts of our own are scored. Letters drawn by the frequencies of English trigrams leave 3.1 bits a
character; a language model leaves about one. Above the line nothing that such a model says to an open prompt means
anything, be it forgetful, collapsed or well. A model that nobody can ask for likelihoods is taken to know text.
Source: Shannon 1951, Prediction and entropy of printed English, table of F_3.
"""

import math
from collections.abc import Mapping
from pathlib import Path

from sfteval.errors import SftevalError
from sfteval.probing.desk import Desk
from sfteval.types import TokenScores

TRIGRAM_BITS = 3.1  # a character
TASK = "texts"
DATA = Path(__file__).parent / "data"


def general_texts() -> dict[str, str]:
    """Return our own plain texts by id."""
    return {f"text-{number:02}": text for number, text in enumerate(lines_of("texts.txt"))}


def lines_of(name: str) -> list[str]:
    """Return the lines of one of our data files."""
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line]


async def text_scores(desk: Desk) -> dict[str, TokenScores]:
    """Return how likely the model holds every text; texts are known by their ids.

    Raises: BackendError, BudgetError, ConfigurationError where nobody can tell.
    """
    chat = desk.chat
    if chat is None:
        return {}
    return await desk.scores(TASK, {name: (chat.tokenizer.encode(text), 1) for name, text in general_texts().items()})


async def bits_per_character(desk: Desk) -> float | None:
    """Return how many bits a character of plain text costs the model; None: nobody can tell."""
    try:
        return _bits(await text_scores(desk))
    except SftevalError:
        return None


def _bits(scores: Mapping[str, TokenScores]) -> float | None:
    texts = general_texts()
    num_characters = sum(len(texts[name]) for name in scores)
    nats = -math.fsum(value for one in scores.values() for value in one.logprobs)
    return nats / math.log(2.0) / num_characters if num_characters else None


def knows_no_text(bits: float, name: str) -> str:
    """Return the sentence for a model that knows no plain text; "" for one that does."""
    if bits <= TRIGRAM_BITS:
        return ""
    known = f"{name} needs {bits:.1f} bits for a character of plain English text"
    return f"Does not apply: {known}, more than its trigrams do ({TRIGRAM_BITS}), so open prompts mean nothing to it."
