"""Demands on form beside an everyday question: an answer that keeps them, and one that differs only in breaking them.

Each demand names the checker of ours by which a test proves that the one answer passes and the other fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sfteval.judge.gold_set.questions import QUESTIONS

Pair = tuple[str, str, str, str | None]  # prompt, better answer, worse answer, reference


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand, and how an answer is made to keep or to break it."""

    words: str
    keep: Callable[[str], str]
    break_: Callable[[str], str]
    instruction: str  # the id of the checker
    kwargs: dict[str, Any] = field(default_factory=dict)


def _plain(answer: str) -> str:
    return answer


DEMANDS: tuple[Demand, ...] = (
    Demand("Answer in small letters only.", str.lower, str.upper, "change_case:english_lowercase"),
    Demand("Answer in capital letters only.", str.upper, str.lower, "change_case:english_capital"),
    Demand(
        "Use no comma at all.",
        lambda answer: answer.replace(",", " and"),
        lambda answer: f"Well, {answer}",
        "punctuation:no_comma",
    ),
    Demand(
        "Put the whole answer between double quotation marks.",
        lambda answer: f'"{answer}"',
        _plain,
        "startend:quotation",
    ),
    Demand(
        "End with the exact words: That is all.",
        lambda answer: f"{answer} That is all.",
        lambda answer: f"That is all. {answer}",
        "startend:end_checker",
        {"end_phrase": "That is all."},
    ),
    Demand(
        "Give the answer a title in double angular brackets, such as <<title>>.",
        lambda answer: f"<<A short answer>>\n{answer}",
        lambda answer: f"A short answer\n{answer}",
        "detectable_format:title",
    ),
    Demand(
        "Add a postscript that starts with P.S.",
        lambda answer: f"{answer}\n\nP.S. Good luck!",
        lambda answer: f"{answer}\n\nGood luck!",
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
    ),
    Demand(
        "Use the word 'certainly' at least once.",
        lambda answer: f"Certainly! {answer}",
        lambda answer: f"Sure! {answer}",
        "keywords:existence",
        {"keywords": ["certainly"]},
    ),
)
NUM_PAIRS = 48


def demanded() -> Iterator[tuple[Demand, str, str, str]]:
    """Yield each demand with its prompt, the answer that keeps it and the one that breaks it."""
    for place in range(NUM_PAIRS):
        question, answer = QUESTIONS[place % len(QUESTIONS)]
        demand = DEMANDS[place % len(DEMANDS)]
        yield demand, f"{question} {demand.words}", demand.keep(answer), demand.break_(answer)


def constraint_pairs() -> Iterator[Pair]:
    """Yield the pairs, the answer that keeps its demand first."""
    for _, prompt, kept, broken in demanded():
        yield prompt, kept, broken, None
