"""The nouns of another harness's log, frozen: what was asked, what was said, what each answer was worth there.

Knows no file format and none of our suites.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfteval.types import FinishReason, Json, Message


@dataclass(frozen=True, slots=True)
class Question:
    """One sample as the other harness knows it."""

    id: str  # its id there: lm-eval's doc_id, inspect's sample id
    messages: tuple[Message, ...]  # what was asked, for people: without a chat template, the same for every model
    target: Any  # what was right there: a text or a list of texts
    digest: str  # hash of the whole sample there: two logs that differ in it have asked different things
    names: tuple[str, ...] = ()  # ids that the data itself gives, such as IFEval's key
    prompts: tuple[str, ...] = ()  # texts by which a suite of ours may know it


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one Question, with the numbers that the other harness gave it."""

    question: str  # the Question's id
    index: int  # 0 for the first answer to it
    text: str
    finish_reason: FinishReason
    metrics: Mapping[str, float | None]  # None: recorded as not scored
    extracted: Mapping[str, str] = field(default_factory=dict)  # what the other harness compared, by filter or scorer
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Imported:
    """One log: one model's answers to one task."""

    harness: str
    task: str
    source: Json  # version, model, date, config_sha256 and what else identifies the log; null where it does not tell
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    metrics: tuple[str, ...]  # one number for each answer, more is better
    gating: tuple[str, ...]  # of these, what a verdict may rest on
    sampling: Json  # keys of Sampling, as far as the log tells
    generated: bool  # false: the model wrote nothing, given choices were rated
    notes: tuple[str, ...]  # what was left out or is not known, one sentence each

    @property
    def name(self) -> str:
        """The model's name without its path, for people; "": not known."""
        return str(self.source.get("model") or "").rstrip("/").split("/")[-1]

    @property
    def num_answers_each(self) -> int:
        """The largest number of answers to one question."""
        return max((answer.index + 1 for answer in self.answers), default=1)

    @property
    def said(self) -> str:
        """What this is, on one line."""
        version, model, date = (self.source.get(key) for key in ("version", "model", "date"))
        parts = [
            f"{self.harness} {version or 'of unknown version'}",
            f"task {self.task}",
            f"model {model or 'unknown'}",
            *([str(date)] if date else []),
            f"{len(self.answers):,} answers to {len(self.questions):,} questions",
        ]
        return ", ".join(parts)


def first_rate(answers: tuple[Answer, ...], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first metric that is a rate, in [0, 1] wherever it is known: of it a margin of 0.05 has a meaning."""
    for metric in metrics:
        values = [value for answer in answers if (value := answer.metrics.get(metric)) is not None]
        if values and all(0.0 <= value <= 1.0 for value in values):
            return (metric,)
    return ()
