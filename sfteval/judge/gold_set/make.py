"""Nothing in, labelled pairs out: one answer of each pair is worse by construction, or neither is.

- `sum`: right against wrong, by computation; two right ones in other words are a tie.
- `constraint`: a demand on form that one answer keeps and the other breaks, known by our own checkers.
- `topic`: the answer to the question against a good answer to another one.
- `manners`: the same answer plain and wrapped in rudeness.
- `padding`: the same answer plain and followed by a paragraph that says nothing.

Which side the better answer stands on follows from a hash, each as often as the other about. Pure: the same bytes each
time. Does not ask a model, and proves no judge good: it shows what a judge certainly cannot see.
"""

from collections.abc import Iterator
from typing import Any

from sfteval.identity import content_hash
from sfteval.judge.gold_set.constraints import constraint_pairs
from sfteval.judge.gold_set.manners import PADDING, RUDE
from sfteval.judge.gold_set.questions import QUESTIONS
from sfteval.judge.gold_set.sums import sum_pairs

Pair = tuple[str, str, str, str | None]  # prompt, better answer, worse answer, reference


def gold_rows() -> Iterator[dict[str, Any]]:
    """Yield every labelled pair as a row of a gold file."""
    better_first = {
        "topic": topic_pairs(),
        "manners": manners_pairs(),
        "padding": padding_pairs(),
        "constraint": constraint_pairs(),
    }
    for kind, pairs in better_first.items():
        for number, pair in enumerate(pairs):
            yield _row(kind, number, pair, is_tie=False)
    for number, (pair, is_tie) in enumerate(sum_pairs()):
        yield _row("sum", number, pair, is_tie=is_tie)


def topic_pairs() -> Iterator[Pair]:
    """Yield each question with its own answer and with the answer to one far down the list."""
    for place, (question, answer) in enumerate(QUESTIONS):
        yield question, answer, QUESTIONS[(place + len(QUESTIONS) // 2) % len(QUESTIONS)][1], None


def manners_pairs() -> Iterator[Pair]:
    """Yield each question's answer plain and wrapped in rudeness."""
    for place, (question, answer) in enumerate(QUESTIONS):
        before, behind = RUDE[place % len(RUDE)]
        yield question, answer, f"{before} {answer} {behind}", None


def padding_pairs() -> Iterator[Pair]:
    """Yield each question's answer plain and with padding behind it."""
    for place, (question, answer) in enumerate(QUESTIONS):
        yield question, answer, f"{answer} {PADDING[place % len(PADDING)]}", None


def _row(kind: str, number: int, pair: Pair, *, is_tie: bool) -> dict[str, Any]:
    prompt, better, worse, reference = pair
    swapped = int(content_hash([kind, number, prompt])[:8], 16) % 2 == 1
    a, b = (worse, better) if swapped else (better, worse)
    row = {"id": f"{kind}-{number:03d}", "kind": kind, "prompt": prompt, "a": a, "b": b}
    row["label"] = "tie" if is_tie else "b" if swapped else "a"
    return row if reference is None else {**row, "reference": reference}
