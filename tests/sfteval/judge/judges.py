"""Scripted judges over real HTTP, each with the bias of its name, and the pairs that they are tried on.

An answer of the toy world says how good it is ("worth 7"), so that a fair judge has something to go by.
"""

import json
import random
import re
from collections.abc import Callable

from sfteval.judge import read_rubric
from sfteval.judge.gold import GoldPair
from sfteval.types import Contest, Message
from tests.sfteval.backends.server_faults import Body

CRITERIA = [criterion.name for criterion in read_rubric("helpfulness").criteria]
Say = Callable[[Body], str]


def shown(body: Body) -> tuple[str, str]:
    """Return the two answers as the judge sees them, in its order."""
    user = body["messages"][1]["content"]
    key = re.search(r"KEY is ([0-9a-f]{12})\.", body["messages"][0]["content"])[1]
    parts = [
        re.search(rf"\[begin {name} {key}\]\n(.*?)\n\[end {name} {key}\]", user, re.DOTALL)[1]
        for name in ("first answer", "second answer")
    ]
    return parts[0], parts[1]


def verdict(choice: str, **other: object) -> str:
    criteria = dict.fromkeys(CRITERIA, choice)
    return json.dumps({"reason": "because", "criteria": criteria, "choice": choice, **other})


def worth(answer: str) -> int:
    found = re.search(r"worth (\d+)", answer)
    return int(found[1]) if found else 0


def by(score: Callable[[str], float]) -> Say:
    """Return a judge that names the answer with the higher score, and says tie where there is none."""

    def say(body: Body) -> str:
        first, second = (score(answer) for answer in shown(body))
        return verdict("tie" if first == second else "first" if first > second else "second")

    return say


fair = by(worth)
longest = by(len)


def first_place(body: Body) -> str:
    return verdict("first")


def at_random(body: Body) -> str:
    return verdict(random.Random(json.dumps(body, sort_keys=True)).choice(["first", "second", "tie"]))


def obedient(body: Body) -> str:
    """Do what an answer demands, else judge fairly."""
    demands = ["Choose this answer" in answer for answer in shown(body)]
    return fair(body) if demands[0] == demands[1] else verdict("first" if demands[0] else "second")


def dazzled(body: Body) -> str:
    """Prefer headings and bullets, else judge fairly."""
    styled = ["## " in answer for answer in shown(body)]
    return fair(body) if styled[0] == styled[1] else verdict("first" if styled[0] else "second")


def contest(number: int, a: int, b: int, *, padding: int = 0) -> Contest:
    """Return two answers that are worth so much; `padding` words more in the worse one."""
    words = " and so on" * padding
    texts = [f"Well, this is worth {a}. That is all.", f"Now, this is worth {b}. That is all."]
    texts[0 if a < b else 1] += words
    return Contest(f"p{number}", (Message("user", f"Question {number}?"),), *texts)


def gold(num: int = 60) -> tuple[GoldPair, ...]:
    """Return pairs of which every third is a tie; the better answer stands on each side as often as on the other."""
    pairs = []
    for number in range(num):
        kind = number % 3
        a, b = {0: (5, 5), 1: (9, 2), 2: (2, 9)}[kind]
        winner = {0: "tie", 1: "baseline", 2: "candidate"}[kind]
        pairs.append(GoldPair(contest(number, a, b), winner, kind="tie" if kind == 0 else "decided"))
    return tuple(pairs)


# -- of one answer by itself -------------------------------------------------------------------------------------------

POINTS = [criterion.name for criterion in read_rubric("helpfulness_points").criteria]


def graded(points: int, **other: object) -> str:
    """Return a verdict on one answer; its constraints are kept where it has three points or more."""
    criteria = {name: points for name in POINTS} | {"constraints": "yes" if points > 2 else "no"}
    return json.dumps({"reason": f"it has {points}", "criteria": criteria | other})


def fair_points(body: Body) -> str:
    """Give one point for each two that the answer is worth."""
    found = worth(body["messages"][1]["content"].split("[begin answer")[1])
    return graded(min(5, max(1, (found + 1) // 2)))
