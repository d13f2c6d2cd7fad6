"""Evaluation items in, everything that training rows are searched for out: n-grams, substrings, whole questions.

Each with what marks it as the suite's own boilerplate. Does not know a training row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.probes.boilerplate import Mask, common_in_suite
from sfteval.probes.eval_items import EvalItem, Words
from sfteval.probes.ngrams import Grams, IntArray
from sfteval.probes.substrings import Patterns, chosen_substrings

QUESTION, REFERENCE = 0, 1
MASKED_SIZES = (4, 8, 13)


@dataclass(frozen=True, slots=True, eq=False)
class SuiteGrams:
    """What is looked for. A part is an item's question (2 i) or its reference (2 i + 1)."""

    items: Sequence[EvalItem]
    grams: Grams
    names: Mapping[int, IntArray]  # n -> name of the n-gram at each token of the suite
    part_of_token: IntArray
    asked: Sequence[IntArray]  # of each item the names of the user's 4-grams
    patterns: Patterns
    patterns_of: Sequence[tuple[int, ...]]  # of each item
    masks: Mapping[int, Mask]  # n -> boilerplate of the suite's own, by name
    pattern_mask: Mask

    @classmethod
    def of(cls, items: Sequence[EvalItem]) -> "SuiteGrams":
        """Name the n-grams of the items and choose their substrings."""
        turns = [(2 * i + side, turn) for i, item in enumerate(items) for side, turn in _turns(item)]
        texts = [turn for _, turn in turns]
        grams = Grams.of([*texts, *(item.asked for item in items)])
        tokens = grams.tokens(texts)
        names = grams.names(tokens)
        part_of_token = np.repeat([part for part, _ in turns], [len(turn) + 1 for turn in texts]).astype(np.int64)
        stems, tasks = _stems(items)
        masks = {}
        for n in MASKED_SIZES:
            places = np.flatnonzero(names[n])
            size = len(grams.tables[n]) + 1
            masks[n] = common_in_suite(names[n][places], stems[part_of_token[places] // 2], tasks, size)
            masks[n][0] = True
        chosen = [_substrings(item) for item in items]
        patterns = Patterns.of([one for each in chosen for one in each])
        return cls(
            items,
            grams,
            names,
            part_of_token,
            [grams.names(grams.tokens([item.asked]))[4] for item in items],
            patterns,
            [tuple(patterns.numbers[one] for one in each) for each in chosen],
            masks,
            _pattern_mask(items, patterns),
        )


def _turns(item: EvalItem) -> list[tuple[int, Words]]:
    return [(QUESTION, turn) for turn in item.question] + [(REFERENCE, turn) for turn in item.reference]


def _stems(items: Sequence[EvalItem]) -> tuple[IntArray, IntArray]:
    """Return the stem of each item, and the task of each stem, as numbers."""
    stems: dict[tuple[str, str], int] = {}
    tasks: dict[str, int] = {}
    of_items = [stems.setdefault((item.task, item.stem), len(stems)) for item in items]
    of_stems = [tasks.setdefault(task, len(tasks)) for task, _ in stems]
    return np.array(of_items, dtype=np.int64), np.array(of_stems, dtype=np.int64)


def _stripped(item: EvalItem) -> list[str]:
    """Return the item's turns without spaces and symbols."""
    return ["".join(turn) for _, turn in _turns(item)]


def _substrings(item: EvalItem) -> tuple[str, ...]:
    return chosen_substrings(_stripped(item), item.content_hash)


def _pattern_mask(items: Sequence[EvalItem], patterns: Patterns) -> Mask:
    """Return which substrings stand in more than one stem: three places of an item must be its own to speak for it."""
    found = {(number, item.stem) for item in items for text in _stripped(item) for _, number in patterns.found_in(text)}
    num_stems = np.bincount(np.array([number for number, _ in found], dtype=np.int64), minlength=len(patterns.numbers))
    return np.asarray(num_stems > 1)
