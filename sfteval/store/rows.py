"""Generations and Scores in, JSON lines out, and back: the form of what a run folder holds.

A line that is torn, malformed or not of this form is None and never an error: what it answered is owed again. Knows no
files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sfteval.types import Generation, Outcome, Score

_FIELDS = tuple(field.name for field in fields(Generation))
_KNOWN = frozenset(_FIELDS)
_HINTS = get_type_hints(Generation)
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
        made = Generation(**known)
    except TypeError:
        return None
    return made if _is_typed(made) else None


def _is_typed(generation: Generation) -> bool:
    """Return whether every field holds what its annotation says."""
    return all(_fits(getattr(generation, name), hint) for name, hint in _HINTS.items())


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, option) for option in get_args(hint))
    origin = get_origin(hint) or hint
    if origin is tuple:
        return isinstance(value, tuple) and set(map(type, value)) <= {get_args(hint)[0]}
    if origin is float:
        return type(value) in (int, float)
    return not isinstance(origin, type) or (type(value) is origin if origin is int else isinstance(value, origin))


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
