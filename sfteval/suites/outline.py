"""A `suite.toml` in, what it declares out, without a look at its data: quick, and possible where the data is not there.

Does not know what a row is. `load` makes a Suite of an outline.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.suites.source import Source
from sfteval.suites.table import Table

SUITE_KEYS = {"name", "version", "license", "about"}
TASK_KEYS = {
    "name", "scorer", "data", "answers", "hub", "origin", "format", "sha256", "content_sha256", "metrics", "gating",
    "margin", "samples", "sampling", "cluster", "options", "slices", "sanity",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class TaskOutline:
    """A task as its table tells it: no key unknown, no row read."""

    name: str
    table: Table
    source: Source

    @property
    def scorer(self) -> str:
        """The scorer's name."""
        return self.table.text("scorer", "exact")

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics as they are named; none: those of the scorer."""
        return self.table.texts("metrics")

    @property
    def gating(self) -> tuple[str, ...]:
        """The metrics that decide the verdict."""
        return self.table.texts("gating")

    @property
    def margin(self) -> float:
        """A loss smaller than this is accepted."""
        return self.table.number("margin", 0.05, above=0, below=1)


@dataclass(frozen=True, slots=True)
class SuiteOutline:
    """A suite as its file tells it."""

    name: str
    version: str
    license: str
    about: str
    folder: Path
    tasks: tuple[TaskOutline, ...]

    def absent(self) -> tuple[TaskOutline, ...]:
        """Return the tasks whose data is on no disk that we know of."""
        return tuple(task for task in self.tasks if task.source.path() is None or task.source.missing())


def read_outline(folder: Path) -> SuiteOutline:
    """Read a suite's file and check its keys.

    Raises: ConfigurationError for TOML that is broken, unknown keys, and a task's name that is missing or used twice.
    """
    where = str(folder / "suite.toml")
    document = Table(_read_toml(folder / "suite.toml"), {"suite", "task"}, where)
    header = Table(document.table("suite"), SUITE_KEYS, f"{where}, [suite]")
    tables = document.values.get("task", [])
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(where, expected="at least one [[task]]", got="none", next_move="Add a [[task]] table")
    tasks = tuple(_task(table, folder, where) for table in tables)
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(
                where, expected="task names used once", got=f'"{name}" twice', next_move="Rename one"
            )
    return SuiteOutline(
        name=header.text("name", folder.name),
        version=header.text("version", "0"),
        license=header.text("license", ""),
        about=header.text("about", ""),
        folder=folder,
        tasks=tasks,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            str(path), expected="valid TOML", got=str(error), next_move="Mend that line"
        ) from error


def _task(table: Any, folder: Path, where: str) -> TaskOutline:
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
    return TaskOutline(name, read, Source.read(read, folder))
