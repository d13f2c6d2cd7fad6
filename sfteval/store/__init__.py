"""Run directories: append-only, fsynced before an answer counts, tolerant of a torn last line.

`runs/<name>-<fingerprint8>/` holds `run.json` (identity, versions, settings), `generations/<task>.jsonl`,
`trajectories/<task>.jsonl` of agent tasks, and `scores/<task>.jsonl`. What is stored is read where it lies: an index
says which line answers which question, and a line is parsed when somebody looks at it, so that memory does not grow
with the answers. Does not know how answers are made or what they are worth.
"""

from sfteval.store.answers import Answers
from sfteval.store.folder import RunFolder
from sfteval.store.rows import AnswerLine
from sfteval.store.views import LazySequence

__all__ = ["AnswerLine", "Answers", "LazySequence", "RunFolder"]
