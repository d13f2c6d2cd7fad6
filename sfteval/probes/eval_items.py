"""A suite's samples in, their words out: what each one asks, and what a right answer to it is.

The question is every message of the prompt; the reference is what the target gives as an answer: a text, several, tool
calls, a JSON value. A target that only says what to check (constraints, the state of a world) has none. Both are kept
turn by turn, so that no n-gram goes from one into the other. Tool schemas are no part of either: suites share them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sfteval.probes.ngrams import words
from sfteval.types import Sample, Suite

Words = tuple[str, ...]
ANSWER_KEYS = ("value", "answer", "reference")  # under which a target that is an object may hold an answer


@dataclass(frozen=True, slots=True)
class EvalItem:
    """One evaluation item as words."""

    task: str
    id: str
    stem: str  # items of one stem share text by design
    asked: Words  # the user's turns, one behind the other
    question: tuple[Words, ...]  # every turn of the prompt
    reference: tuple[Words, ...]  # empty: there is no right answer to compare with
    content_hash: str


def items_of(suite: Suite) -> tuple[EvalItem, ...]:
    """Return the items of every task, in their order."""
    return tuple(_item(task.name, sample) for task in suite.tasks for sample in task.samples)


def call_text(name: Any, arguments: Any) -> str:
    """Return a tool call as the one text by which calls are compared."""
    return f"{name} {json_text(arguments)}"


def json_text(value: Any) -> str:
    """Return a JSON value as text that holds its words; what is no JSON is left out."""
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ""


def _item(task: str, sample: Sample) -> EvalItem:
    asked = [word for message in sample.messages if message.role == "user" for word in words(message.content)]
    return EvalItem(
        task=task,
        id=sample.id,
        stem=sample.cluster or sample.id,
        asked=tuple(asked),
        question=tuple(tuple(words(message.content)) for message in sample.messages),
        reference=tuple(tuple(words(text)) for text in _references(sample.target)),
        content_hash=sample.content_hash or sample.id,
    )


def _references(target: Any) -> Iterator[str]:
    """Yield the answers of a target, each as text."""
    if isinstance(target, dict):
        calls = target.get("calls")
        for call in calls if isinstance(calls, list) else []:
            yield call_text(call.get("name"), call.get("arguments")) if isinstance(call, dict) else json_text(call)
        yield from (json_text(target[key]) for key in ANSWER_KEYS if key in target)
    elif isinstance(target, list):
        yield from map(json_text, target)
    elif target is not None:
        yield json_text(target)
