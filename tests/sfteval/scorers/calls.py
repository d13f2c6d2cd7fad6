"""Toys for the tests of tool calls: two tools, calls of them, and their grading."""

from typing import Any

from sfteval.scorers import build_scorer
from sfteval.types import Fault, Graded, Outcome, Reading, Sample, Task, ToolCall

ADD = {
    "type": "function",
    "function": {
        "name": "add_numbers",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "number"}, "unit": {"enum": ["cm", "m"]}},
            "required": ["a"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments, f"<{name}>", 7, 9)


def broken(code: str = "json_invalid", layer: str = "json") -> ToolCall:
    return ToolCall("", None, "<x>", 7, 9, Fault(code, layer, "Expecting value", 8, "near here"))


def grade(
    target: list | dict,
    *calls: ToolCall,
    outcome: Outcome = Outcome.OK,
    faults: tuple = (),
    tools: tuple = (ADD, TIME),
    server: tuple | None = None,
) -> Graded:
    if isinstance(target, list):
        target = {"calls": [{"name": name, "arguments": arguments} for name, arguments in target]}
    sample = Sample("s1", (), tools=tools, target=target)
    scorer = build_scorer(Task("tools", "toolcalls", (sample,), ("exact",)))
    return scorer.grade(sample, Reading(outcome, "", None, calls, faults, server_calls=server))


def metrics(*arguments: Any, **options: Any) -> tuple[float | None, float | None, float | None]:
    found = grade(*arguments, **options).metrics
    return found["exact"], found["schema_valid"], found["parse"]


WANT = [("add_numbers", {"a": 1, "b": 2})]

BOOK = {
    "name": "book",
    "parameters": {
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer"},
            "guests": {"type": "array", "items": {"type": "string"}},
            "room": {"type": "object", "properties": {"beds": {"type": "integer"}, "view": {"type": "string"}}},
        },
        "required": ["city"],
    },
}


def book(wanted: dict, **given: Any) -> tuple[float | None, float | None, float | None]:
    """Return exact, ast and bfcl_compat of one booking."""
    graded = grade({"calls": [{"name": "book", "accepted": wanted}]}, call("book", **given), tools=(BOOK,))
    return graded.metrics["exact"], graded.metrics["ast"], graded.metrics["bfcl_compat"]
