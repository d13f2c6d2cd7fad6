"""Runs of tool calls made of raw texts, read and graded as real ones are: toys for comparing where they fail."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sfteval.chat.reading import read
from sfteval.identity import content_hash
from sfteval.scorers import build_scorer
from sfteval.types import Generation, Message, Outcome, Pair, Reading, Run, Sample, Score, Task, TaskRun
from tests.sfteval.scripted import checkpoint

WEATHER = {
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "unit": {"enum": ["c", "f"]}},
        "required": ["city"],
    },
}
BOOK = {
    "name": "book",
    "parameters": {
        "type": "object",
        "properties": {
            "guests": {"type": "array", "items": {"type": "string"}},
            "room": {"type": "object", "properties": {"beds": {"type": "integer"}}},
            "quiet": {"type": "boolean"},
            "price": {"type": "number"},
        },
    },
}
ULM = {"city": "Ulm", "days": 2, "unit": "c"}
ROOM = {"guests": ["Ann"], "room": {"beds": 2}, "quiet": True, "price": 80.5}
PROSE = "I would rather talk about it."
LOST = None  # in place of a text: transport lost the answer


def call(name: str = "weather", arguments: Any = ULM) -> str:
    """Return one call as the hermes dialect writes it."""
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


RIGHT = call()
BRACKET = RIGHT.replace("}}", "}")  # the JSON lacks its end
UNCLOSED = RIGHT.removesuffix("\n</tool_call>")
CUT = RIGHT[:30]  # the token limit came within it


def asking(*wanted: Sequence[tuple[str, Any]], turns: Sequence[int] = (), **fields: Any) -> Task:
    """Return a task with one sample for each list of expected calls; `turns` says in which turn each is asked."""
    samples = tuple(
        Sample(
            f"s{place}",
            tuple(Message("user", "And now?") for _ in range(turns[place] if turns else 1)),
            (WEATHER, BOOK),
            {"calls": [{"name": name, "arguments": arguments} for name, arguments in calls]},
            content_hash=content_hash(place),
        )
        for place, calls in enumerate(wanted)
    )
    return Task("tools", "toolcalls", samples, ("exact", "ast"), **fields)


def run_calling(of: Task, texts: Sequence[str | None], name: str = "a") -> Run:
    """Return a run whose answer i is text i; answers go round the samples, one index after the other."""
    scorer, rows = build_scorer(of), []
    for place, text in enumerate(texts):
        index, position = divmod(place, len(of.samples))
        sample = of.samples[position]
        reason = "error" if text is LOST else "length" if text == CUT else "stop"
        said = Generation(of.name, sample.id, index, content_hash(place), text or "", reason)
        reading = read(said, "hermes")
        if reading.outcome is Outcome.ERROR:
            rows.append((said, reading, Score(sample.id, index, reading.outcome, dict.fromkeys(scorer.metrics))))
        else:
            graded = scorer.grade(sample, reading)
            rows.append((said, reading, Score(sample.id, index, reading.outcome, graded.metrics, graded.detail)))
    generations, readings, scores = zip(*rows, strict=True)
    return Run(checkpoint(name), {"sampling": {}}, (TaskRun(of, generations, readings, scores),), Path())


def failing(a: dict[str, Any], b: dict[str, Any], outcomes: tuple[Outcome, Outcome] = (Outcome.OK, Outcome.OK)) -> Pair:
    """Return a pair whose scores have these details, whatever was said."""
    readings = [Reading(outcome, "so") for outcome in outcomes]
    scores = [Score("s0", 0, outcome, {"exact": 0.0}, detail) for outcome, detail in zip(outcomes, (a, b), strict=True)]
    return Pair("any", Sample("s0", (Message("user", "?"),)), 0, *readings, *scores)
