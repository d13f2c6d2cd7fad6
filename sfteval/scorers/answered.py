"""Prompts without a target: did the model come to an answer at all?

For suites of one's own prompts, which are asked to be read side by side. Does not know what a good answer is.
"""

from typing import ClassVar

from sfteval.types import Graded, Outcome, Reading, Sample, Task


class Answered:
    """1 for an answer that came to its end and says something, 0 otherwise."""

    metrics: ClassVar[tuple[str, ...]] = ("answered",)

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        said = bool(reading.answer.strip() or reading.tool_calls)
        return Graded(
            {"answered": float(reading.outcome is Outcome.OK and said)}, {"num_characters": len(reading.answer)}
        )


def build(task: Task) -> Answered:
    """Return the scorer; any target is accepted and ignored."""
    return Answered()
