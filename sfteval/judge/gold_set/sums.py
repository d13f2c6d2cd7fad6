"""Small problems with numbers, solved right and wrong by computation; two right answers in other words are a tie."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Pair = tuple[str, str, str, str | None]  # prompt, better answer, worse answer, reference


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: how it is put, solved, and solved wrong in a way that people do."""

    ask: str  # with {a}, {b}, {c}
    solve: Callable[[int, int, int], int]
    slip: Callable[[int, int, int], int]  # a usual mistake; never what `solve` gives
    tell: str  # with {a}, {b}, {c} and the result {r}
    tell_again: str  # the same in other words


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "A shelf has {a} rows of {b} books, and {c} more lie on top. How many books are there?",
        lambda a, b, c: a * b + c, lambda a, b, c: a * (b + c),
        "There are {r} books on the shelf and on top of it.", "Counting those on top, it is {r} books.",
    ),
    Problem(
        "I had {a} euros, bought {b} tickets for {c} euros each and kept the rest. How many euros do I have left?",
        lambda a, b, c: a - b * c, lambda a, b, c: a - b - c,
        "You have {r} euros left.", "After the tickets, {r} euros remain.",
    ),
    Problem(
        "A train has {a} carriages with {b} seats each; {c} seats are taken. How many are free?",
        lambda a, b, c: a * b - c, lambda a, b, c: a * b + c,
        "{r} seats are free.", "That leaves {r} free seats.",
    ),
    Problem(
        "A film begins at minute {c} of a recording and has {a} parts of {b} minutes. At which minute does it end?",
        lambda a, b, c: c + a * b, lambda a, b, c: a * b,
        "It ends at minute {r} of the recording.", "The end comes at minute {r}.",
    ),
    Problem(
        "Three friends scored {a}, {b} and {c} points. How many points did they score together?",
        lambda a, b, c: a + b + c, lambda a, b, c: a + b - c,
        "Together they scored {r} points.", "Their points add up to {r}.",
    ),
    Problem(
        "A garden is {a} metres long and {b} metres wide, with a gate of {c} metres in its fence. How many metres of "
        "fence are there, the gate left out?",
        lambda a, b, c: 2 * (a + b) - c, lambda a, b, c: a * b - c,
        "You need {r} metres of fence.", "The fence comes to {r} metres.",
    ),
)  # fmt: skip
# Taken so that no result is negative and no slip comes out right.
NUMBERS = ((12, 4, 2), (36, 7, 3), (25, 6, 4), (60, 9, 5), (48, 11, 3), (90, 14, 6), (33, 8, 2), (75, 12, 6))


def sum_pairs() -> Iterator[tuple[Pair, bool]]:
    """Yield pairs with whether they are a tie: every fourth holds two right answers."""
    number = 0
    for a, b, c in NUMBERS:
        for problem in PROBLEMS:
            right, wrong = problem.solve(a, b, c), problem.slip(a, b, c)
            assert right >= 0
            assert right != wrong
            prompt = problem.ask.format(a=a, b=b, c=c)
            told = problem.tell.format(a=a, b=b, c=c, r=right)
            is_tie = number % 4 == 3
            other = problem.tell_again.format(r=right) if is_tie else problem.tell.format(a=a, b=b, c=c, r=wrong)
            yield (prompt, told, other, str(right)), is_tie
            number += 1
