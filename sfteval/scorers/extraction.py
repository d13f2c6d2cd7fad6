"""Which part of an answer is compared: after a marker, by a pattern, or all of it.

Options of a task: `after = "Answer:"` takes the line after the last such marker (any case), `pattern = "..."` the last
match (its first group where it has one), neither takes the whole answer. What cannot be found is None, never "".
Patterns come from data and run on an engine that can be timed out. Does not know what the part is compared with.
"""

from dataclasses import dataclass
from typing import Any

import regex

from sfteval.errors import DataError, nearest
from sfteval.types import RUBRIC, TRUTH, Sample, Task

TIMEOUT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Extraction:
    """How the compared part is found; at most one of the two is set."""

    after: str | None = None
    pattern: "regex.Pattern[str] | None" = None

    def extract(self, answer: str) -> str | None:
        """Return the compared part without white space around it; None when it is not there."""
        if self.after is not None:
            return _after(answer, self.after)
        if self.pattern is not None:
            return last_match(self.pattern, answer)
        return answer.strip()


def _after(answer: str, marker: str) -> str | None:
    """Return the rest of the line after the last marker, or the next line with text where that rest is blank."""
    at = answer.lower().rfind(marker.lower())
    if at < 0 or len(answer.lower()) != len(answer):  # a few letters change their length: look for the marker as it is
        at = answer.rfind(marker)
    if at < 0:
        return None
    rest = answer[at + len(marker) :].lstrip()
    return rest.split("\n", 1)[0].strip() or None


def extraction_of(task: Task) -> Extraction:
    """Read `after` and `pattern` from the task's options."""
    after, pattern = text_option(task, "after"), text_option(task, "pattern")
    if after is not None and pattern is not None:
        raise DataError(
            f'task "{task.name}", options', expected="after or pattern", got="both", next_move="Remove one of them"
        )
    compiled = None if pattern is None else compile_pattern(pattern, f'task "{task.name}", option "pattern"')
    return Extraction(after, compiled)


def compile_pattern(pattern: str, where: str, *, ignore_case: bool = False) -> "regex.Pattern[str]":
    """Compile a pattern from data, or say where it is broken."""
    try:
        return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
    except regex.error as error:
        raise DataError(
            where, expected="a regular expression", got=f'"{pattern}" ({error})', next_move="Mend the pattern"
        ) from None


def last_match(pattern: "regex.Pattern[str]", text: str) -> str | None:
    """Return the last match's first group, or the match; None where there is none or the time is up."""
    found = None
    try:
        for match in pattern.finditer(text, timeout=TIMEOUT_SECONDS):
            found = match
    except TimeoutError:
        return None
    if found is None:
        return None
    part = found[1] if pattern.groups else found[0]
    return None if part is None else part.strip()


def check_options(task: Task, *known: str) -> None:
    """Refuse an option that the scorer does not have; what a judge looks at is no scorer's business."""
    for name in task.options:
        if name not in (RUBRIC, TRUTH, *known):
            raise DataError(
                f'task "{task.name}", options',
                expected=f"an option of the scorer {task.scorer}",
                got=f'"{name}"',
                next_move=nearest(name, known),
            )


def text_option(task: Task, name: str) -> str | None:
    """Return a text option; None when it is absent."""
    value = task.options.get(name)
    if value is None or (isinstance(value, str) and value):
        return value
    raise _wrong_option(task, name, "a text", value)


def flag_option(task: Task, name: str, default: bool = False) -> bool:
    """Return an option that is true or false."""
    value = task.options.get(name, default)
    if isinstance(value, bool):
        return value
    raise _wrong_option(task, name, "true or false", value)


def number_option(task: Task, name: str, default: float = 0.0) -> float:
    """Return an option that is a number of at least 0."""
    value = task.options.get(name, default)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise _wrong_option(task, name, "a number of at least 0", value)


def targets_of(task: Task, sample: Sample, kind: type | tuple[type, ...], expected: str) -> tuple[Any, ...]:
    """Return the accepted answers: the target, or each entry of a list."""
    accepted = sample.target if isinstance(sample.target, list | tuple) else [sample.target]
    if accepted and all(isinstance(entry, kind) and not isinstance(entry, bool) for entry in accepted):
        return tuple(accepted)
    raise DataError(
        f'task "{task.name}", sample "{sample.id}", target',
        expected=f"{expected}, or a list of them",
        got=repr(sample.target)[:80],
        next_move="Mend the target in the task's data file",
    )


def _wrong_option(task: Task, name: str, expected: str, value: object) -> DataError:
    return DataError(
        f'task "{task.name}", option "{name}"', expected=expected, got=repr(value), next_move="Mend it in suite.toml"
    )
