"""Rows that teach a tiny judge to check an answer against its reference, and labelled pairs that show whether it can.

Two answers to a problem are laid beside what is right; the verdict says of each whether it says so, and which is
better. Rows use problems and triples of values that labelled pairs never use. Does not know the judge's package: the
form of its prompt and of its verdict stands here a second time, and a test compares the bytes.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfttrain.starter import constraints, reasoning
from sfttrain.starter.chat import WORDS
from sfttrain.starter.chatter import altered, filling
from sfttrain.starter.items import Item, one_in, stream

# What is right is said three times: "the same word is followed by right" is then most of what a head of attention sees.
PROMPT = "Word: {reference} right {reference} right {reference} right\nfirst: {first}\nsecond: {second}\nWhich?"
STATES = {"compass": reasoning.HEADINGS, "cups": tuple(reasoning.CUPS), "dial": tuple(reasoning.DIGITS)}
HELD_OUT_SHARE = 5  # of the triples of values: one in five is kept for labelled pairs
OTHER_VALUES = (*constraints.TOPICS, *constraints.QUALITIES, *WORDS, *reasoning.NAMES)
OTHER_SHARE = 0.5  # of the rows: about other words, so that "the same" is learned and not which values there are
MOST_STEPS = 6
KINDS = ("first", "second", "both", "neither")  # which answer is right; in rows each as often: no short cut from one
GOLD_SHARES = {"first": 3, "second": 3, "both": 2, "neither": 2}  # of ten labelled pairs
ALTERED_SHARE = 0.5  # of the rows: something stands around an answer, or around both, that makes it no better
NOTHING = "none"  # what such an answer names
STRANGE_SHARE = 0.1  # of the wrong answers: none of the problem's values at all
SAME_SHARE = 0.25  # of the pairs that are both wrong: they say the same

SAYINGS = ("Answer: {}", "Answer: {}", "Answer: {}", "{}", "{}.", "It is {}.", "The answer is {}.")


@dataclass(frozen=True, slots=True)
class Matter:
    """A problem with two answers to it and who says what is right."""

    item: Item
    first: str
    second: str
    values: tuple[str, str]  # that each names
    right: str  # one of KINDS


def judge_rows(seed: int, num: int) -> list[dict[str, Any]]:
    """Return `num` conversations of a prompt and its verdict, the same for the same seed."""
    rng = stream(seed, "judge rows")
    return [_row(f"starter-judge-{index:05d}", matter) for index, matter in zip(range(num), _taught(rng), strict=False)]


def gold_rows(seed: int, num: int) -> list[dict[str, Any]]:
    """Return `num` labelled pairs of held-out problems and values; each winner stands on either side equally often."""
    rng = stream(seed, "judge gold")
    kinds = [kind for kind, share in GOLD_SHARES.items() for _ in range(share)]
    matters = [drawn(rng, kinds[index % len(kinds)], is_held_out=True) for index in range(num)]
    rng.shuffle(matters)
    return [_pair(f"starter-gold-{index:04d}", matter) for index, matter in enumerate(matters)]


def prompt(matter: Matter) -> str:
    """Return what the judge reads."""
    return PROMPT.format(reference=matter.item.target, first=matter.first, second=matter.second)


def verdict(matter: Matter) -> str:
    """Return what the judge is to write: what each answer names, whether that is right, and then who is better."""
    said = [f"{value} {'right' if value == matter.item.target else 'not'}" for value in matter.values]
    choice = matter.right if matter.right in ("first", "second") else "tie"
    reason = f"first: {said[0]}, second: {said[1]}"
    return json.dumps({"reason": reason, "criteria": {"correctness": choice}, "choice": choice})


def _taught(rng: random.Random) -> Iterator[Matter]:
    while True:
        matter = drawn(rng, rng.choice(KINDS), is_held_out=False)
        yield _altered(rng, matter) if rng.random() < ALTERED_SHARE else matter


def drawn(rng: random.Random, right: str, *, is_held_out: bool) -> Matter:
    """Return two answers of which those that `right` names are right; both have values that are (not) held out."""
    while True:
        item = reasoning.problem(rng, rng.choice(reasoning.FAMILIES), rng.randint(1, MOST_STEPS))
        states = STATES[str(item.metadata["family"])]
        if not is_held_out and rng.random() < OTHER_SHARE:
            states = OTHER_VALUES
            item = replace(item, target=rng.choice(states))
        values = _values(rng, item, right, states)
        if reasoning.is_held_out(item) == is_held_out == one_in(HELD_OUT_SHARE, f"judged {item.target} {values}"):
            break
    said = [_named(rng, value, item, is_held_out=is_held_out) for value in values]
    while is_held_out and said[0][0] == said[1][0]:  # the same text twice is a tie that needs no judge
        said[1] = _named(rng, values[1], item, is_held_out=is_held_out)
    (first, one), (second, other) = said
    return Matter(item, first, second, (one, other), right)


def _values(rng: random.Random, item: Item, right: str, states: Sequence[str]) -> tuple[str, str]:
    wrong = rng.sample([state for state in states if state != item.target], 2)
    if rng.random() < SAME_SHARE:
        wrong[0] = wrong[1]
    first, second = (item.target if right in (side, "both") else wrong.pop() for side in ("first", "second"))
    return first, second


def _named(rng: random.Random, value: str, item: Item, *, is_held_out: bool) -> tuple[str, str]:
    """Return an answer and the value that it names; in rows some wrong ones name nothing of the kind."""
    if not is_held_out and value != item.target and rng.random() < STRANGE_SHARE:
        word = rng.choice([word for word in WORDS if word != item.target])
        return rng.choice((word, item.user, f"Answer: {word}", filling(rng), "Answer:", "(nothing)")), NOTHING
    return rng.choice(SAYINGS).format(value), value


def _altered(rng: random.Random, matter: Matter) -> Matter:
    """Return the matter with something around one or both answers that changes nothing about who is right."""
    sides = rng.choice((("first",), ("second",), ("first", "second")))
    first = altered(rng, matter.first) if "first" in sides else matter.first
    second = altered(rng, matter.second) if "second" in sides else matter.second
    return replace(matter, first=first, second=second)


def _row(row_id: str, matter: Matter) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt(matter)}, {"role": "assistant", "content": verdict(matter)}]
    return {"id": row_id, "source": "judging", "messages": messages}


def _pair(row_id: str, matter: Matter) -> dict[str, Any]:
    label = {"first": "a", "second": "b"}.get(matter.right, "tie")
    kind = {"both": "both right", "neither": "both wrong"}.get(matter.right, "one right")
    return {
        "id": row_id,
        "kind": kind,
        "prompt": matter.item.user,
        "reference": matter.item.target,
        "a": matter.first,
        "b": matter.second,
        "label": label,
    }
