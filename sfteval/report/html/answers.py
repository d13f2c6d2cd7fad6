"""One side of a pair in, what the sample browser shows of it out: outcome, thought, checks, calls and where they broke.

Short harmless text, no markup. Does not know the other side.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.jsontext.shown import EXCERPT
from sfteval.report.html.excerpts import LONGEST_TEXT, long_text, note
from sfteval.report.html.transcript import transcript
from sfteval.report.text import number, one_line, visible
from sfteval.types import Fault, Outcome, Reading, Score, ToolCall

PLACED = ("transport", "envelope", "json", "trajectory")  # layers whose faults have a place in the text


def side_row(reading: Reading, score: Score, value: float | None, mode: str) -> dict[str, Any]:
    """Return one side; `mode` is that of the metric by which constraints decide: strict, loose_reference, ..."""
    side = {
        "outcome": score.outcome.value,
        "value": number(value),
        "think": None if reading.think is None else long_text(reading.think),
        "thinkTokens": reading.num_think_tokens,
        "checks": [_check(check, score.outcome, mode) for check in _instructions(score)],
        "calls": [_call(call) for call in reading.tool_calls],
        "turns": transcript(reading),
        "faults": [*(_fault(fault) for fault in reading.faults), *_failure(reading, score)],
        "detail": [
            [one_line(str(key)), note(item)]
            for key, item in sorted(score.detail.items())
            if key != "instructions" and item not in (None, "", [], {})
        ],
        "metrics": [[one_line(name), number(item)] for name, item in sorted(score.metrics.items())],
    }
    return {key: item for key, item in side.items() if item is not None and item != []}


def _instructions(score: Score) -> list[Mapping[str, Any]]:
    found = score.detail.get("instructions")
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def _check(check: Mapping[str, Any], outcome: Outcome, mode: str) -> list[Any]:
    """Return [followed or None, id, reason] by the mode that decides, and what is to be said beside it, if anything."""
    followed, aside = check.get(mode, check.get("strict")), _aside(check, mode)
    if outcome is not Outcome.OK and followed:
        followed, aside = None, "does not count: the answer did not come to its end"
    found = [followed, one_line(str(check.get("id", ""))), note(check.get("reason") or "")]
    return [*found, aside] if aside else found


def _aside(check: Mapping[str, Any], mode: str) -> str:
    """Return where the loose or the other rules' verdict is not the strict one of ours, whose reason stands there."""
    strict, published = check.get("strict"), check.get("strict_reference")
    said = ["passes loosely"] if strict is False and check.get("loose") else []
    if None not in (strict, published) and strict != published:
        rule, passes = ("our rule", strict) if mode.endswith("_reference") else ("the published rule", published)
        said.append(f"{rule} {'passes' if passes else 'fails'} it")
    return ", ".join(said)


def _call(call: ToolCall) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": one_line(call.name), "raw": long_text(call.raw)}
    if call.fault is not None:
        shown["fault"] = _fault(call.fault)
        place = call.fault.position - call.start
        if 0 <= place <= min(len(call.raw), LONGEST_TEXT[0]):
            shown["at"] = len(visible(call.raw[:place]))
    return shown


def _failure(reading: Reading, score: Score) -> list[list[Any]]:
    """Return the failure that the score names with its place, unless a fault of the reading says the same."""
    detail = score.detail
    code, layer, position = detail.get("failure_code"), detail.get("layer"), detail.get("position")
    if not isinstance(code, str):
        return []
    shown = [*reading.faults, *(call.fault for call in reading.tool_calls if call.fault is not None)]
    place = position if isinstance(position, int) else -1
    if any(fault.code == code and place in (-1, fault.position) for fault in shown):
        return []
    excerpt = str(detail.get("excerpt") or "") if layer in PLACED else ""  # else it is the call that stands above
    return [_fault(Fault(code, str(layer), str(detail.get("reason") or ""), place, excerpt))]


def _fault(fault: Fault) -> list[Any]:
    """Return code, layer, message, excerpt, and which character of the excerpt is at fault (-1: none is)."""
    place = min(fault.position, EXCERPT) if fault.layer in PLACED else -1
    at = len(visible(fault.excerpt[:place])) if place >= 0 else -1
    return [one_line(fault.code), one_line(fault.layer), note(fault.message), note(fault.excerpt), at]
