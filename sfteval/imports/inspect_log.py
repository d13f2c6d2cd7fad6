"""An inspect log in, an Imported out: a `.eval` archive, or the one JSON object of a `.json` log.

An archive is read sample by sample, so that transcripts of any length pass through without being held. A log that was
left off in the middle has no header but a start: the samples that it holds are read. Order is that of the data set.
Source: the recorders of inspect_ai 0.3.285 (log schema version 2).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.imports.archive import Archive
from sfteval.imports.hostile import BROKEN, mapping, one_line, parsed, text
from sfteval.imports.imported import Answer, Imported, first_rate
from sfteval.imports.inspect_sample import AGAIN, Sampled, read_sample
from sfteval.imports.settings import sampling_of, task_name

VERSION = 2
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
STARTS = re.compile(rb'\s*\{\s*"version"\s*:\s*\d{1,9}\s*,\s*"status"\s*:\s*"[a-z]{1,20}"\s*,\s*"eval"\s*:')
HEADER, START = "header.json", "_journal/start.json"
SAMPLE = re.compile(r"samples/.+\.json", re.DOTALL)
MAX_JSON_BYTES = 1 << 30

Place = tuple[str, Mapping[str, Any]]  # where a sample stands, and the sample


@dataclass(frozen=True, slots=True)
class _Log:
    header: Mapping[str, Any]
    samples: Iterator[Place]


def recognises(head: bytes) -> bool:
    """Return whether a file that begins so is inspect's: a zip archive, or a JSON log's first keys."""
    return head.startswith(ZIP) or STARTS.match(head) is not None


def read(path: Path) -> Imported:
    """Read a log.

    Raises: DataError for a torn or hostile file, a version that we do not know, or a sample that occurs twice.
    """
    with _opened(path) as log:
        _check_version(log.header, path)
        sampled = _in_order([read_sample(row, where) for where, row in log.samples], log.header)
    _check_unique(sampled, path)
    if not sampled:
        raise DataError(str(path), expected="at least one sample", got="none", next_move="Log with --log-samples")
    return _imported(path, log.header, sampled)


@contextmanager
def _opened(path: Path) -> Iterator[_Log]:
    with path.open("rb") as file:
        zipped = file.read(4) in ZIP
    if not zipped:
        yield _whole(path)
        return
    with Archive(path) as archive:
        header = next((name for name in (HEADER, START) if name in archive.names), None)
        if header is None:
            raise DataError(
                str(path), expected=f"an inspect log with {HEADER}", got="a zip archive without it", next_move=AGAIN
            )
        yield _Log(parsed(archive.read(header), archive.place(header), AGAIN), _members(archive))


def _members(archive: Archive) -> Iterator[Place]:
    for name in archive.names:
        if SAMPLE.fullmatch(name):
            yield archive.place(name), parsed(archive.read(name), archive.place(name), AGAIN)


def _whole(path: Path) -> _Log:
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise DataError(
            str(path),
            expected=f"a JSON log of at most {MAX_JSON_BYTES:,} bytes",
            got=f"{size:,}",
            next_move="Convert it: inspect log convert LOG --to eval --output-dir DIR",
        )
    log = parsed(path.read_bytes(), str(path), AGAIN)
    samples = log.get("samples") or []
    if not isinstance(samples, list):
        raise DataError(f"{path}, samples", expected="a list", got=type(samples).__name__, next_move=AGAIN)
    return _Log(log, ((f"{path}, sample {place}", mapping(row)) for place, row in enumerate(samples, start=1)))


def _check_version(header: Mapping[str, Any], path: Path) -> None:
    version = header.get("version")
    if version != VERSION or not isinstance(header.get("eval"), Mapping):
        raise DataError(
            str(path),
            expected=f"an inspect log of version {VERSION}",
            got=f"version {text(version) or 'none'}",
            next_move="Write it anew with an inspect that reads it: inspect log convert LOG --to eval --output-dir D",
        )


def _check_unique(sampled: Sequence[Sampled], path: Path) -> None:
    seen: set[tuple[str, int]] = set()
    digests: dict[str, str] = {}
    for one in sampled:
        name = one.question.id
        same = digests.setdefault(name, one.question.digest) == one.question.digest
        if (name, one.epoch) in seen or not same:
            raise DataError(
                str(path),
                expected="each sample once in each epoch, and the same in all",
                got=f"{text(name)} in epoch {one.epoch} {'a second time' if same else 'as another question'}",
                next_move="Two logs were joined: give each by itself",
            )
        seen.add((name, one.epoch))


def _in_order(sampled: list[Sampled], header: Mapping[str, Any]) -> list[Sampled]:
    """Return the samples as the data set has them; a log holds them as they were finished."""
    ids = mapping(mapping(header["eval"]).get("dataset")).get("sample_ids")
    places = {str(name): place for place, name in enumerate(ids if isinstance(ids, list) else ())}
    return sorted(
        sampled, key=lambda one: (places.get(one.question.id, len(places)), _natural(one.question.id), one.epoch)
    )


def _natural(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isascii() and name.isdigit() and len(name) < 20 else (1, 0, name)


# -- whose log ---------------------------------------------------------------------------------------------------------


def _imported(path: Path, header: Mapping[str, Any], sampled: Sequence[Sampled]) -> Imported:
    spec = mapping(header["eval"])
    answers = tuple(one.answer for one in sampled if one.answer is not None)
    left_out = {name for one in sampled for name in one.left_out}
    metrics = tuple(
        name for name in dict.fromkeys(n for answer in answers for n in answer.metrics) if name not in left_out
    )
    told = {**mapping(spec.get("model_generate_config")), **mapping(mapping(header.get("plan")).get("config"))}
    return Imported(
        harness="inspect",
        task=task_name(text(spec.get("task")) or ""),
        source=_source(path, header, spec),
        questions=tuple({one.question.id: one.question for one in sampled}.values()),
        answers=answers,
        metrics=metrics,
        gating=first_rate(answers, metrics),
        sampling=sampling_of({**told, "stop": told.get("stop_seqs")}),
        generated=True,
        notes=tuple(_notes(header, sampled, answers, metrics, left_out)),
    )


def _source(path: Path, header: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("task", "task_version", "task_args", "solver", "solver_args", "scorers")
    steps = [[mapping(step).get("solver"), mapping(step).get("params")] for step in _steps(header)]
    try:
        config = content_hash([[spec.get(key) for key in keys], steps])
    except BROKEN as error:
        raise DataError(str(path), expected="a plain eval", got=one_line(error), next_move=AGAIN) from error
    return {
        "harness": "inspect",
        "file": path.name,
        "version": text(mapping(spec.get("packages")).get("inspect_ai")),
        "task": text(spec.get("task")),
        "task_version": text(spec.get("task_version")),
        "model": text(spec.get("model")),
        "date": text(spec.get("created")),
        "config_sha256": config,
    }


def _steps(header: Mapping[str, Any]) -> Sequence[Any]:
    steps = mapping(header.get("plan")).get("steps")
    return steps if isinstance(steps, list) else ()


def _notes(
    header: Mapping[str, Any],
    sampled: Sequence[Sampled],
    answers: Sequence[Answer],
    metrics: Sequence[str],
    left_out: set[str],
) -> list[str]:
    unscored = sum(answer.metrics.get(name) is None for answer in answers for name in metrics)
    lost, status = len(sampled) - len(answers), text(header.get("status"))
    told = [
        (left_out, f"left out, not one number for each answer: {', '.join(sorted(left_out))}"),
        (unscored, f"{unscored:,} values are missing or no number"),
        (lost, f"{lost:,} samples ended in an error: they are missing data"),
        (status != "success", f"the log's status is {status or 'not said: it was left off'}"),
        (header.get("invalidated") is True, "inspect marks samples of this log as invalidated"),
    ]
    return [sentence for holds, sentence in told if holds]
