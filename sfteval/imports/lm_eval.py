"""lm-eval's `samples_TASK_DATE.jsonl` in, an Imported out; `results_DATE.json` beside it tells which model it was.

Rows of one document under several filters are one question, its metrics named `metric,filter` as in lm-eval's own
tables. Metrics that are lists or tuples (they mean something over the whole task only) and those of which less is
better are left out, by name. lm-eval does not record why an answer ended, so that one cut short counts as finished.
Source: `evaluate` and `EvaluationTracker` of lm-eval 0.4.13.
"""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.imports.hostile import lines_of, mapping, parsed, text
from sfteval.imports.imported import Answer, Imported, first_rate
from sfteval.imports.lm_eval_row import AGAIN, Row, read_row
from sfteval.imports.settings import sampling_of, task_name

STARTS = re.compile(rb'\s*\{\s*"doc_id"\s*:\s*[^,]{1,80},\s*"doc"\s*:')
AGGREGATED = re.compile(rb'\s*\{\s*"results"\s*:\s*\{')
NEEDED = frozenset(("doc_id", "doc", "arguments", "resps"))
NAMED = re.compile(r"samples_(?P<task>.+?)(?:_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+))?\.jsonl")
UNNAMED = "lm-eval"  # the task of a file that was renamed: a row does not tell its task
MAX_RESULTS_BYTES = 1 << 26
LESS_IS_BETTER = frozenset(
    ("perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "brier_score", "ter", "wer", "mse", "mae")
)  # where `results_DATE.json` does not tell


def recognises(head: bytes) -> bool:
    """Return whether a file that begins so is lm-eval's: its samples, or its aggregated results."""
    if STARTS.match(head) or AGGREGATED.match(head):
        return True
    try:
        row = json.loads(head.strip().split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and row.keys() >= NEEDED


def read(path: Path) -> Imported:
    """Read a samples file.

    Raises: DataError for a torn line, a document that occurs twice, or a file of aggregated results.
    """
    _refuse_aggregated(path)
    documents = _documents(path)
    named = NAMED.search(path.name)
    results = _results(path, named["date"] if named else None)
    task = named["task"] if named else UNNAMED
    rows = [row for group in documents.values() for row in group]
    left_out, worse = _left_out(rows), _less_is_better(rows, results, task)
    seen = dict.fromkeys(name for row in rows for name in row.values)
    metrics = tuple(name for name in seen if name not in left_out and name not in worse)
    answers = tuple(answer for group in documents.values() for answer in _answers(group, metrics))
    generated = all(row.generated for row in rows)
    return Imported(
        harness="lm-eval",
        task=task_name(task),
        source=_source(path, results, task, named["date"] if named else None),
        questions=tuple(group[0].question for group in documents.values()),
        answers=answers,
        metrics=metrics,
        gating=first_rate(answers, metrics),
        sampling=sampling_of(rows[0].sampling),
        generated=generated,
        notes=tuple(_notes(answers, metrics, left_out, worse, results, generated)),
    )


def _refuse_aggregated(path: Path) -> None:
    with path.open("rb") as file:
        if AGGREGATED.match(file.read(1024)):
            raise DataError(
                str(path),
                expected="lm-eval's samples, one answer a line",
                got="its aggregated results",
                next_move="Run lm_eval with --log_samples and give samples_TASK_DATE.jsonl",
            )


def _documents(path: Path) -> dict[str, list[Row]]:
    """Return the rows by document, in the order of the file."""
    documents: dict[str, list[Row]] = {}
    for where, line in lines_of(path):
        row = read_row(parsed(line, where, AGAIN), where)
        known = documents.setdefault(row.question.id, [])
        if any(other.filter == row.filter or other.question.digest != row.question.digest for other in known):
            raise DataError(
                where,
                expected="each document once for each filter",
                got=f"doc_id {row.question.id} a second time",
                next_move="Two runs were written into one file: give each its own --output_path",
            )
        known.append(row)
    return documents


def _answers(group: Sequence[Row], metrics: Sequence[str]) -> list[Answer]:
    """Return one answer for each repeat; lm-eval gives one number to all of them, which each carries."""
    values = {name: value for row in group for name, value in row.values.items() if name in metrics}
    extracted = {name: shown for row in group for name, shown in row.extracted.items()}
    return [
        Answer(group[0].question.id, index, said, "stop", values, extracted)
        for index, said in enumerate(group[0].texts)
    ]


# -- which metrics -----------------------------------------------------------------------------------------------------


def _left_out(rows: Sequence[Row]) -> set[str]:
    return {name for row in rows for name in row.left_out}


def _less_is_better(rows: Sequence[Row], results: Mapping[str, Any], task: str) -> set[str]:
    told = mapping(mapping(results.get("higher_is_better")).get(task))
    names = {name for row in rows for name in row.values}
    return {name for name in names if _is_worse(name.split(",")[0], told)}


def _is_worse(metric: str, told: Mapping[str, Any]) -> bool:
    higher = told.get(metric)
    return not higher if isinstance(higher, bool) else metric in LESS_IS_BETTER


# -- whose log ---------------------------------------------------------------------------------------------------------


def _results(path: Path, date: str | None) -> Mapping[str, Any]:
    """Return the aggregated results of the same call; empty where they are not there."""
    for beside in sorted(path.parent.glob(f"*_{date}.json")) if date else ():
        with contextlib.suppress(DataError, OSError):
            if beside.stat().st_size <= MAX_RESULTS_BYTES:
                found = parsed(beside.read_bytes(), str(beside), AGAIN)
                if isinstance(found.get("results"), Mapping):
                    return found
    return {}


def _source(path: Path, results: Mapping[str, Any], task: str, date: str | None) -> dict[str, Any]:
    config = mapping(results.get("configs")).get(task)
    with contextlib.suppress(ValueError, RecursionError):
        config = content_hash(config) if config else None
    return {
        "harness": "lm-eval",
        "file": path.name,
        "version": text(results.get("lm_eval_version")),
        "task": task,
        "task_version": text(str(mapping(results.get("versions")).get(task, ""))),
        "model": text(results.get("model_name")),
        "date": date,
        "config_sha256": text(config),
    }


def _notes(
    answers: Sequence[Answer],
    metrics: Sequence[str],
    left_out: set[str],
    worse: set[str],
    results: Mapping[str, Any],
    generated: bool,
) -> list[str]:
    unscored = sum(answer.metrics.get(name) is None for answer in answers for name in metrics)
    repeats = max((answer.index + 1 for answer in answers), default=1)
    told = [
        (left_out, f"left out, not one number for each answer: {', '.join(sorted(left_out))}"),
        (worse, f"left out, less of it is better: {', '.join(sorted(worse))}"),
        (unscored, f"{unscored:,} values are missing or no number"),
        (repeats > 1, f"{repeats} answers to a question, each with the score that all of them got together"),
        (generated, "lm-eval does not record why an answer ended: one that was cut short counts as finished"),
        (not generated, "given continuations were rated: the model wrote nothing"),
        (not results, "no results_DATE.json beside it: model, versions and configuration are not known"),
    ]
    return [sentence for holds, sentence in told if holds]
