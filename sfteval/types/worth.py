"""What an answer was worth: checks, grades, scores, and the runs that hold them. Knows one side only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.types.answered import Generation, Outcome, Reading
from sfteval.types.asked import Checkpoint
from sfteval.types.conversation import Json
from sfteval.types.suite import Task


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint's verdict on one text."""

    ok: bool
    reason: str
    measured: Any = None  # JSON: the number or the text that decided


@dataclass(frozen=True, slots=True)
class Graded:
    """What a scorer returns for one reading: metrics by name, and the detail behind them."""

    metrics: Mapping[str, float | None]  # None: cannot be computed, and is not a zero
    detail: Json = field(default_factory=dict)
    stands: bool = False  # kept where the answer is cut or empty: another harness's own verdict, who has seen that


@dataclass(frozen=True, slots=True)
class Score:
    """One line of `scores/<task>.jsonl`."""

    sample_id: str
    sample_index: int
    outcome: Outcome
    metrics: Mapping[str, float | None]
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One checkpoint's generations and scores on one task, in the order of the task's samples; views of files maybe."""

    task: Task
    generations: Sequence[Generation]
    readings: Sequence[Reading]
    scores: Sequence[Score]
    unasked: tuple[str, ...] = ()  # of prompts that a stored side answered, and that are not asked now as they were
    absent: frozenset[tuple[str, int]] = frozenset()  # samples and indices that a stored side was never asked for


@dataclass(frozen=True, slots=True)
class Run:
    """One checkpoint over suites."""

    checkpoint: Checkpoint
    settings: Json  # sampling and template kwargs by task, backend, versions
    tasks: tuple[TaskRun, ...]
    folder: Path | None = None
