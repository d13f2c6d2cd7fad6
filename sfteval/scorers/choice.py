"""Multiple choice: the letter that the answer settles on equals the target's letter.

Metric `accuracy`. Options: `after` or `pattern` (see `extraction`). Looks, in this order, for a letter alone, a letter
that the text names as its answer, a letter with its mark at the beginning of a line ("B)"), a marked letter ("(B)",
"**B**"), and, with `metadata.choices`, for the one choice whose text stands in the answer. The article "A" is none. The
target is a letter A-J, or a list of which any is right. Does not guess: no letter is a failure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sfteval.errors import DataError
from sfteval.scorers.extraction import Extraction, check_options, extraction_of, targets_of
from sfteval.types import Graded, Reading, Sample, Task

LETTERS = "ABCDEFGHIJ"
ALONE = re.compile(r"[\s\"'*(\[]*([A-Ja-j])[\s\"'*)\].:]*")
NAMED = re.compile(
    r"(?i:answer|choice|option)(?i:\s+is)?\s*[:=]?\s*[\"'*(\[]{0,3}([A-J](?![\w'])|[a-j](?=[.)\]*]|\s*$))"
)
LINE = re.compile(r"^[ \t*]*\(?([A-J])[).:](?!\w)", re.MULTILINE)
MARKED = re.compile(r"\(([A-J])\)|\*\*([A-J])[).:]?\*\*|\[([A-J])\]")


@dataclass(frozen=True, slots=True)
class Choice:
    """Compares letters."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    extraction: Extraction
    accepted: Mapping[str, tuple[str, ...]]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `accuracy` 1 when the letter is an accepted one."""
        part = self.extraction.extract(reading.answer)
        choices = sample.metadata.get("choices") or ()
        letter = None if part is None else letter_of(part, choices)
        right = letter is not None and letter in self.accepted[sample.id]
        return Graded({"accuracy": float(right)}, {"extracted": letter, "target": sample.target})


def build(task: Task) -> Choice:
    """Check options and targets."""
    check_options(task, "after", "pattern")
    return Choice(extraction_of(task), {sample.id: _letters(task, sample) for sample in task.samples})


def letter_of(text: str, choices: Sequence[str] = ()) -> str | None:
    """Return the letter that a text settles on; None where it settles on none."""
    if alone := ALONE.fullmatch(text):
        return alone[1].upper()
    for pattern in (NAMED, LINE, MARKED):
        found = [str(next(filter(None, match.groups()))) for match in pattern.finditer(text)]
        if found:
            return found[-1].upper()
    return _letter_by_text(text.casefold(), choices)


def _letter_by_text(text: str, choices: Sequence[str]) -> str | None:
    present = [letter for letter, choice in zip(LETTERS, choices, strict=False) if str(choice).casefold() in text]
    return present[0] if len(present) == 1 else None


def _letters(task: Task, sample: Sample) -> tuple[str, ...]:
    letters = tuple(letter.strip().upper() for letter in targets_of(task, sample, str, "a letter A-J"))
    if all(len(letter) == 1 and letter in LETTERS for letter in letters):
        return letters
    raise DataError(
        f'task "{task.name}", sample "{sample.id}", target',
        expected="a letter A-J, or a list of them",
        got=repr(sample.target)[:80],
        next_move="Mend the target in the task's data file",
    )
