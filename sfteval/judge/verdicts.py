"""What a judge wrote in, its verdict or the reason why there is none out.

Strict: the whole answer (its own thought taken away) is one JSON object of the form that was asked for. Nothing is
searched for within words, so that a verdict quoted from the material is none; one code fence around the whole is
tolerated, because it changes nothing. Does not ask again, and does not know which answer stood where.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.chat.reading import read
from sfteval.jsontext.strict import StrictReader
from sfteval.judge.rubric import CHOICES, LONGEST_REASON, POINTS, YES_NO, Criterion, Form, Rubric
from sfteval.types import Generation, Outcome

FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*)\n```", re.DOTALL)
LONGEST = 20_000  # characters of a verdict; a longer one is not read


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read; `failure` says why there is nothing: transport, truncated, empty, json, form."""

    value: Mapping[str, Any]
    failure: str = ""


def read_verdict(generation: Generation, rubric: Rubric, form: Form) -> Verdict:
    """Read one answer of a judge."""
    reading = read(generation)
    if reading.outcome is Outcome.ERROR:
        return Verdict({}, "transport")
    if reading.outcome in (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER):
        return Verdict({}, "truncated")
    text = reading.answer.strip()
    if not text:
        return Verdict({}, "empty")
    fenced = FENCE.fullmatch(text)
    value = _whole(fenced[1].strip() if fenced else text)
    if value is None:
        return Verdict({}, "json")
    return Verdict(value, "" if _has_form(value, rubric, form) else "form")


def reason_of(verdict: Verdict) -> str:
    """Return the judge's own words, cut to what the form asked for."""
    return str(verdict.value.get("reason", ""))[:LONGEST_REASON]


def points_of(verdict: Verdict) -> dict[str, int]:
    """Return the points by criterion of a verdict on one answer; empty where there is none."""
    if verdict.failure:
        return {}
    return {name: YES_NO.get(said, said) for name, said in verdict.value["criteria"].items()}


def _whole(text: str) -> Mapping[str, Any] | None:
    """Return the object that the whole text is; None: it is none, or is no strict JSON."""
    if len(text) > LONGEST or not text.startswith("{"):
        return None
    found = StrictReader().read(text, 0, len(text))
    whole = found.problem is None and found.end == len(text) and isinstance(found.value, Mapping)
    return found.value if whole else None


def _has_form(value: Mapping[str, Any], rubric: Rubric, form: Form) -> bool:
    """Tell whether a verdict is of the rubric's schema."""
    known = {criterion.name: criterion for criterion in rubric.criteria}
    criteria = value.get("criteria")
    keys = {"reason", "criteria", "choice"} if form == "pairwise" else {"reason", "criteria"}
    if set(value) != keys or not isinstance(value["reason"], str):
        return False
    if not isinstance(criteria, Mapping) or set(criteria) != set(known):
        return False
    if form == "pairwise":
        return all(_is_choice(choice) for choice in (value["choice"], *criteria.values()))
    return all(_is_grade(said, known[name]) for name, said in criteria.items())


def _is_grade(said: object, criterion: Criterion) -> bool:
    """Tell whether a criterion was answered as it asks: a word that stands for points, or a whole number (no bool)."""
    if criterion.is_yes_no:
        return isinstance(said, str) and said in YES_NO
    return type(said) is int and said in POINTS


def _is_choice(value: object) -> bool:
    return isinstance(value, str) and value in CHOICES
