"""By whose rules a task is read: suites in, the same suites with the published metrics in place of ours out.

Scorers that know published rules give each metric twice, once as `*_reference`. Ours (`fixed`) decide unless somebody
compares with published numbers (`reference`): then those take the place of ours among a task's metrics and gating
metrics, and nothing else changes. Does not know what the rules are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sfteval.errors import ConfigurationError
from sfteval.scorers import build_scorer
from sfteval.types import Suite, Task

ScorerMode = Literal["fixed", "reference"]
REFERENCE = "_reference"


def by_rules(suites: Sequence[Suite], mode: ScorerMode) -> tuple[Suite, ...]:
    """Return the suites whose tasks show and gate by these rules; tasks without published ones stay as they are.

    Raises: ConfigurationError when no task of any suite has published rules to go by.
    """
    if mode == "fixed":
        return tuple(suites)
    read = tuple(replace(suite, tasks=tuple(map(by_reference, suite.tasks))) for suite in suites)
    if not any(name.endswith(REFERENCE) for suite in read for task in suite.tasks for name in task.metrics):
        raise ConfigurationError(
            "--scorer-mode reference",
            expected="a task with published rules (scorer constraints)",
            got=", ".join(sorted({task.scorer for suite in suites for task in suite.tasks})),
            next_move="Leave it out, or add such a suite",
        )
    return read


def by_reference(task: Task) -> Task:
    """Return the task with each metric's published form in its place, where its scorer has one."""
    known = build_scorer(task).metrics

    def published(names: Sequence[str]) -> tuple[str, ...]:
        forms = (name + REFERENCE if name + REFERENCE in known else name for name in names)
        return tuple(dict.fromkeys(forms))

    return replace(task, metrics=published(task.metrics), gating=published(task.gating))


def scoring_settings(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return for a run's settings whose rules decide and what the published ones rest on; empty without such a task.

    `resources` are name and version, or None where the data is absent and every verdict that needs it is null.
    """
    if not any(task.scorer == "constraints" for task in tasks):
        return {}
    from sfteval.scorers.instructions.bench import corpora  # here: they bring every checker with them
    from sfteval.scorers.instructions.splitting import resources

    found: Mapping[str, str | None] = resources() | corpora.resources()
    published = any(name.endswith(REFERENCE) for task in tasks for name in (*task.gating, *task.metrics[:1]))
    return {"scoring": {"rules": "reference" if published else "fixed", "resources": dict(found)}}
