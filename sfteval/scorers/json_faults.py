"""Why a JSON answer fails, and where: a value that was read in, faults with places and the detail of a score out.

Schema faults come in the order of the text, then the fields that differ, in the order of the target. What a model wrote
is cut and made visible before it is shown. Does not know how values are compared, or metrics.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from jsonschema.protocols import Validator

from sfteval.jsontext.path import path_text
from sfteval.jsontext.places import Path, nearest_place, places
from sfteval.jsontext.shown import printable
from sfteval.scorers.fields import EXTRA, MISSING, RIGHT, WRONG, Field, Tally
from sfteval.scorers.json_answers import Found, fault_at
from sfteval.scorers.tool_schemas import MAX_FAULTS, SCHEMA_CODES
from sfteval.types import Fault

CODES = {
    **SCHEMA_CODES,
    "additionalProperties": "extra_field",  # an argument of a call is a field of an object
    "unevaluatedProperties": "extra_field",
    "pattern": "wrong_format",
    "format": "wrong_format",
}
VALUE_CODES = {WRONG: "wrong_value", MISSING: "missing_field", EXTRA: "extra_field"}
SHOWN_FIELDS = 32
LONGEST_VALUE = 80
LARGEST_NUMBER = 10**15  # a longer one is shown as text, and cut


def schema_faults_of(found: Found, validator: Validator) -> list[Fault]:
    """Return why a value does not fit a schema, in the order of the text; at most `MAX_FAULTS`."""
    errors = list(islice(validator.iter_errors(found.value), MAX_FAULTS))
    known = places(found.text, found.start, found.end) if errors else {}
    faults = []
    for error in errors:
        path = tuple(error.absolute_path)
        code = CODES.get(str(error.validator), "schema_other")
        message = f"{path_text(path)}: {error.message}"
        faults.append(_placed(found, code, "schema", message, path, nearest_place(path, known)))
    # a value of the wrong type breaks its enum or its pattern too: the type says more
    return sorted(faults, key=lambda fault: (fault.position, fault.code != "wrong_type", fault.code))


def value_faults(found: Found, fields: Sequence[Field]) -> Iterator[Fault]:
    """Yield what is wrong with the fields of a value that is not the expected one."""
    known = places(found.text, found.start, found.end)
    for field in fields:
        if field.verdict != RIGHT:
            message = f"{path_text(field.path)}: expected {_wish(field)}"
            at = nearest_place(field.place, known)
            yield _placed(found, VALUE_CODES[field.verdict], "value", message, field.path, at)
    if all(field.verdict == RIGHT for field in fields):
        message = "null, [], {} and an absent key claim nothing, but are not the same"
        yield _placed(found, "other_empty", "value", message, (), found.start)


def detail_of(
    found: Found,
    fault: Fault | None,
    fields: Sequence[Field] = (),
    count: Tally | None = None,
    floats: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the detail of a score: the fault with its place, the verdict on each field, and what is odd."""
    detail: dict[str, Any] = {"failure_code": None, "layer": None}
    if fault is not None:
        detail |= {"failure_code": fault.code, "layer": fault.layer, "reason": fault.message}
        more = {"position": fault.position, "line": fault.line, "excerpt": fault.excerpt, "path": fault.path}
        detail |= {key: value for key, value in more.items() if value not in (None, "", -1)}
    if count is not None:
        detail["fields"] = {"right": count.right, "wanted": count.wanted, "claimed": count.claimed}
        detail["verdicts"] = _verdicts(fields)
    odd = {"notes": list(found.notes), "int_as_float": list(floats)}
    return detail | {key: value for key, value in odd.items() if value}


def num_values(value: Any, limit: int | None = None) -> int:
    """Return how many values there are, objects and lists among them; it stops counting at `limit`."""
    count, left = 0, [value]
    while left and (limit is None or count < limit):
        entry = left.pop()
        count += 1
        if isinstance(entry, dict):
            left.extend(islice(entry.values(), limit))
        elif isinstance(entry, list | tuple):
            left.extend(islice(entry, limit))
    return count


def _placed(found: Found, code: str, layer: str, message: str, path: Path, position: int) -> Fault:
    return fault_at(found.text, code, layer, message, position, path_text(path))


def _verdicts(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return the first fields with their verdicts, those that are not right before the others."""
    shown = []
    for field in sorted(fields, key=lambda field: field.verdict == RIGHT)[:SHOWN_FIELDS]:
        path = path_text(field.path).removeprefix("$.")
        entry: dict[str, Any] = {"path": printable(path), "verdict": field.verdict}
        if field.verdict != RIGHT:
            entry |= {} if field.verdict == EXTRA else {"expected": _shown(field.expected)}
            entry |= {} if field.verdict == MISSING else {"found": _shown(field.found)}
        shown.append(entry)
    return shown


def _wish(field: Field) -> str:
    wish = "nothing" if field.verdict == EXTRA else _cut(field.expected)
    return f"{wish}, found {'nothing' if field.verdict == MISSING else _cut(field.found)}"


def _cut(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:LONGEST_VALUE]


def _shown(value: Any) -> Any:
    """Return a field's value for people: texts cut and made visible, large numbers as text."""
    if isinstance(value, str):
        return printable(value[:LONGEST_VALUE])
    if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        return str(value)[:LONGEST_VALUE]
    return value
