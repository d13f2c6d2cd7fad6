"""Strict tool calls: what the model attempted against what was expected and what the tools' schemas allow.

The target is described in `calls.targets`. Metrics, each 0 or 1, None where there is nothing to measure:
- `exact`: the calls are the expected ones, values to the character; `ast`: by what they say; `bfcl_compat`: BFCL's own
  checker passes them, its bugs included. Where no call is needed, a malformed attempt is an attempt. A turn on which no
  agent loop could act (in ReAct: an observation of the model's own, say) passes neither `exact` nor `ast`.
- `schema_valid`: every attempted call parses, names an offered tool and fits its schema (where none came: 0 if one was
  needed, None if none was); `schema_valid_strict`: with no other properties, and 5.0 is no integer; `parse`: every
  attempted call parses (None when none came). An answer that was cut or is empty fails all of these.
- `server_agrees`, `lenient_agrees`: the server's own parse, and a forgiving reader, find the same calls as our reading
  of the raw text (None when there are no calls, or no such parse).
`detail.failure_code` is the first failing layer's; it is None when the deciding metric is 1: `exact`, or `ast` where
the target holds accepted values. Beside it `detail` holds where in its call an answer breaks (`place_in_call`), what
became of each expected call (`expected_calls`) and what is odd: everything that metrics by tool and by type need, and
of the model's text no more than an excerpt.
Does not know dialects: positions and faults of parsing come with the Reading.
Source: tool-call research, 1.2 and 1.5.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sfteval.scorers.calls.bfcl import bfcl_verdict
from sfteval.scorers.calls.failures import (
    call_faults,
    decision_faults,
    extra_arguments,
    first_failing,
    is_mention,
    place_in_call,
)
from sfteval.scorers.calls.fates import LONGEST_NAME, MOST_CALLS, fates
from sfteval.scorers.calls.matching import Table, greedy_matching, largest_matching
from sfteval.scorers.calls.targets import Expected, expected_of
from sfteval.scorers.calls.typed import typed
from sfteval.scorers.calls.values import SameText, canonical, fits, same_characters, same_words
from sfteval.scorers.extraction import check_options, text_option
from sfteval.scorers.tool_schemas import floats_for_integers
from sfteval.types import Fault, Graded, Outcome, Reading, Sample, Task, ToolCall

SHOWN_CALLS = 16  # of one answer, in the detail
LONGEST_CALL = 65_536  # characters; what is longer is not checked against its schema, and fits none
OURS = ("exact", "ast", "schema_valid", "schema_valid_strict", "parse")  # what an answer without an end fails
REPAIRABLE = ("transport", "envelope", "json")  # layers at which a forgiving reader may have read on


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Grades the attempted calls of one answer."""

    metrics: ClassVar[tuple[str, ...]] = (
        "exact",
        "ast",
        "bfcl_compat",
        "schema_valid",
        "schema_valid_strict",
        "parse",
        "server_agrees",
        "lenient_agrees",
    )

    expected: Mapping[str, Expected]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return every metric, the first fault, and what became of each call."""
        expected = self.expected[sample.id]
        judged = _Judged.of(reading, expected)
        exact, same = judged.passes(same_characters), judged.passes(same_words)
        metrics: dict[str, float | None] = {
            "exact": float(exact),
            "ast": float(same),
            "bfcl_compat": float(judged.passes_bfcl()),
            **judged.validity(),
            "server_agrees": judged.server_agrees(),
            "lenient_agrees": judged.lenient_agrees(),
        }
        if reading.outcome is not Outcome.OK:  # cut, or empty: no answer, and no abstention; theirs is their verdict
            metrics |= dict.fromkeys(OURS, 0.0)
        passed = metrics["exact" if expected.to_the_character else "ast"] == 1.0
        return Graded(metrics, judged.detail(passed), stands=True)


def build(task: Task) -> ToolCalls:
    """Check targets and normalise every tool's schema; the option `dialect` is for the reading, not for us."""
    check_options(task, "dialect")
    text_option(task, "dialect")
    return ToolCalls(
        {sample.id: expected_of(sample, f'task "{task.name}", sample "{sample.id}"') for sample in task.samples}
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """The calls of one answer with the faults of each."""

    reading: Reading
    expected: Expected
    calls: tuple[ToolCall, ...]  # attempted, arguments typed
    parsed: tuple[ToolCall, ...]
    faults: tuple[tuple[Fault, ...], ...]  # of each call: of its reading, else of its name or schema
    is_strict: bool  # every call that parses fits its strict schema

    @classmethod
    def of(cls, reading: Reading, expected: Expected) -> "_Judged":
        """Check each call."""
        calls = tuple(typed(call, expected.tools) for call in reading.tool_calls)
        if not expected.calls and not expected.is_relevance:  # an envelope in prose is a call of an offered tool only
            calls = tuple(call for call in calls if not is_mention(call, expected.tools))
        parsed = tuple(call for call in calls if call.fault is None)
        strict = {id(call): _fits_strictly(call, expected) for call in parsed}
        faults = tuple(_faults(call, expected, strict.get(id(call), False)) for call in calls)
        return cls(reading, expected, calls, parsed, faults, all(strict.values()))

    def passes(self, same_text: SameText) -> bool:
        """Tell whether the calls are those that were expected, in a turn on which an agent loop can act."""
        return not self.turn_faults() and self.fits(same_text)

    def turn_faults(self) -> list[Fault]:
        """Return what is wrong with the turn as a whole, whatever its calls."""
        return [fault for fault in self.reading.faults if fault.layer == "trajectory"]

    def fits(self, same_text: SameText) -> bool:
        """Tell whether the calls are those that were expected."""
        if len(self.parsed) != len(self.calls):
            return False
        if self.expected.is_relevance:
            return bool(self.calls) and not any(self.faults)
        if len(self.calls) != len(self.expected.calls):
            return False
        table = self.table(same_text)
        if self.expected.is_ordered:
            return all(table[place][place] for place in range(len(table)))
        return len(largest_matching(table)) == len(table)

    def table(self, same_text: SameText) -> Table:
        """Return which call that parses fits which expected one."""
        return [
            [call.name == wanted.name and fits(call.arguments or {}, wanted.slots, same_text) for call in self.parsed]
            for wanted in self.expected.calls
        ]

    def passes_bfcl(self) -> bool:
        """Tell whether the published checker passes what its decoder would keep: the calls that parse."""
        if self.expected.is_relevance or not self.expected.calls:
            return bool(self.parsed) == self.expected.is_relevance
        return bfcl_verdict(
            [(call.name, call.arguments) for call in self.parsed],
            [(wanted.name, wanted.possible) for wanted in self.expected.calls],
            {name: tool.schema for name, tool in self.expected.tools.items()},
        )

    def validity(self) -> dict[str, float | None]:
        """Return `schema_valid`, `schema_valid_strict` and `parse`."""
        if not self.calls:
            needed = 0.0 if self.expected.calls or self.expected.is_relevance else None
            return {"schema_valid": needed, "schema_valid_strict": needed, "parse": None}
        parses = len(self.parsed) == len(self.calls)
        valid = parses and not any(self.faults)
        strict = parses and self.is_strict and valid
        return {"schema_valid": float(valid), "schema_valid_strict": float(strict), "parse": float(parses)}

    def server_agrees(self) -> float | None:
        """Tell whether the server found the calls that we read; None: no parse, or no call on either side."""
        server = self.reading.server_calls
        if server is None or not (server or self.calls):
            return None
        ours = Counter((call.name, canonical(call.arguments)) for call in self.parsed)
        return float(ours == Counter((call["name"], canonical(call["arguments"])) for call in server))

    def lenient_agrees(self) -> float | None:
        """Tell whether a forgiving reader would have found the same calls; None: there are none."""
        return float(not any(call.lenient for call in self.calls)) if self.calls else None

    def detail(self, passed: bool) -> dict[str, Any]:
        """Return the first fault with its place, and what became of each call where it is not plain."""
        detail: dict[str, Any] = {"failure_code": None, "layer": None, "num_calls": len(self.calls)}
        faults = [] if passed else self._all_faults()
        if faults:
            first = first_failing(faults)
            detail |= _shown(first) | place_in_call(first, self.calls)
        if faults and detail["layer"] in REPAIRABLE and self.calls:
            detail["repairable"] = any(call.lenient is not None for call in self.calls)
        if faults and len(self.calls) > 1:
            pairs = list(zip(self.calls, self.faults, strict=True))[:SHOWN_CALLS]
            detail["calls"] = [
                {"name": call.name[:LONGEST_NAME], "failure_code": first_failing(found).code if found else None}
                for call, found in pairs
            ]
        if faults and self.expected.calls:
            detail["expected_calls"] = self._fates()
        return detail | self._oddities()

    def _all_faults(self) -> list[Fault]:
        faults = [fault for found in self.faults for fault in found]
        if self.calls and self.reading.outcome is not Outcome.OK:
            return [Fault("truncated", "transport", "the token limit cut the answer"), *faults]
        same_text = self._same_text()
        matched = len(largest_matching(self.table(same_text))) if len(self.parsed) == len(self.calls) else 0
        if self.reading.outcome is Outcome.OK and self.fits(same_text):  # nothing else is wrong
            return [*faults, *self.turn_faults()]
        for call, found in zip(self.calls, self.faults, strict=True):
            faults += extra_arguments(call, self.expected.tools) if not found else []
        faults += decision_faults(self.parsed, self._attempts(), self.expected, same_text, matched)
        return [*faults, *self.turn_faults()]

    def _fates(self) -> list[dict[str, Any]]:
        """Return what became of each expected call; where the answer was cut, none of them counts."""
        if self.reading.outcome is not Outcome.OK:
            return [{"layer": "transport"} for _ in self.expected.calls[:MOST_CALLS]]
        misfits = [
            bool(found) or bool(extra_arguments(call, self.expected.tools))
            for call, found in zip(self.calls, self.faults, strict=True)
        ]
        return fates(self.expected.calls, self.calls, misfits, self._same_text())

    def _same_text(self) -> SameText:
        return same_characters if self.expected.to_the_character else same_words

    def _attempts(self) -> Reading:
        """Return the reading with the calls that count as attempts."""
        reading = self.reading
        return Reading(reading.outcome, reading.answer, tool_calls=self.calls, faults=reading.faults)

    def _oddities(self) -> dict[str, Any]:
        """Return what is no failure and worth knowing, where it is so."""
        tools, reading = self.expected.tools, self.reading
        floats = []
        if not self.is_strict:
            floats = [
                f"{call.name[:LONGEST_NAME]}: {path}"
                for call in self.parsed
                if call.name in tools
                for path in floats_for_integers(tools[call.name], call.arguments)
            ]
        table = self.table(same_words) if 1 < len(self.calls) == len(self.expected.calls) else ()
        greedy = bool(table) and len(greedy_matching(table)) != len(largest_matching(table))
        turn = [fault.code for fault in reading.faults if fault.layer == "trajectory"]
        found = {
            "int_as_float": floats,
            "greedy_differs": greedy,
            "call_in_think": sum(fault.code == "call_in_think" for fault in reading.faults),
            "turn_faults": turn,
            "dialect": reading.dialect,
            "notes": list(reading.notes),
        }
        return {key: value for key, value in found.items() if value}


def _faults(call: ToolCall, expected: Expected, is_strict: bool) -> tuple[Fault, ...]:
    if call.fault is not None:
        return (call.fault,)
    if len(call.raw) > LONGEST_CALL:
        message = f"the call is longer than {LONGEST_CALL:,} characters"
        return (Fault("arguments_too_long", "schema", message, call.start, call.raw[:60]),)
    if is_strict and expected.tools[call.name].is_narrower:
        return ()  # what the strict schema accepts, the given one does
    return tuple(call_faults(call, expected.tools))


def _fits_strictly(call: ToolCall, expected: Expected) -> bool:
    tool = expected.tools.get(call.name)
    return tool is not None and len(call.raw) <= LONGEST_CALL and bool(tool.strict.is_valid(call.arguments))


def _shown(fault: Fault) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "failure_code": fault.code,
        "layer": fault.layer,
        "reason": fault.message,
        "position": fault.position,
        "excerpt": fault.excerpt,
    }
    more = {"line": fault.line, "token": fault.token, "path": fault.path}
    return shown | {key: value for key, value in more.items() if value not in (None, "")}
