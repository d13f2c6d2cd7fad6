"""`gate.toml` in, the rules of a gate out: which metrics decide, with what margin, how sure, and what must never break.

    alpha = 0.05            # one-sided; intervals are at 1 - 2 alpha
    min_n = 100             # fewer prompts decide nothing
    max_missing = 0.02      # a larger share of lost answers makes a task not comparable
    regress_when = "worse"  # or "beyond_margin": only what is shown to be worse than the margin

    [[task]]
    name = "reasoning"
    gating = ["accuracy"]
    margin = 0.03
    golden = ["r-0007"]     # samples that the candidate may not lose where the baseline has them

Where a task is named, only named tasks decide; where none is, the suites' own `gating` and `margin` stand.
Does not decide.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sfteval.errors import ConfigurationError, nearest
from sfteval.identity import file_hash
from sfteval.scorers import build_scorer
from sfteval.suites import Table
from sfteval.types import GRADE, PREFERENCE, RUBRIC, Json, Suite, Task

KEYS = {"alpha", "min_n", "max_missing", "regress_when", "task"}
TASK_KEYS = {"name", "gating", "margin", "golden"}
WHEN = ("worse", "beyond_margin")


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What one task decides by."""

    gating: tuple[str, ...] | None = None  # None: as the suite says
    margin: float | None = None
    golden: tuple[str, ...] = ()  # sample ids


@dataclass(frozen=True, slots=True)
class Rules:
    """How a gate decides."""

    alpha: float = 0.05
    min_n: int = 0
    max_missing: float = 0.02
    regress_when: Literal["worse", "beyond_margin"] = "worse"
    tasks: Mapping[str, TaskRule] | None = None  # None: the suites' own
    sha256: str = ""  # of the file; "": there is none

    def record(self) -> Json:
        """Return what a report says of the rules; empty for the suites' own."""
        if not self.sha256:
            return {}
        golden = sum(len(rule.golden) for rule in (self.tasks or {}).values())
        told = {"alpha": self.alpha, "min_n": self.min_n, "max_missing": self.max_missing}
        return told | {"regress_when": self.regress_when, "num_golden": golden, "sha256": self.sha256}


STANDARD = Rules()


def read_rules(path: Path) -> Rules:
    """Read a `gate.toml`.

    Raises: ConfigurationError for what is no TOML, an unknown key, or a value out of range.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(str(path), expected="a gate.toml", got=said, next_move="Mend the file") from error
    read = Table(document, KEYS, str(path))
    when = read.text("regress_when", "worse")
    if when not in WHEN:
        raise read.error("regress_when", '"worse" or "beyond_margin"', f'"{when}"', nearest(when, WHEN))
    return Rules(
        alpha=read.number("alpha", STANDARD.alpha, above=0, below=0.5),
        min_n=read.whole("min_n", STANDARD.min_n, 0, 10**9),
        max_missing=read.number("max_missing", STANDARD.max_missing, above=-1e-9, below=1),
        regress_when="worse" if when == "worse" else "beyond_margin",
        tasks=dict(_tasks(read)) if "task" in document else None,
        sha256=file_hash(path),
    )


def gated(suites: Sequence[Suite], rules: Rules, rubrics: Collection[str] = ()) -> tuple[Suite, ...]:
    """Return the suites whose tasks gate as the rules say; `rubrics` names further tasks that are judged.

    Raises: ConfigurationError for a task, a metric or a golden sample that the suites do not have, and for a file by
    which nothing decides: a gate that guards nothing would let everything pass.
    """
    made = _made(suites, rules, rubrics)
    golden = any(rule.golden for rule in (rules.tasks or {}).values())
    if rules.sha256 and not golden and not any(task.gating for suite in made for task in suite.tasks):
        expected, move = "a metric that gates or a golden sample", 'Add gating = ["METRIC"] to a [[task]]'
        raise ConfigurationError("--gate", expected=expected, got="neither in any task", next_move=move)
    return made


def _made(suites: Sequence[Suite], rules: Rules, rubrics: Collection[str]) -> tuple[Suite, ...]:
    if rules.tasks is None:
        return tuple(suites)
    known = [task.name for suite in suites for task in suite.tasks]
    for name in rules.tasks:
        if name not in known:
            next_move = nearest(name, known)
            raise ConfigurationError("--gate", expected="a task of the suites", got=f'"{name}"', next_move=next_move)
    named = rules.tasks
    return tuple(
        replace(suite, tasks=tuple(_gated(task, named.get(task.name), rubrics) for task in suite.tasks))
        for suite in suites
    )


def with_tasks(suites: Sequence[Suite], names: Sequence[str] | None) -> tuple[Suite, ...]:
    """Return the suites with these of their tasks only; None: with all."""
    if names is None:
        return tuple(suites)
    kept = (replace(suite, tasks=tuple(task for task in suite.tasks if task.name in names)) for suite in suites)
    return tuple(suite for suite in kept if suite.tasks)


def _gated(task: Task, rule: TaskRule | None, rubrics: Collection[str]) -> Task:
    if rule is None:
        return replace(task, gating=())
    gating = task.gating if rule.gating is None else rule.gating
    is_judged = task.name in rubrics or task.options.get(RUBRIC)
    judged = (PREFERENCE, GRADE) if is_judged else ()  # no scorer's: they come with a judge
    known = (*build_scorer(task).metrics, *judged)
    for name in gating:
        if name not in known:
            raise _unknown(task, "gating", f'a metric of scorer "{task.scorer}"', name, known)
    ids = {sample.id for sample in task.samples}
    for name in rule.golden:
        if name not in ids:
            raise _unknown(task, "golden", "the id of a sample that is asked", name, ids)
    shown = (*task.metrics, *(name for name in gating if name not in (*task.metrics, *judged)))
    return replace(task, metrics=shown, gating=gating, margin=task.margin if rule.margin is None else rule.margin)


def _unknown(task: Task, key: str, expected: str, got: str, known: Any) -> ConfigurationError:
    where = f'--gate, task "{task.name}", {key}'
    return ConfigurationError(where, expected=expected, got=f'"{got}"', next_move=nearest(got, known))


def _tasks(read: Table) -> Iterator[tuple[str, TaskRule]]:
    tables = read.values["task"]
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise read.error("task", "[[task]] tables", repr(tables), "Write [[task]]")
    seen: set[str] = set()
    for table in tables:
        part = Table(table, TASK_KEYS, f"{read.where}, [[task]]")
        name = part.text("name", "")
        if not name:
            raise part.error("name", "the name of a task", "none", 'Add name = "..."')
        if name in seen:
            raise part.error("name", "every task once", f'"{name}" twice', "Make one table of the two")
        seen.add(name)
        margin = part.number("margin", 0.0, above=0, below=1) if "margin" in table else None
        yield name, TaskRule(part.texts("gating") if "gating" in table else None, margin, part.texts("golden"))
