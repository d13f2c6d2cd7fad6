"""Strict tool calls: what the model attempted against what was expected and what the tools' schemas allow.

The target is `{"calls": [{"name", "arguments"}]}`, unordered; an empty list means that nothing may be attempted, and a
malformed attempt is an attempt. Metrics: `exact` (the calls equal the target's), `schema_valid` (every attempted call
parses, names an offered tool and fits its schema; where none came, 0 when one was needed and None when none was),
`parse` (every attempted call parses; None when none came). `detail.failure_code` is the first failing layer's.
Does not know dialects: positions and faults of parsing come with the Reading. Source: tool-call research, 1.2 and 1.5.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jsonschema.protocols import Validator
from rapidfuzz.distance import Levenshtein

from sfteval.errors import DataError
from sfteval.scorers.extraction import check_options
from sfteval.scorers.tool_schemas import validators_of
from sfteval.types import Fault, Graded, Json, Outcome, Reading, Sample, Task, ToolCall

LAYERS = ("transport", "envelope", "json", "name", "schema", "value", "decision", "trajectory")
SCHEMA_CODES = {
    "required": "missing_required",
    "additionalProperties": "extra_arg",
    "unevaluatedProperties": "extra_arg",
    "type": "wrong_type",
    "enum": "enum_violation",
    "const": "enum_violation",
}
NEAR_MISS = 2  # edits


@dataclass(frozen=True, slots=True)
class Expected:
    """What one sample asks for: its calls and the validators of its tools."""

    calls: tuple[tuple[str, Json], ...]
    validators: Mapping[str, Validator]


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Grades the attempted calls of one answer."""

    metrics: ClassVar[tuple[str, ...]] = ("exact", "schema_valid", "parse")

    expected: Mapping[str, Expected]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return `exact`, `schema_valid` and `parse`, and the first fault."""
        expected, calls = self.expected[sample.id], reading.tool_calls
        parsed = [call for call in calls if call.fault is None]
        invalid = [fault for call in parsed for fault in call_faults(call, expected)]
        exact = len(parsed) == len(calls) and _same_calls(parsed, expected.calls)
        faults = [call.fault for call in calls if call.fault is not None] + invalid
        if not exact:
            faults += _decision_faults(parsed, reading, expected)
        metrics = {
            "exact": float(exact),
            "schema_valid": float(bool(calls) and len(parsed) == len(calls) and not invalid),
            "parse": float(len(parsed) == len(calls)) if calls else None,
        }
        if not calls and not expected.calls:
            metrics["schema_valid"] = None
        return Graded(metrics, _detail(faults, calls))


def build(task: Task) -> ToolCalls:
    """Check targets and normalise every tool's schema."""
    check_options(task)
    expected = {}
    for sample in task.samples:
        where = f'task "{task.name}", sample "{sample.id}"'
        expected[sample.id] = Expected(_target_calls(sample.target, where), validators_of(sample.tools, where))
        _check_target(expected[sample.id], where)
    return ToolCalls(expected)


def call_faults(call: ToolCall, expected: Expected) -> list[Fault]:
    """Return why a call that parses cannot be executed: its name, else its arguments."""
    if call.name not in expected.validators:
        near = next((name for name in expected.validators if _is_near(call.name, name)), None)
        code = "name_near_miss" if near else "hallucinated_tool"
        message = f'"{call.name}" is not offered' + (f', "{near}" is' if near else "")
        return [_fault(call, code, "name", message)]
    errors = sorted(expected.validators[call.name].iter_errors(call.arguments), key=lambda error: error.json_path)
    return [
        _fault(
            call,
            SCHEMA_CODES.get(str(error.validator), "schema_other"),
            "schema",
            f"{error.json_path}: {error.message}",
        )
        for error in errors
    ]


