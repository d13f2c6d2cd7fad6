"""A judge that must earn its vote: contests and a rubric in, preferences with their failures out.

Both orders are always heard, identical answers tie without a call, and a verdict that cannot be read is a third state;
a pointwise rubric is asked of each answer by itself, and grades take the place of votes.
`validation` measures a judge on pairs whose winner is known, `lock` keeps what was found; without a lock its figures
advise and never decide. Does not know checkpoints' names, thoughts, or what a gate is.
Source: design.md 4.9; research on judges.
"""

from sfteval.judge.asking import Bench, Judge, grade, hear, prefer
from sfteval.judge.lock import Lock, lock_of, read_lock, write_lock
from sfteval.judge.rubric import Rubric, read_rubric, rubric_names
from sfteval.judge.validation import Validation, validate

__all__ = [
    "Bench",
    "Judge",
    "Lock",
    "Rubric",
    "Validation",
    "grade",
    "hear",
    "lock_of",
    "prefer",
    "read_lock",
    "read_rubric",
    "rubric_names",
    "validate",
    "write_lock",
]
