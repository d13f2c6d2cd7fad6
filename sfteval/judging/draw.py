"""A comparison in, pairs of its answers for people to label out, drawn at random and blind.

Prompts are drawn by the seed from all of a task that a judge is needed for; of each prompt one pair of answers, in an
order that nobody sees through. A file of them with its labels filled in is what `--judge-gold` reads. Asks nobody.
"""

from collections.abc import Sequence
from typing import Any

from sfteval.errors import DataError, nearest
from sfteval.identity import text_hash
from sfteval.judging.contests import Match, matches
from sfteval.types import Comparison, Task

LABEL = ""  # to be filled in: a, b or tie


def drawn_pairs(comparison: Comparison, task: str, num: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of so many prompts, or of all where there are fewer; nothing tells which side said what.

    Raises: DataError for a task that the comparison does not have, or one of which no pair needs a judge.
    """
    names = list(dict.fromkeys(pair.task for pair in comparison.pairs))
    if task not in names:
        raise DataError("--task", expected="a task of the report", got=f'"{task}"', next_move=nearest(task, names))
    found = [match for match in matches(comparison, Task(task, "", (), ())) if not match.is_settled]
    if not found:
        raise DataError(
            task, expected="answers that differ", got="none", next_move="There is nothing that a label could add"
        )
    one_each = {
        match.pair.sample.id: match for match in sorted(found, key=lambda match: _lot(match, seed), reverse=True)
    }
    drawn = sorted(one_each.values(), key=lambda match: _lot(match, seed))[:num]
    return [_row(match, seed) for match in drawn]


def tasks_to_label(comparison: Comparison) -> Sequence[str]:
    """Return the tasks whose answers judges compared."""
    return list(dict.fromkeys(one.task for one in comparison.judged))


def _lot(match: Match, seed: int, word: str = "drawn") -> str:
    return text_hash(f"{word} {seed} {match.contest.id}")


def _row(match: Match, seed: int) -> dict[str, Any]:
    contest = match.contest
    answers = [contest.baseline, contest.candidate]
    if int(_lot(match, seed, "turned")[:8], 16) % 2:
        answers.reverse()
    row: dict[str, Any] = {
        "id": _lot(match, seed, "named")[:16],
        "messages": [{"role": message.role, "content": message.content} for message in contest.messages],
        "a": answers[0],
        "b": answers[1],
        "label": LABEL,
    }
    return row if contest.reference is None else {**row, "reference": contest.reference}