def canonical(value: Any) -> Any:
    """Return a hashable form in which int and float are equal by value and a bool is no number."""
    if isinstance(value, Mapping):
        return "object", frozenset((key, canonical(entry)) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return "array", tuple(canonical(entry) for entry in value)
    return "bool" if isinstance(value, bool) else "scalar", value


def _same_calls(calls: list[ToolCall], expected: tuple[tuple[str, Json], ...]) -> bool:
    attempted = Counter((call.name, canonical(call.arguments)) for call in calls)
    return attempted == Counter((name, canonical(arguments)) for name, arguments in expected)


def _decision_faults(calls: list[ToolCall], reading: Reading, expected: Expected) -> list[Fault]:
    """Return what is wrong with the set of calls, when each may be fine in itself."""
    if not reading.tool_calls:
        return [_no_call(reading)]
    if not expected.calls:
        return [_fault(reading.tool_calls[0], "call_when_none_needed", "decision", "no call was needed")]
    names = Counter(name for name, _ in expected.calls)
    for call in calls:
        if call.name in expected.validators and call.name not in names:
            return [_fault(call, "wrong_tool", "name", f'"{call.name}" is offered, but was not expected')]
    if len(reading.tool_calls) != len(expected.calls):
        message = f"expected {len(expected.calls)} calls, found {len(reading.tool_calls)}"
        return [_fault(reading.tool_calls[-1], "wrong_count", "decision", message)]
    wanted = {(name, canonical(arguments)) for name, arguments in expected.calls}
    odd = next((call for call in calls if (call.name, canonical(call.arguments)) not in wanted), None)
    if odd is None:
        return [_fault(reading.tool_calls[-1], "wrong_count", "decision", "a call is repeated in place of another")]
    return [_fault(odd, "wrong_value", "value", _difference(odd, expected))]


def _difference(call: ToolCall, expected: Expected) -> str:
    """Say which argument differs from the first expected call of that name."""
    target = next((arguments for name, arguments in expected.calls if name == call.name), {})
    arguments = call.arguments or {}
    for key in [*target, *arguments]:
        if canonical(arguments.get(key)) != canonical(target.get(key)) or (key in arguments) != (key in target):
            found = f"{arguments[key]!r:.80}" if key in arguments else "nothing"
            wanted = f"{target[key]!r:.80}" if key in target else "nothing"
            return f'argument "{key}": expected {wanted}, found {found}'
    return "the arguments differ from every expected call"


def _no_call(reading: Reading) -> Fault:
    if reading.outcome in (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER):
        return Fault("truncated", "transport", "the token limit came before the call")
    in_think = next((fault for fault in reading.faults if fault.code == "call_in_think"), None)
    if in_think is not None:
        return in_think
    if reading.outcome is Outcome.EMPTY:
        return Fault("empty_output", "transport", "the answer is empty")
    return Fault("no_call_when_needed", "decision", "a call was needed, none was attempted")


def _detail(faults: list[Fault], calls: tuple[ToolCall, ...]) -> dict[str, Any]:
    detail: dict[str, Any] = {"failure_code": None, "layer": None, "num_calls": len(calls)}
    if faults:
        first = min(faults, key=lambda fault: LAYERS.index(fault.layer))
        detail |= {
            "failure_code": first.code,
            "layer": first.layer,
            "reason": first.message,
            "position": first.position,
            "excerpt": first.excerpt,
        }
    return detail


def _fault(call: ToolCall, code: str, layer: str, message: str) -> Fault:
    return Fault(code, layer, message[:300], call.start, call.raw[:60])


def _is_near(name: str, offered: str) -> bool:
    plain, other = (text.lower().replace(".", "_").replace("-", "_") for text in (name, offered))
    return plain == other or Levenshtein.distance(name, offered, score_cutoff=NEAR_MISS) <= NEAR_MISS


def _target_calls(target: Any, where: str) -> tuple[tuple[str, Json], ...]:
    calls = target.get("calls") if isinstance(target, Mapping) else None
    if isinstance(calls, list | tuple) and all(_is_call(call) for call in calls):
        return tuple((call["name"], call["arguments"]) for call in calls)
    raise DataError(
        f"{where}, target",
        expected='{"calls": [{"name": text, "arguments": object}, ...]}',
        got=repr(target)[:120],
        next_move="Mend the target in the task's data file",
    )


def _check_target(expected: Expected, where: str) -> None:
    """Refuse a target that no answer could reach: a tool that is not offered, arguments against the schema."""
    for name, arguments in expected.calls:
        faults = call_faults(ToolCall(name, arguments, "", 0, 0), expected)
        if faults:
            raise DataError(
                f"{where}, target",
                expected="calls of offered tools that fit their schemas",
                got=faults[0].message,
                next_move="Mend the target or the tools in the task's data file",
            )


def _is_call(call: Any) -> bool:
    return (
        isinstance(call, Mapping) and isinstance(call.get("name"), str) and isinstance(call.get("arguments"), Mapping)
    )
