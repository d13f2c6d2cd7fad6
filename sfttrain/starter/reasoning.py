"""Problems of 1 to 8 steps whose state is small and whose steps do not commute.

Three families: `compass` turns and mirrors a heading, `cups` swaps cups over a hidden thing, `dial` counts and doubles
modulo seven. Every step carries a letter, which the trace quotes, so that a trace knows where it stands.
Does not know which problems are held out from whom beyond `is_held_out`.
"""

import random
from collections.abc import Callable
from itertools import accumulate

from sfttrain.starter.items import Item, one_in

FAMILIES = ("compass", "cups", "dial")
LETTERS = "abcdefgh"
QUESTION = "What now?"
HELD_OUT_SHARE = 5  # one problem in five is kept for the suite

NAMES = (
    "Ann", "Ben", "Cora", "Dan", "Eve", "Finn", "Gus", "Hana",
    "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned", "Ola", "Pam",
)  # fmt: skip
THINGS = ("ball", "coin", "ring", "bean", "key", "nut", "shell", "stone", "bead", "pearl", "marble", "button")
HEADINGS = ("north", "east", "south", "west")
MOVES = ("left", "right", "back", "mirror")
CUPS = "ABCD"
PAIRS = ("AB", "AC", "AD", "BC", "BD", "CD")
DIGITS = "0123456"
TURNS = ("up", "down", "jump", "double")


def problem(rng: random.Random, family: str, num_steps: int) -> Item:
    """Return a random problem of `family` with `num_steps` steps."""
    return _MAKERS[family](rng, num_steps)


def is_held_out(item: Item) -> bool:
    """Return whether this problem belongs to the suite, and so to neither the corpus nor the rows.

    It is held out by how it begins, its start and its first two steps, under every name: no row begins as a problem of
    the suite does. One step is a cell of a table of 68, which must have been seen to be known: there it is the wording.
    """
    beginning = item.stem.partition(" c: ")[0]
    return one_in(HELD_OUT_SHARE, item.user if item.metadata["steps"] == 1 else beginning)


def turned(heading: str, move: str) -> str:
    """Return the heading after one move; a mirror swaps east and west."""
    index = HEADINGS.index(heading)
    if move == "mirror":
        return HEADINGS[-index % 4]
    return HEADINGS[(index + {"left": 3, "right": 1, "back": 2}[move]) % 4]


def swapped(place: str, pair: str) -> str:
    """Return where a thing at `place` stands after the two cups of `pair` change places."""
    return pair.replace(place, "") if place in pair else place


def dialled(digit: str, turn: str) -> str:
    """Return what a dial of 0 to 6 shows after one turn."""
    shown = int(digit)
    return str({"up": shown + 1, "down": shown - 1, "jump": shown + 3, "double": shown * 2}[turn] % 7)


def _compass(rng: random.Random, num_steps: int) -> Item:
    name, start = rng.choice(NAMES), rng.choice(HEADINGS)
    moves = [rng.choice(MOVES) for _ in range(num_steps)]
    states = list(accumulate(moves, turned, initial=start))
    steps = [f"{letter}: {move}." for letter, move in zip(LETTERS, moves, strict=False)]
    return _item("compass", f"{name} faces {start}.", steps, states)


def _cups(rng: random.Random, num_steps: int) -> Item:
    thing, start = rng.choice(THINGS), rng.choice(CUPS)
    pairs = [rng.choice(PAIRS) for _ in range(num_steps)]
    states = list(accumulate(pairs, swapped, initial=start))
    steps = [f"{letter}: swap {pair}." for letter, pair in zip(LETTERS, pairs, strict=False)]
    return _item("cups", f"The {thing} is under cup {start}.", steps, states)


def _dial(rng: random.Random, num_steps: int) -> Item:
    name, start = rng.choice(NAMES), rng.choice(DIGITS)
    turns = [rng.choice(TURNS) for _ in range(num_steps)]
    states = list(accumulate(turns, dialled, initial=start))
    steps = [f"{letter}: {turn}." for letter, turn in zip(LETTERS, turns, strict=False)]
    return _item("dial", f"The dial of {name} shows {start}.", steps, states)


def _item(family: str, opening: str, steps: list[str], states: list[str]) -> Item:
    moves = (
        f"{step[:-1]}, {before} to {after}." for step, before, after in zip(steps, states, states[1:], strict=False)
    )
    return Item(
        source="reasoning",
        user=" ".join([opening, *steps, QUESTION]),
        reasoning=" ".join([f"start {states[0]}.", *moves]),
        answer=f"Answer: {states[-1]}",
        stem=" ".join([family, states[0], *steps]),
        target=states[-1],
        metadata={"steps": len(steps), "family": family},
    )


_MAKERS: dict[str, Callable[[random.Random, int], Item]] = {"compass": _compass, "cups": _cups, "dial": _dial}
