"""An Imported in, a suite folder out: its questions, to be scored by `recorded` with the numbers that the log holds.

The suite holds no answer and no score: those travel with the answers, so that one suite serves every log of the same
task. Each target tells which question the numbers belong to (`question`, a hash of the whole sample there); a number
that was given to another question never counts. Does not ask or score.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import file_hash, write_atomically
from sfteval.imports.hostile import plain
from sfteval.imports.imported import Imported, Question
from sfteval.types import Task

_SUITE_TOML = """# Made of a log by `sfteval import`: its questions. The scores are the log's, kept beside each answer.
[suite]
name = {name}
version = {version}
license = "that of the task's data"
about = {about}

[[task]]
name = {name}
scorer = "recorded"
data = {data}
sha256 = "{sha256}"
metrics = {metrics}
gating = {gating} # what decides the verdict: any of the metrics, by name
margin = 0.05
samples = {samples}
sampling = {sampling}
"""


def write_suite(imported: Imported, folder: Path) -> Path:
    """Write `suite.toml` and its data into a new folder; return the folder.

    Raises: ConfigurationError where there is a suite or a run already, DataError for a log without a score.
    """
    for there in (folder / "suite.toml", folder.parent / "run.json"):
        if there.exists():
            raise ConfigurationError(
                str(folder.parent),
                expected="a new folder",
                got=f"one with {there.name}",
                next_move="Give another -o DIR",
            )
    if not imported.metrics:
        raise DataError(
            str(imported.source.get("file") or imported.harness),
            expected="at least one number for each answer",
            got=next(iter(imported.notes), "none"),
            next_move="Grade its answers with a suite of ours: sfteval score TASK --responses LOG -o DIR",
        )
    (folder / "data").mkdir(parents=True, exist_ok=True)
    data = folder / "data" / f"{imported.task}.jsonl"
    write_atomically(data, "".join(json.dumps(_row(question)) + "\n" for question in imported.questions))
    write_atomically(folder / "suite.toml", _suite_toml(imported, data))
    return folder


def differences(here: Task, there: Task) -> dict[str, list[str]]:
    """Return the ids of the questions in which two imported tasks differ, by what is different, in words."""
    mine, others = _questions(here), _questions(there)
    return {
        "questions are others under the same id": [name for name in mine if others.get(name, mine[name]) != mine[name]],
        "questions are only here": [name for name in mine if name not in others],
        "questions are only there": [name for name in others if name not in mine],
    }


def _questions(task: Task) -> dict[str, Any]:
    """Return what identifies each question, by sample id; the target of another suite identifies nothing."""
    return {
        sample.id: sample.target.get("question") if isinstance(sample.target, Mapping) else None
        for sample in task.samples
    }


def _row(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "messages": [{"role": turn.role, "content": plain(turn.content)} for turn in question.messages],
        "target": {"question": question.digest, "gold": _gold(question.target)},
    }


def _gold(target: Any) -> Any:
    """Return what was right there, as texts: it is for people, no score is made of it."""
    if isinstance(target, list):
        return [plain(str(one)) for one in target]
    return None if target is None else plain(str(target))


def _suite_toml(imported: Imported, data: Path) -> str:
    version, model = (imported.source.get(key) for key in ("version", "model"))
    about = f"{imported.task} as {imported.harness} {version or ''} asked {model or 'a model'}"
    return _SUITE_TOML.format(
        name=_toml(imported.task),
        version=_toml(str(imported.source.get("task_version") or "0")),
        about=_toml(" ".join(about.split())),
        data=_toml(f"data/{data.name}"),
        sha256=file_hash(data),
        metrics=_toml(list(imported.metrics)),
        gating=_toml(list(imported.gating)),
        samples=imported.num_answers_each,
        sampling="{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in imported.sampling.items()) + " }",
    )


def _toml(value: Any) -> str:
    """Return texts and numbers as TOML, whose escapes are those of JSON but for surrogates and the character DEL."""
    return plain(json.dumps(value, ensure_ascii=False)).replace("\x7f", "\\u007f")
