"""`suites/<name>/suite.toml` and its data in, a Suite out, checked whole before the first request.

A suite is named (one of those shipped), or given as a path to a folder or a `suite.toml`. Every target is handed to
its scorer's builder here, so that an unknown constraint or a bad tool schema is an error now and not after a night of
generation. Does not know who will be asked.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, DataError, nearest
from sfteval.identity import file_hash
from sfteval.scorers import build_scorer
from sfteval.suites.rows import check_ids, read_samples
from sfteval.suites.table import Table, read_sampling
from sfteval.types import Suite, Task

SUITE_KEYS = {"name", "version", "license", "about"}
TASK_KEYS = {
    "name", "scorer", "data", "sha256", "metrics", "gating", "margin", "samples", "sampling", "cluster", "options",
    "slices", "sanity",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


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
        next_move=f"{nearest(argument, shipped_names())}. `sfteval suites new FILE.jsonl` makes one of your own",
    )


def load_suite(argument: str, *, limit: int | None = None) -> Suite:
    """Read and check a whole suite; `limit` keeps the first so many samples of each task.

    Raises: ConfigurationError for unknown keys, DataError for rows or targets that cannot be used.
    """
    folder = find_suite(argument)
    where = str(folder / "suite.toml")
    document = Table(_read_toml(folder / "suite.toml"), {"suite", "task"}, where)
    header = Table(document.table("suite"), SUITE_KEYS, f"{where}, [suite]")
    tables = document.values.get("task", [])
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(where, expected="at least one [[task]]", got="none", next_move="Add a [[task]] table")
    tasks = tuple(_task(table, folder, where, limit) for table in tables)
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(
                where, expected="task names used once", got=f'"{name}" twice', next_move="Rename one"
            )
    return Suite(
        name=header.text("name", folder.name),
        version=header.text("version", "0"),
        license=header.text("license", ""),
        about=header.text("about", ""),
        tasks=tasks,
        folder=folder,
    )


def find_task(name: str, suites: Sequence[str] = ()) -> tuple[Task, Suite]:
    """Return a task by its name, from the given suites or from the shipped ones.

    Raises: ConfigurationError when no suite has it.
    """
    known: list[str] = []
    for argument in suites or shipped_names():
        suite = load_suite(argument)
        for task in suite.tasks:
            if task.name == name:
                return task, suite
            known.append(task.name)
    raise ConfigurationError("TASK", expected="a task of a suite", got=f'"{name}"', next_move=nearest(name, known))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            str(path), expected="valid TOML", got=str(error), next_move="Mend that line"
        ) from error


def _task(table: Any, folder: Path, where: str, limit: int | None) -> Task:
    if not isinstance(table, Mapping):
        raise ConfigurationError(where, expected="[[task]] tables", got=repr(table), next_move="Write [[task]]")
    name = table.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ConfigurationError(
            f"{where}, [[task]]",
            expected="a name of up to 80 letters, digits, dots, dashes or underscores",
            got=repr(name),
            next_move='Give it a name, for example name = "answers"',
        )
    read = Table(table, TASK_KEYS, f'{where}, task "{name}"')
    data = _data_path(read, folder)
    cluster = read.text("cluster", "cluster")
    samples = tuple(read_samples(data, cluster))
    if not samples:
        raise DataError(str(data), expected="at least one row", got="an empty file", next_move="Add rows")
    check_ids(samples, data)
    if "cluster" in table and not any(sample.cluster for sample in samples):
        raise read.error("cluster", "a field that at least one row has", f'"{cluster}"', "Mend the name")
    task = Task(
        name=name,
        scorer=read.text("scorer", "exact"),
        samples=samples,
        metrics=read.texts("metrics"),
        gating=read.texts("gating"),
        margin=read.number("margin", 0.05, above=0, below=1),
        num_samples=read.whole("samples", 1, 1, 10_000),
        sampling=read_sampling(read.table("sampling"), f"{read.where}, sampling"),
        options=read.table("options"),
        slices=read.texts("slices"),
        sanity=_sanity(read),
        data_sha256=file_hash(data),
    )
    task = _with_metrics(task, read)
    return replace(task, samples=samples[:limit]) if limit is not None else task


def _with_metrics(task: Task, read: Table) -> Task:
    """Build the scorer once, which checks every target whatever the limit, and check the names of metrics."""
    known = build_scorer(task).metrics
    for key, names in (("metrics", task.metrics), ("gating", task.gating)):
        for name in names:
            if name not in known:
                raise read.error(key, f'a metric of scorer "{task.scorer}"', f'"{name}"', nearest(name, known))
    shown = task.metrics or tuple(known)
    return replace(task, metrics=(*shown, *(name for name in task.gating if name not in shown)))


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


def _data_path(read: Table, folder: Path) -> Path:
    name = read.text("data", "")
    path = folder / name
    if not name or not path.is_file():
        raise DataError(
            f"{read.where}, data", expected="a file", got=str(path), next_move="Put it there or mend the path"
        )
    expected, found = read.text("sha256", ""), file_hash(path)
    if expected and found != expected:
        raise DataError(
            f"{read.where}, data",
            expected=f"{path.name} with sha256 {expected[:12]}...",
            got=f"{found[:12]}...",
            next_move="Restore the file, or write its new sha256 and raise the suite's version",
        )
    return path
