"""Structured output: the JSON value of an answer against an expected value and its schema.

The target is `{"value": ..., "schema": {...}}`; a value that does not fit its own schema is a mistake of the suite.
How the value is found in the answer is told in `json_answers`, how fields are compared in `fields`. Metrics:
- `parse`: the answer is one strict JSON value; `schema_valid`: and it fits the schema; `schema_valid_strict`: with no
  properties that the schema does not name, and 5.0 is no integer;
- `exact`: the value is the expected one, the same keys with the same values; `field_precision`, `field_recall`,
  `field_f1`: how many fields are. An answer that cannot be read has 0 of all.
`detail.failure_code` names the first failing layer's fault, with its place; None: the value is exact and fits.
Options: `after`, `take`, `fence`, `lists` ("ordered" or "set"), `strings` ("exact" or "words"); `dialect` is for the
reading. A dialect in which the object would be a tool call takes it from the answer; alone in the answer, it counts.
An answer with far more values than are wanted is not compared, so that no text takes long.
Source: the layers and codes are those of the research on tool calls, section 1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

from sfteval.errors import DataError, nearest
from sfteval.scorers.calls.values import same_characters, same_words
from sfteval.scorers.extraction import check_options, text_option
from sfteval.scorers.fields import Rules, compare, same, tally
from sfteval.scorers.json_answers import TAKES, Found, Search, fault_at, find_value
from sfteval.scorers.json_faults import detail_of, num_values, schema_faults_of, value_faults
from sfteval.scorers.tool_schemas import Tool, floats_for_integers, schema_faults, tools_of
from sfteval.types import Fault, Graded, Outcome, Reading, Sample, Task

TEXTS = {"exact": same_characters, "words": same_words}
KEYS = ("value", "schema")
TIMES, MORE = 4, 100  # an answer may hold so many times the target's values and so many more
MEND = "Mend the target in the task's data file"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One sample's target, checked; `limit` is how many values an answer may hold to be compared."""

    value: Any
    schema: Tool
    limit: int


@dataclass(frozen=True, slots=True)
class JsonScorer:
    """Grades the JSON value of one answer."""

    metrics: ClassVar[tuple[str, ...]] = (
        "parse",
        "schema_valid",
        "schema_valid_strict",
        "exact",
        "field_precision",
        "field_recall",
        "field_f1",
    )

    wanted: Mapping[str, Wanted]  # by sample id
    search: Search
    rules: Rules

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return every metric, the first fault with its place, and the verdict on each field."""
        wanted = self.wanted[sample.id]
        found = find_value(_text(reading), self.search)
        fault = found.fault or _too_large(found, wanted)
        if fault is not None:
            metrics: dict[str, float | None] = dict.fromkeys(self.metrics, 0.0)
            metrics["parse"] = float(found.fault is None)
            return Graded(metrics, detail_of(found, _unfinished(reading, found) or fault))
        strict, faults = _validity(found, wanted)
        fields = list(compare(wanted.value, found.value, self.rules))
        count, exact = tally(fields), same(wanted.value, found.value, self.rules)
        metrics = {
            "parse": 1.0,
            "schema_valid": float(not faults),
            "schema_valid_strict": float(strict and not faults),
            "exact": float(exact),
            "field_precision": count.precision,
            "field_recall": count.recall,
            "field_f1": count.f1,
        }
        differences = iter(()) if exact else value_faults(found, fields)
        first = _unfinished(reading, found) or next(chain(faults, differences), None)
        floats = [] if strict else floats_for_integers(wanted.schema, found.value)
        return Graded(metrics, detail_of(found, first, fields, count, floats))


def build(task: Task) -> JsonScorer:
    """Check options, schemas and targets.

    Raises: DataError that names the task and the sample.
    """
    check_options(task, "after", "take", "fence", "lists", "strings", "dialect")
    text_option(task, "dialect")
    take = _choice(task, "take", TAKES)
    search = Search(text_option(task, "after"), take, _choice(task, "fence", ("allow", "refuse")) == "allow")
    are_sets = _choice(task, "lists", ("ordered", "set")) == "set"
    rules = Rules(are_sets, TEXTS[_choice(task, "strings", tuple(TEXTS))])
    wanted = {sample.id: _wanted(sample, f'task "{task.name}", sample "{sample.id}"') for sample in task.samples}
    return JsonScorer(wanted, search, rules)


def _choice(task: Task, name: str, known: tuple[str, ...]) -> str:
    """Return an option that is one of a few words; the first one is the default."""
    value = text_option(task, name) or known[0]
    if value not in known:
        where = f'task "{task.name}", option "{name}"'
        raise DataError(where, expected=" or ".join(known), got=f'"{value}"', next_move=nearest(value, known))
    return value


def _wanted(sample: Sample, where: str) -> Wanted:
    target = sample.target
    if not isinstance(target, Mapping) or not all(key in target for key in KEYS):
        raise _wrong(f"{where}, target", '{"value": ..., "schema": {...}}', target)
    for key in target:
        if key not in KEYS:
            raise DataError(f"{where}, target", expected="a known key", got=f'"{key}"', next_move=nearest(key, KEYS))
    if not isinstance(target["schema"], Mapping):
        raise _wrong(f"{where}, target.schema", "a JSON Schema", target["schema"])
    try:
        (schema,) = tools_of([{"name": "answer", "parameters": target["schema"]}], where).values()
    except DataError as error:
        raise _wrong(f"{where}, target.schema", "a valid JSON Schema", error.got) from None
    faults = schema_faults(schema.given, target["value"])
    if faults:
        raise _wrong(f"{where}, target.value", "a value that fits its schema", faults[0].message)
    return Wanted(target["value"], schema, TIMES * num_values(target["value"]) + MORE)


def _wrong(where: str, expected: str, got: object) -> DataError:
    shown = got if isinstance(got, str) else repr(got)
    return DataError(where, expected=expected, got=shown[:200], next_move=MEND)


def _text(reading: Reading) -> str:
    """Return the answer; where the reading took all of it for one tool call, that call's text."""
    if not reading.answer.strip() and len(reading.tool_calls) == 1:
        return reading.tool_calls[0].raw
    return reading.answer


def _too_large(found: Found, wanted: Wanted) -> Fault | None:
    if num_values(found.value, wanted.limit + 1) <= wanted.limit:
        return None
    message = f"more than {wanted.limit:,} values, which are not looked at"
    return fault_at(found.text, "too_large", "schema", message, found.start, "$")


def _validity(found: Found, wanted: Wanted) -> tuple[bool, list[Fault]]:
    """Return whether the value fits the strict schema, and why it does not fit the given one."""
    strict = wanted.schema.strict.is_valid(found.value)
    if strict and wanted.schema.is_narrower:
        return True, []  # what the strict schema accepts, the given one does
    return strict, schema_faults_of(found, wanted.schema.given)


def _unfinished(reading: Reading, found: Found) -> Fault | None:
    """Return why an answer is none, whatever it holds."""
    if reading.outcome is Outcome.EMPTY:
        return Fault("empty_output", "transport", "the answer is empty")
    if reading.outcome in (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER):
        end = len(found.text)
        return fault_at(found.text, "truncated", "transport", "the token limit cut the answer", end)
    return None
