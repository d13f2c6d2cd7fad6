"""One stored score of tool calls in, counts out: so many of so many, for every rate, tool and type of argument.

A rate that asks how far calls get is a share of all answers that need one, so that both sides have the same whole:
`attempt`, `envelope`, `parse`, `known_name`, `right_name`, `schema`, each of them only where the ones before it hold.
By tool the whole are the expected calls, by type the expected arguments of calls that parse and name the right tool.
Everything is read from `detail` and the sample's target; no text of a model is. Does not know the other checkpoint.
Source: research on tool calls, section 1.5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.compare.failures import PASSED, first_failure
from sfteval.compare.shares import Count
from sfteval.scorers.calls.failures import LAYERS
from sfteval.scorers.calls.fates import MOST_CALLS
from sfteval.scorers.calls.targets import Expected
from sfteval.scorers.tool_schemas import Tool
from sfteval.types import Outcome, Score

CUT = (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER)
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
ENUM, ANY = "enum", "any"
JUDGED = ("schema", "value", None)  # layers at which the arguments of an expected call are known
MISSED = "decision"  # nothing stands in place of the expected call
RIGHT: Mapping[str, Any] = {"layer": None}
NOTHING: Mapping[str, Any] = {"layer": MISSED}
TOOL_RATES = {"parse": "json", "right_name": "name", "schema": "schema"}  # each: the layer that it has got past


def answer_counts(score: Score, *, is_needed: bool) -> dict[str, Count]:
    """Return every rate of one answer: whether it is so, of 1 where it is asked, of 0 where it is not."""
    attempted, detail, metrics = bool(score.detail.get("num_calls")), score.detail, score.metrics
    layer, code = first_failure(score)

    def past(name: str) -> bool:
        return attempted and _is_past(layer, name)

    counts = {
        "attempt": _of(is_needed, attempted),
        "envelope": _of(is_needed, past("envelope")),
        "parse": _of(is_needed, past("json")),
        "known_name": _of(is_needed, past("name") or (past("json") and code == "wrong_tool")),
        "right_name": _of(is_needed, past("name")),
        "schema": _of(is_needed, past("name") and metrics.get("schema_valid") == 1.0),
        "schema_strict": _of(is_needed, past("name") and metrics.get("schema_valid_strict") == 1.0),
        "ast": _of(is_needed, metrics.get("ast") == 1.0),
        "exact": _of(is_needed, metrics.get("exact") == 1.0),
        "under_call": _of(is_needed, not attempted),
        "over_call": _of(not is_needed, attempted),
        "decision_f1": _f1(is_needed, attempted),
        "malformed": _of(attempted, metrics.get("parse") == 0.0),
        "call_in_think": _of(True, bool(detail.get("call_in_think"))),
        "truncated": _of(True, score.outcome in CUT),
        "int_as_float": _of(attempted, bool(detail.get("int_as_float"))),
    }
    for name, metric in (("server_differs", "server_agrees"), ("lenient_differs", "lenient_agrees")):
        counts[name] = _of(metrics.get(metric) is not None, metrics.get(metric) == 0.0)
    return counts


def fates_of(score: Score, expected: Expected) -> Sequence[Mapping[str, Any]]:
    """Return what became of each expected call, of the first `MOST_CALLS`."""
    num = min(len(expected.calls), MOST_CALLS)
    if first_failure(score)[0] == PASSED:
        return [RIGHT] * num
    found = score.detail.get("expected_calls", ())
    return [*found, *[NOTHING] * num][:num]


def tool_counts(layer: str | None) -> dict[str, Count]:
    """Return how far the call that stands for one expected call got."""
    found = layer != MISSED
    counts = {rate: _of(True, found and _is_past(layer or PASSED, name)) for rate, name in TOOL_RATES.items()}
    return counts | {"right": _of(True, layer is None)}


def argument_counts(fate: Mapping[str, Any], place: int, expected: Expected) -> list[tuple[str, Count]]:
    """Return for each argument of one expected call its type, and whether it came right: of 0 where none could come."""
    came = fate.get("layer") in JUDGED
    wanted, wrong = expected.calls[place], fate.get("wrong", ())
    types = _types(expected.tools[wanted.name])
    return [(types.get(key, ANY), _of(came, key not in wrong)) for key in wanted.slots]


def _is_past(layer: str, name: str) -> bool:
    """Tell whether an answer that first fails at `layer` has got past the layer `name`."""
    return layer not in LAYERS or LAYERS.index(layer) > LAYERS.index(name)


def _of(is_asked: bool, is_so: bool) -> Count:
    return float(is_asked and is_so), float(is_asked)


def _f1(is_needed: bool, attempted: bool) -> Count:
    """Return an answer's part in 2 TP / (2 TP + FP + FN), where a needed call that is attempted is a true positive."""
    both = 2.0 * (is_needed and attempted)
    return both, both + float(is_needed != attempted)


def _types(tool: Tool) -> dict[str, str]:
    properties = tool.schema.get("properties", {})
    return {key: _type(schema) for key, schema in properties.items()}


def _type(schema: Any) -> str:
    """Return the JSON type that a schema declares, the first of several; an enum is a type of its own."""
    if not isinstance(schema, Mapping):
        return ANY
    if ENUM in schema:
        return ENUM
    declared = schema.get("type")
    kinds = declared if isinstance(declared, list | tuple) else (declared,)
    return next((kind for kind in TYPES if kind in kinds), ANY)
