"""What a saved baseline holds, as nouns and as the JSON object of its file, each made from the other.

An object that was edited by hand is told by its hash. Knows no file and no suite.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.identity import content_hash, text_hash
from sfteval.types import Json, Outcome, Sample, Task

FORMAT = "sfteval baseline"
VERSION = 1
HASH_DIGITS = 16
PLAIN_NAME = re.compile(r"[\w.:/@+=-]{1,64}", re.ASCII)  # no space: an id that is a sentence may be the prompt itself


class Malformed(ValueError):
    """What an object was found to be, and what it should have been."""

    def __init__(self, expected: str, got: str) -> None:
        """Say both as they stand in an error's sentence."""
        super().__init__(got)
        self.expected, self.got = expected, got


@dataclass(frozen=True, slots=True)
class SavedScore:
    """What one answer was worth, without the answer."""

    id: str  # as `saved_id` gives it
    index: int
    asked: str  # as `asked_hash` gives it
    outcome: Outcome
    metrics: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Baseline:
    """One checkpoint's scores and what they rest on."""

    checkpoint: Json  # name, fingerprint, template_sha256
    settings: Json  # those that decide: sampling, samples, seed, limit, template_kwargs, scoring, backend
    suites: Json  # {name: {"version", "data": {task: sha256}}}
    rules: Mapping[str, str]  # {task: `rules_hash`}
    scores: Mapping[str, tuple[SavedScore, ...]]  # by task
    sfteval: str  # the version that scored


def saved_id(sample_id: str) -> str:
    """Return a sample's id where it is a plain name, else a hash of it: an id may be the prompt itself."""
    return sample_id if PLAIN_NAME.fullmatch(sample_id) else f"sha256:{text_hash(sample_id)[:HASH_DIGITS]}"


def asked_hash(sample: Sample) -> str:
    """Return a hash of what is asked and of what an answer is held against."""
    return content_hash([sample.content_hash, sample.target])[:HASH_DIGITS]


def rules_hash(task: Task) -> str:
    """Return a hash of how a task's answers are scored."""
    return content_hash([task.scorer, dict(task.options)])[:HASH_DIGITS]


# -- into JSON ---------------------------------------------------------------------------------------------------------


def head_of(baseline: Baseline) -> dict[str, Any]:
    """Return everything but the answers, and a hash over both."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "sfteval": baseline.sfteval,
        "checkpoint": dict(baseline.checkpoint),
        "settings": dict(baseline.settings),
        "suites": dict(baseline.suites),
        "rules": dict(baseline.rules),
    }
    return head | {"sha256": content_hash([head, list(rows_of(baseline))])}


def rows_of(baseline: Baseline) -> Iterable[dict[str, Any]]:
    """Yield one object for each answer, by task, id and index."""
    for task in sorted(baseline.scores):
        for score in sorted(baseline.scores[task], key=lambda score: (score.id, score.index)):
            yield {
                "task": task,
                "id": score.id,
                "index": score.index,
                "asked": score.asked,
                "outcome": str(score.outcome),
                "metrics": {name: _short(value) for name, value in score.metrics.items()},
            }


def _short(value: float | None) -> float | int | None:
    """Return a whole number without its point, and nothing for what is no number."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


# -- out of JSON -------------------------------------------------------------------------------------------------------


def baseline_from(document: Any) -> Baseline:
    """Return the baseline of a file's object.

    Raises: Malformed.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Malformed("a baseline that `sfteval gate --save-baseline` wrote", "something else")
    version = document.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        raise Malformed(f"a baseline of version {VERSION}", f"version {version}" if newer else "another version")
    head, rows = {key: value for key, value in document.items() if key not in ("sha256", "answers")}, _rows(document)
    if document.get("sha256") != _hash([head, rows]):
        raise Malformed("the scores as they were saved", "others: the file was edited since")
    parts = [document.get(key) for key in ("checkpoint", "settings", "suites", "rules")]
    if not all(isinstance(part, dict) for part in parts) or not isinstance(document.get("sfteval"), str):
        raise Malformed("checkpoint, settings, suites and rules", "a file without one of them")
    checkpoint, settings, suites, rules = (part or {} for part in parts)
    if not all(isinstance(settings.get(key, {}), dict) for key in ("sampling", "backend")):
        raise Malformed("settings of sampling and backend", "others")
    scores: dict[str, list[SavedScore]] = {}
    for row in rows:
        scores.setdefault(row["task"], []).append(_score(row))
    kept = {task: _once(task, found) for task, found in scores.items()}
    return Baseline(checkpoint, settings, suites, rules, kept, document["sfteval"])


def _hash(value: Any) -> str:
    """Return the hash of what was read; "" for what JSON cannot hold, as a number without an end."""
    try:
        return content_hash(value)
    except (ValueError, RecursionError):
        return ""


def _rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = document.get("answers")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("task"), str) for row in rows
    ):
        raise Malformed("a list of answers", "none, or rows without a task")
    return rows


def _score(row: Mapping[str, Any]) -> SavedScore:
    name, index, asked, metrics = (row.get(key) for key in ("id", "index", "asked", "metrics"))
    named = isinstance(name, str) and isinstance(asked, str) and type(index) is int and index >= 0
    if not named or not isinstance(metrics, dict) or not all(map(_is_value, metrics.values())):
        raise Malformed('answers {"task", "id", "index", "asked", "outcome", "metrics"}', "a row of another form")
    try:
        outcome = Outcome(str(row.get("outcome")))
    except ValueError as error:
        raise Malformed("a known outcome", repr(row.get("outcome"))[:40]) from error
    values = {key: None if value is None else float(value) for key, value in metrics.items()}
    return SavedScore(str(name), int(index or 0), str(asked), outcome, values)


def _is_value(value: object) -> bool:
    return value is None or (type(value) in (int, float) and math.isfinite(float(str(value))))


def _once(task: str, scores: list[SavedScore]) -> tuple[SavedScore, ...]:
    seen = set()
    for score in scores:
        if (score.id, score.index) in seen:
            raise Malformed("every answer once", f"{score.id[:64]} of {task[:80]} twice")
        seen.add((score.id, score.index))
    return tuple(scores)
