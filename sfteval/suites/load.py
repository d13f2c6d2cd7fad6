"""`suites/<name>/suite.toml` and its data in, a Suite out, checked whole before the first request.

A suite is named (one of those shipped), given as a path to a folder or a `suite.toml`, or made of tasks of lm-eval
(`lm-eval:TASK`). Every target is handed to its scorer's builder here, so that an unknown constraint or a bad tool
schema is an error now and not after a night of generation. Does not know who will be asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, nearest
from sfteval.scorers import build_scorer
from sfteval.suites.outline import TaskOutline, read_outline
from sfteval.suites.source import read_source
from sfteval.suites.table import Table, read_sampling
from sfteval.types import Suite, Task

LM_EVAL = "lm-eval:"


def shipped_folder() -> Path:
    """Return the folder of the shipped suites: inside an installed package, or beside it in a checkout."""
    installed = Path(__file__).parent.parent / "_suites"
    return installed if installed.is_dir() else Path(__file__).parent.parent.parent / "suites"


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped suites."""
    return tuple(sorted(path.parent.name for path in shipped_folder().glob("*/suite.toml")))


def find_suite(argument: str) -> Path:
    """Return the folder of a suite given by name or by path.

    Raises: ConfigurationError for a name that is not shipped and no path.
    """
    path = Path(argument)
    if path.name == "suite.toml" and path.is_file():
        return path.parent
    if (path / "suite.toml").is_file():
        return path
    if argument in shipped_names():
        return shipped_folder() / argument
    raise ConfigurationError(
        "--suite",
        expected="the name of a shipped suite or a folder with a suite.toml",
        got=f'"{argument}"',
        next_move=_holders(argument)
        or f"{nearest(argument, shipped_names())}. `sfteval suites new FILE.jsonl` makes one of your own",
    )


def _holders(name: str) -> str:
    """Return in which shipped suites a task of this name is; "": in none."""
    holders = [suite for suite in shipped_names() if name in _task_names(suite)]
    return f"It is a task of {', '.join(holders)}: write --suite {holders[0]}" if holders else ""


def load_suite(argument: str, *, limit: int | None = None, only: str | None = None) -> Suite:
    """Read and check a whole suite; `limit` keeps the first so many samples of each task, `only` one of its tasks.

    Raises: ConfigurationError for unknown keys, DataError for rows or targets that cannot be used.
    """
    if argument.startswith(LM_EVAL):
        from sfteval.suites.lm_eval_suite import load_lm_eval  # here: nobody else should wait for lm-eval

        return load_lm_eval(argument, limit=limit)
    declared = read_outline(find_suite(argument))
    return Suite(
        name=declared.name,
        version=declared.version,
        license=declared.license,
        about=declared.about,
        tasks=tuple(_task(task, limit) for task in declared.tasks if only in (None, task.name)),
        folder=declared.folder,
    )


def find_task(name: str, suites: Sequence[str] = ()) -> tuple[Task, Suite]:
    """Return a task by its name, from the given suites or from the shipped ones; no other task's data is read.

    A suite of that very name is looked at first: `toolcalls` is the task of the suite `toolcalls`, and not the one that
    the suite `starter` has too.
    Raises: ConfigurationError when no suite has it.
    """
    known: list[str] = []
    for argument in sorted(suites or shipped_names(), key=lambda argument: _folder_name(argument) != name):
        names = _task_names(argument)
        if name in names:
            suite = load_suite(argument, only=name)
            return next(task for task in suite.tasks if task.name == name), suite
        known.extend(names)
    raise ConfigurationError("TASK", expected="a task of a suite", got=f'"{name}"', next_move=nearest(name, known))


def _folder_name(argument: str) -> str:
    """Return the last part of a suite's name or path, without its `suite.toml`."""
    path = Path(argument)
    return path.parent.name if path.name == "suite.toml" else path.name


def _task_names(argument: str) -> list[str]:
    """Return the names of a suite's tasks; those of lm-eval are not known without loading them."""
    if argument.startswith(LM_EVAL):
        return [task.name for task in load_suite(argument).tasks]
    return [task.name for task in read_outline(find_suite(argument)).tasks]


def _task(declared: TaskOutline, limit: int | None) -> Task:
    read = declared.table
    samples, data_sha256 = read_source(declared.source, read.text("cluster", "cluster"))
    if "cluster" in read.values and not any(sample.cluster for sample in samples):
        named = read.text("cluster", "cluster")
        raise read.error("cluster", "a field that at least one row has", f'"{named}"', "Mend the name")
    task = Task(
        name=declared.name,
        scorer=declared.scorer,
        samples=samples,
        metrics=read.texts("metrics"),
        gating=declared.gating,
        margin=declared.margin,
        num_samples=read.whole("samples", 1, 1, 10_000),
        sampling=read_sampling(read.table("sampling"), f"{read.where}, sampling"),
        options=read.table("options"),
        slices=read.texts("slices"),
        sanity=_sanity(read),
        data_sha256=data_sha256,
    )
    _check_slices(task, read)
    task = _with_metrics(task, read)
    _check_dialect(task, read)
    return replace(task, samples=samples[:limit]) if limit is not None else task


def _check_slices(task: Task, read: Table) -> None:
    fields = sorted({field for sample in task.samples for field in sample.metadata})
    for name in task.slices:
        if name not in fields:
            expected = "a metadata field that at least one row has"
            raise read.error("slices", expected, f'"{name}"', nearest(name, fields))


def _with_metrics(task: Task, read: Table) -> Task:
    """Build the scorer once, which checks every target whatever the limit, and check the names of metrics."""
    known = build_scorer(task).metrics
    for key, names in (("metrics", task.metrics), ("gating", task.gating)):
        for name in names:
            if name not in known:
                raise read.error(key, f'a metric of scorer "{task.scorer}"', f'"{name}"', nearest(name, known))
    shown = task.metrics or tuple(known)
    return replace(task, metrics=(*shown, *(name for name in task.gating if name not in shown)))


def _check_dialect(task: Task, read: Table) -> None:
    """Refuse the name of a dialect that no reader has, before anything is asked."""
    said = task.options.get("dialect")
    if said is None:
        return
    from sfteval.chat.dialects import DIALECTS  # here: nobody else should wait for the room of the templates

    if said not in DIALECTS:
        expected, got = "a known tool-call dialect", f'"{said}"'
        raise read.error("options.dialect", expected, got, nearest(str(said), DIALECTS))


def _sanity(read: Table) -> dict[str, Any]:
    """Read `sanity = {field, value, floor}`: a side below the floor on that slice never learned the task."""
    table = Table(read.table("sanity"), {"field", "value", "floor"}, f"{read.where}, sanity")
    if not table.values:
        return {}
    field = table.text("field", "")
    if field not in read.texts("slices"):
        raise table.error("field", "one of slices", f'"{field}"', "Add it to slices")
    if not isinstance(table.values.get("value"), str | int):
        raise table.error("value", "a text or a whole number", repr(table.values.get("value")), "Mend the value")
    return {"field": field, "value": table.values["value"], "floor": table.number("floor", 0.5, above=0, below=1)}
