"""What all menders start from: a plain text, a bank of different words, and ways to make a text longer.

The plain text has no comma, no digit, no capital but the first letters, and nothing that a stem forbids.
"""

import re
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from typing import Any

from sfteval.scorers.instructions.splitting import sentences, words

Mender = Callable[[str, Mapping[str, Any]], str]

BASE = "The old house stood near the river. People came there every summer. They liked the quiet garden."
WORD = re.compile(r"\w+")  # as number_words counts


def each(words: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(words.split())


BANK = each(
    "apple bridge candle desk engine feather garden hammer island jacket kettle ladder mirror needle orange pencil "
    "quilt ribbon saddle table umbrella valley window yard zipper anchor basket cabin donkey elbow forest guitar "
    "harbour ink jungle kitchen lantern meadow notebook oven pepper queen rocket shadow tunnel uncle village whistle "
    "yarn zebra almond blanket castle dinner eagle fabric glove hotel iron jewel kite lemon market nest owl planet "
    "quarry river sandal thunder unicorn vase wagon yogurt arrow bottle camel drum envelope fountain glacier hedge "
    "igloo jar kernel leaf magnet nut onion piano rabbit sugar tower urn velvet walnut button cloud diamond earth "
    "flute goose honey insect judge knot lamp mountain napkin oyster parrot rope spoon tractor violin wheel acorn "
    "badge carpet dolphin easel fossil grape helmet"
)


def add(text: str, sentence: str) -> str:
    """Return the text with one sentence more."""
    return f"{text.rstrip()} {sentence}"


def bank_sentences(text: str, num_words: int) -> str:
    """Return sentences of so many words, first such as the text does not have yet."""
    used = set(words(text.lower()))
    fresh = [word for word in BANK if word not in used]
    drawn = list(islice(cycle(fresh + [word for word in BANK if word in used]), num_words))
    lines = (drawn[start : start + 7] for start in range(0, num_words, 7))
    return " ".join(f"{' '.join(line).capitalize()}." for line in lines)


def longer_by_bank(text: str) -> str:
    """Add a sentence of words that the text does not have yet."""
    return add(text, bank_sentences(text, 7))


def longer_by_itself(text: str) -> str:
    """Add the text's own first sentence, so that no word is of a new kind."""
    found = sentences(text)
    return add(text, found[0] if found else BASE)


def pieces(text: str, num: int) -> list[str]:
    """Return the text in so many parts that are not blank; the last has what is left."""
    while len(found := sentences(text)) < num:
        text = longer_by_bank(text)
    return [*found[: num - 1], " ".join(found[num - 1 :])]
