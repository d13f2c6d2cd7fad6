"""A seed and a number in, rows of prompts out: the same ones, to the byte, for the same input.

Goes round all stems, in an order of the seed's own, so that a limit keeps every kind; each round asks in another
layout. Texts that are taken already are not written again. Does not know where rows are written.
"""

from collections.abc import Iterator, Set
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.suites.dice import Dice
from sfteval.suites.extraction import events, money, nature, people, technical
from sfteval.suites.extraction.prompts import LAYOUTS, asked
from sfteval.suites.extraction.stems import MAX_PER_STEM, Stem, Written

STEMS: tuple[Stem, ...] = (*money.STEMS, *people.STEMS, *nature.STEMS, *events.STEMS, *technical.STEMS)
MAX_TRIES = 50  # for one text that is new
BUCKETS = ((9, "1-9"), (14, "10-14"), (10**9, "15+"))

Row = dict[str, Any]


def make_rows(seed: int, count: int, taken: Set[str] = frozenset()) -> list[Row]:
    """Return so many rows of a suite's data file; none has a text that is `taken`.

    Raises: ConfigurationError where the stems do not suffice.
    """
    return [_row(*text) for text in make_texts(seed, count, taken)]


def make_texts(seed: int, count: int, taken: Set[str] = frozenset()) -> list[tuple[Stem, Written, str]]:
    """Return so many texts, each with its stem before it and its layout behind it.

    Raises: ConfigurationError where the stems do not suffice.
    """
    most = MAX_PER_STEM * len(STEMS)
    if not 1 <= count <= most:
        raise ConfigurationError(
            "--count",
            expected=f"1 to {most:,}",
            got=str(count),
            next_move=f"At most {MAX_PER_STEM} prompts share a stem; ask for fewer, or make a second suite",
        )
    seen, texts = set(taken), []
    for place, stem in zip(range(count), _rounds(seed), strict=False):
        turn = place // len(STEMS)
        written = _new(stem, f"{seed}/{stem.key}/{turn}", seen)
        seen.add(written[0])
        texts.append((stem, written, list(LAYOUTS)[(turn + STEMS.index(stem)) % len(LAYOUTS)]))
    return texts


def num_asked(value: Any) -> int:
    """Return how many values a record asks for, those that are null among them; an empty list is one."""
    if isinstance(value, dict):
        return sum(map(num_asked, value.values()))
    return max(1, sum(map(num_asked, value))) if isinstance(value, list) else 1


def _rounds(seed: int) -> Iterator[Stem]:
    for turn in range(MAX_PER_STEM):
        yield from Dice(f"{seed}/order/{turn}").some(STEMS, len(STEMS))


def _new(stem: Stem, seed: str, taken: Set[str]) -> Written:
    for attempt in range(MAX_TRIES):
        text, value = stem.write(Dice(f"{seed}/{attempt}"))
        if text not in taken:
            return text, value
    raise ConfigurationError(
        "--count", expected="texts that are new", got="none any more", next_move="Ask for fewer, or take another seed"
    )


def _row(stem: Stem, written: Written, layout: str) -> Row:
    text, value = written
    prompt = asked(text, stem.schema, layout)
    return {
        "id": f"{stem.key}-{content_hash([prompt, value])[:8]}",
        "prompt": prompt,
        "target": {"value": value, "schema": stem.schema},
        "metadata": {
            "kind": stem.kind,
            "nested": _is_nested(stem),
            "num_fields": _bucket(num_asked(value)),
            "layout": layout,
            "num_words": len(text.split()),
            "stem": stem.key,
        },
        "cluster": stem.key,
    }


def _is_nested(stem: Stem) -> bool:
    """Tell whether an object, or a list of objects, stands within the object."""
    return any("properties" in field.get("items", field) for field in stem.schema["properties"].values())


def _bucket(num: int) -> str:
    return next(name for most, name in BUCKETS if num <= most)
