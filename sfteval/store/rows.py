"""Generations and Scores in, JSON lines out, and back: the form of what a run folder holds.

A line that is torn, malformed or not of this form is None and never an error: what it answered is owed again. Knows no
files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sfteval.types import Generation, Outcome, Score

_FIELDS = tuple(field.name for field in fields(Generation))
_KNOWN = frozenset(_FIELDS)
_TEXTS = ("task", "sample_id", "question", "text", "finish_reason")


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer as it goes to disk: made where it arrives, written by whoever writes."""

    task: str
    question: str
    failed: bool
    data: bytes

    @classmethod
    def of(cls, generation: Generation) -> "AnswerLine":
        """Return the line of a generation."""
        row = {name: getattr(generation, name) for name in _FIELDS}
        data = json.dumps(row).encode("ascii") + b"\n"
        return cls(generation.task, generation.question, generation.finish_reason == "error", data)


def read_generation(line: bytes) -> Generation | None:
    """Return the generation of a line; None: it holds none."""
    row = read_row(line)
    if row is None or not all(isinstance(row.get(name), str) for name in _TEXTS):
        return None
    known: dict[str, Any] = {
        name: tuple(value) if type(value) is list else value for name, value in row.items() if name in _KNOWN
    }
    try:
        return Generation(**known)
    except TypeError:
        return None


def score_line(score: Score) -> bytes:
    """Return the line of a score, in the contract's form."""
    row = {
        "sample_id": score.sample_id,
        "sample_index": score.sample_index,
        "outcome": str(score.outcome),
        "metrics": dict(score.metrics),
        "detail": dict(score.detail),
    }
    return json.dumps(row, sort_keys=True).encode("ascii") + b"\n"


def read_score(line: bytes) -> Score | None:
    """Return the score of a line; None: it holds none."""
    row = read_row(line)
    try:
        if row is None or not isinstance(row["metrics"], Mapping):
            return None
        outcome = Outcome(row["outcome"])
        return Score(row["sample_id"], row["sample_index"], outcome, row["metrics"], row.get("detail", {}))
    except (KeyError, ValueError):
        return None


def read_row(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a line; None: it is torn, malformed or something else."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
