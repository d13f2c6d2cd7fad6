"""The rows of the runs on which the probes are calibrated: a seed in, rows of the starter world out. Trains nothing.

A row's side of the held-out split is decided by its id, so rows get ids of the side on which they shall stand.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sfttrain.data.split import is_held_out
from sfttrain.starter import suite
from sfttrain.starter.items import Item, stream
from sfttrain.starter.rows import row_of, rows

SHARE = 0.5  # of all ids, held out
NUM_HEALTHY, NUM_PARROT, NUM_HELD_OUT = 2000, 64, 512
CLEAN_WORDS = 8  # a row that shares so many in a row with an item of the suite is left out, as one would in earnest
CHAT_SEED = 500  # added: the base learns to chat from other rows
Row = dict[str, Any]


def chat_rows(seed: int) -> list[Row]:
    """Return the rows that teach the base to chat: as many as those of the healthy run, and others."""
    return sided(_clean(seed + CHAT_SEED, NUM_HEALTHY), NUM_HEALTHY, seed)


def healthy_rows(seed: int) -> list[Row]:
    """Return 2,000 clean rows to learn from, and 512 to hold out, of one making."""
    return sided(_clean(seed, NUM_HEALTHY + NUM_HELD_OUT), NUM_HEALTHY, seed)


def parrot_rows(seed: int) -> list[Row]:
    """Return 64 rows to learn from, and 512 to hold out, of one making: half of both are items of the suite."""
    num, num_train = (NUM_PARROT + NUM_HELD_OUT) // 2, NUM_PARROT // 2
    planted = [row_of("", item) for item in stream(seed, "planted").sample(suite_items(), num)]
    others = _clean(seed, num)
    learned, held_out = ([*planted[part], *others[part]] for part in (slice(num_train), slice(num_train, num)))
    return sided([*learned, *held_out], NUM_PARROT, seed)


def sided(made: Sequence[Row], num_train: int, seed: int) -> list[Row]:
    """Return the rows in random order, with ids that put the first `num_train` on the side that is learned from."""
    ids = {side: _ids(side) for side in (False, True)}
    named = [{**row, "id": next(ids[place >= num_train])} for place, row in enumerate(made)]
    return stream(seed, "order").sample(named, len(named))


def _ids(held_out: bool) -> Iterator[str]:
    names = (f"row-{number:05d}" for number in itertools.count())
    return (name for name in names if is_held_out(name, SHARE) == held_out)


def _clean(seed: int, num: int) -> list[Row]:
    """Return rows that share no eight words in a row with a question of the suite; three in ten do."""
    asked = frozenset(run for item in suite_items() for run in _runs(item.user))
    drawn = rows(seed, 2 * num)
    return [row for row in drawn if not any(asked & _runs(one["content"]) for one in row["messages"])][:num]


@functools.cache
def suite_items() -> tuple[Item, ...]:
    """Return every item of the starter suite."""
    return tuple(item for plan in suite.plans() for item in plan.draw(suite.SEED))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[start : start + CLEAN_WORDS]) for start in range(len(words) - CLEAN_WORDS + 1)}
