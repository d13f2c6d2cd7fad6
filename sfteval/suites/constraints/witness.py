"""Proof that a prompt can be answered: instructions in, a text that passes all their checkers strictly out.

Tries the menders in every order, each where its constraint is not met yet, a second time where a later one broke an
earlier one's work. Finding none proves nothing; such a prompt is just not asked. `is_lazy` looks for the opposite: a
prompt that an empty phrase satisfies would measure nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any

from sfteval.scorers.instructions import Constraint, build_constraint
from sfteval.suites.constraints.mending import BASE, MENDERS, Mender

LAZY = ("Sure, here it is.", "I cannot help with that.", "Okay.")
NUM_ROUNDS = 2

Instruction = Mapping[str, Any]  # {"id", "kwargs"}
Step = tuple[Constraint, Mender, Mapping[str, Any]]


def witness(instructions: Sequence[Instruction]) -> str | None:
    """Return a text that satisfies all instructions, or None where none was found."""
    checkers = checkers_of(instructions)
    for steps in _plans(instructions, checkers):
        text = BASE
        for _ in range(NUM_ROUNDS):
            for checker, mend, kwargs in steps:
                if not checker.check(text).ok:
                    text = mend(text, kwargs)
            if satisfies(text, checkers):
                return text
    return None


def is_lazy(instructions: Sequence[Instruction]) -> bool:
    """Tell whether an empty phrase, or a single word, satisfies all instructions."""
    checkers = checkers_of(instructions)
    return any(satisfies(text, checkers) for text in LAZY)


def checkers_of(instructions: Sequence[Instruction]) -> list[Constraint]:
    """Return the checkers, as the scorer builds them."""
    return [build_constraint(entry["id"], entry["kwargs"], "the suite constraints") for entry in instructions]


def satisfies(text: str, checkers: Sequence[Constraint]) -> bool:
    """Tell whether a text passes all checkers strictly."""
    return bool(text.strip()) and all(checker.check(text).ok for checker in checkers)


def _plans(instructions: Sequence[Instruction], checkers: Sequence[Constraint]) -> Iterator[list[Step]]:
    """Yield every order of the instructions with every choice of menders."""
    for order in permutations(range(len(instructions))):
        for menders in product(*(MENDERS[instructions[place]["id"]] for place in order)):
            yield [
                (checkers[place], mend, instructions[place]["kwargs"])
                for place, mend in zip(order, menders, strict=True)
            ]
