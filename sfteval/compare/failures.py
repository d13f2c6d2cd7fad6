"""Joined scores of one task in, where answers first fail out: layer of A against layer of B, codes and places per side.

Reads `detail.failure_code`, `detail.layer`, `detail.place_in_call` and `detail.first_error_turn` and nothing else, so
that any scorer that names them gets the flow. What transport lost is missing data and in none of the counts; an answer
that was cut or is empty fails where its metrics do. Does not compute a statistic, and holds no model text.
Source: research on tool calls, sections 1.2 and 5.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from sfteval.scorers.calls.failures import LAYERS
from sfteval.types import FailureCount, Outcome, Pair, PlaceCount, Score

PASSED, OTHER = "passed", "other"  # other: a layer that is none of ours
STATES = (PASSED, *LAYERS)
LONGEST_CODE = 80
LENGTHS = {64: "under 64", 256: "64 to 255", 1024: "256 to 1,023"}
LONGEST_LENGTH = "1,024 and more"
DEEPEST = 4
WHATS = ("quarter", "depth", "length", "turn")

What = Literal["quarter", "depth", "length", "turn"]
Place = tuple[str, What, str]  # layer, what, value


def names_failures(pairs: Iterable[Pair]) -> bool:
    """Tell whether the scorer of these answers says at which layer they fail."""
    return any("failure_code" in score.detail for pair in pairs for score in (pair.baseline, pair.candidate))


def answered(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs that transport lost on neither side."""
    return [pair for pair in pairs if Outcome.ERROR not in (pair.baseline.outcome, pair.candidate.outcome)]


def first_failure(score: Score) -> tuple[str, str]:
    """Return the layer at which an answer first fails, and its code; ("passed", "") where it does not."""
    code, layer = score.detail.get("failure_code"), score.detail.get("layer")
    if code is None:
        passed = score.outcome is Outcome.OK or any(score.metrics.values())
        return (PASSED, "") if passed else (LAYERS[0], score.outcome.value)
    return (layer if layer in LAYERS else OTHER), str(code)[:LONGEST_CODE]


def layer_flow(pairs: Sequence[Pair]) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return the layers, and how many answers went from the layer of A (rows) to the layer of B (columns)."""
    counts = Counter((first_failure(pair.baseline)[0], first_failure(pair.candidate)[0]) for pair in pairs)
    layers = (*STATES, OTHER) if any(OTHER in states for states in counts) else STATES
    return layers, tuple(tuple(counts[a, b] for b in layers) for a in layers)


def failure_counts(pairs: Sequence[Pair]) -> tuple[FailureCount, ...]:
    """Return how often each code is the first failure, by layer, the most common first."""
    a, b = (Counter(map(first_failure, side)) for side in _sides(pairs))
    found = [FailureCount(*key, a[key], b[key]) for key in {*a, *b} if key[0] != PASSED]
    order = (*LAYERS, OTHER)
    return tuple(sorted(found, key=lambda one: (order.index(one.layer), -(one.baseline + one.candidate), one.code)))


def place_counts(pairs: Sequence[Pair]) -> tuple[PlaceCount, ...]:
    """Return how many answers broke in which quarter of a call, how deep, in how long a call, and in which turn."""
    a, b = (Counter(place for score in side for place in _places(score)) for side in _sides(pairs))
    found = [PlaceCount(*key, a[key], b[key]) for key in {*a, *b}]
    order = (*LAYERS, OTHER)
    return tuple(
        sorted(found, key=lambda one: (WHATS.index(one.what), order.index(one.layer), _place_of(one.what, one.value)))
    )


def _sides(pairs: Sequence[Pair]) -> tuple[list[Score], list[Score]]:
    return [pair.baseline for pair in pairs], [pair.candidate for pair in pairs]


def _places(score: Score) -> Iterator[Place]:
    layer, _ = first_failure(score)
    if layer == PASSED:
        return
    turn, place = score.detail.get("first_error_turn"), score.detail.get("place_in_call")
    if _is_count(turn):
        yield layer, "turn", str(turn)
    if isinstance(place, Mapping) and all(_is_count(place.get(name)) for name in ("at", "of", "depth")):
        yield layer, "quarter", str(min(4 * place["at"] // max(place["of"], 1), 3) + 1)
        yield layer, "depth", str(place["depth"]) if place["depth"] < DEEPEST else f"{DEEPEST} and more"
        yield layer, "length", next((name for end, name in LENGTHS.items() if place["of"] < end), LONGEST_LENGTH)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _place_of(what: str, value: str) -> int:
    if what == "length":
        return [*LENGTHS.values(), LONGEST_LENGTH].index(value)
    return int(value.partition(" ")[0])
