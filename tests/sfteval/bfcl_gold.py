"""Right answers to BFCL's items, made from their accepted sets, and copies of them that are wrong in one known way."""

import json
from collections.abc import Iterator
from typing import Any

from sfteval.types import Sample

CATEGORIES = {
    "simple_python": 400,
    "multiple": 200,
    "parallel": 200,
    "parallel_multiple": 200,
    "irrelevance": 240,
    "live_simple": 258,
    "live_parallel": 16,
    "live_parallel_multiple": 24,
    "live_relevance": 16,
}
UNREACHABLE = {"live_simple_106-63-0", "live_simple_112-68-0"}  # an argument for which the truth accepts no value
OPEN, CLOSE = "<tool_call>\n", "\n</tool_call>"


def first_accepted(values: Any) -> Any:
    """Return the first value of an accepted set, whole."""
    value = next((one for one in values if one != ""), "") if isinstance(values, list) else values
    return whole(value)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: first_accepted(values) for key, values in value.items() if values != [""]}
    return [whole(entry) for entry in value] if isinstance(value, list) else value


def gold(sample: Sample) -> list[dict[str, Any]]:
    """Return calls that pass; where some call is asked for, whichever, one of the first tool that needs nothing."""
    if sample.target["mode"] == "relevance":
        return [{"name": sample.tools[0]["function"]["name"], "arguments": {}}]
    return [
        {
            "name": call["name"],
            "arguments": {key: first_accepted(values) for key, values in call["accepted"].items() if values != [""]},
        }
        for call in sample.target["calls"]
    ]


def markup(*calls: Any) -> str:
    """Return what a model of the Hermes dialect would have written."""
    return "\n".join(f"{OPEN}{json.dumps(call)}{CLOSE}" for call in calls) or "No call."


def mutations(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield copies of a sample's one right call, each with the code of what is wrong with it."""
    (call,) = gold(sample)
    schema = next(tool["function"]["parameters"] for tool in sample.tools if tool["function"]["name"] == call["name"])
    written, given = json.dumps(call), call["arguments"]
    yield "json_invalid", f"{OPEN}{written[:-1]}{CLOSE}"
    yield "unclosed_tag", f"{OPEN}{written}"
    yield "json_trailing_data", f"{OPEN}{written} and so on{CLOSE}"
    yield "missing_wrapper", written
    yield "nonstandard_json", f'{OPEN}{written[:-2]}{", " if given else ""}"far": NaN}}}}{CLOSE}'
    yield "duplicate_key", f'{OPEN}{written[:-1]}, "name": "other"}}{CLOSE}'
    yield "wrong_envelope_key", markup({"name": call["name"], "parameters": given})
    yield "args_not_object", markup(call | {"arguments": json.dumps(given)})
    yield "hallucinated_tool", markup(call | {"name": "somebody.else_entirely"})
    yield "extra_arg", markup(call | {"arguments": given | {"nobody_asked_for_this": 1}})
    yield "wrong_count", markup(call, call)
    yield "no_call_when_needed", "I would rather not."
    for key in schema["required"][:1]:
        yield "missing_required", markup(call | {"arguments": {name: given[name] for name in given if name != key}})
        if "type" in schema["properties"][key]:
            yield "wrong_type", markup(call | {"arguments": given | {key: None}})
        if schema["properties"][key].get("type") == "string" and "enum" not in schema["properties"][key]:
            yield "wrong_value", markup(call | {"arguments": given | {key: "something else altogether"}})
