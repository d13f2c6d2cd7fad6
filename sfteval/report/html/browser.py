"""Joined samples in, the data block of the sample browser out: short text, precomputed word diffs, no markup.

Long texts lose their middle (the whole text is in `samples.jsonl.gz`). The block cannot end its own element: `<` is
escaped; a large one is gzipped. Does not know how the page looks.
"""

import base64
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sfteval.jsontext.shown import EXCERPT
from sfteval.report.html.diff import word_diff
from sfteval.report.states import deciding_metrics, is_truncated, state, tasks, values
from sfteval.report.text import number, one_line, shortened, visible
from sfteval.types import Comparison, Fault, Message, Outcome, Pair, Reading, Score, ToolCall

LONGEST_TEXT = (2_000, 1_000)  # characters kept at the head and at the tail
LONGEST_NOTE = 400
LARGEST_PLAIN_BYTES = 800_000
PLACED = ("transport", "envelope", "json", "trajectory")  # layers whose faults have a place in the text


@dataclass(frozen=True, slots=True)
class Embedded:
    """A data block as it stands in the page."""

    data: str
    encoding: Literal["json", "gzip"]


def embedded(comparison: Comparison) -> Embedded:
    """Return the samples as text that is safe inside a script element."""
    text = json.dumps(browser_data(comparison), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(text) <= LARGEST_PLAIN_BYTES:
        return Embedded(text.replace("<", r"\u003c"), "json")
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as archive:
        archive.write(text.encode("utf-8", "replace"))
    return Embedded(base64.b64encode(buffer.getvalue()).decode(), "gzip")


def browser_data(comparison: Comparison) -> dict[str, Any]:
    """Return what the script shows: names, tool lists (each once) and one row per sample."""
    deciding, names, tool_lists = deciding_metrics(comparison), tasks(comparison), dict[str, int]()
    rows = []
    for pair in comparison.pairs:
        row = _row(pair, deciding)
        row["task"] = names.index(pair.task)
        if pair.sample.tools:
            tools = "\n".join(json.dumps(tool, sort_keys=True, ensure_ascii=False) for tool in pair.sample.tools)
            row["tools"] = tool_lists.setdefault(_text(tools), len(tool_lists))
        rows.append({key: value for key, value in row.items() if value or key == "task" or key == "tools"})
    return {
        "names": [one_line(shortened(side.name, 80)) for side in (comparison.baseline, comparison.candidate)],
        "tasks": [one_line(name) for name in names],
        "metrics": [one_line(deciding.get(name, "")) for name in names],
        "tools": list(tool_lists),
        "rows": rows,
    }


def _row(pair: Pair, deciding: Mapping[str, str]) -> dict[str, Any]:
    a, b = values(pair, deciding)
    sample = pair.sample
    last = f"/{pair.sample_index}" if pair.sample_index else ""
    mode = deciding.get(pair.task, "").partition("_")[2]
    return {
        "key": one_line(f"{pair.task}/{sample.id}{last}"),
        "state": state(pair, deciding).value,
        "truncated": is_truncated(pair),
        "messages": [_message(message) for message in sample.messages],
        "expected": "" if sample.target is None else _note(sample.target),
        "about": [[one_line(str(key)), _note(value)] for key, value in sorted(_about(pair).items())],
        "diff": word_diff(_text(pair.baseline_reading.answer), _text(pair.candidate_reading.answer)),
        "a": _side(pair.baseline_reading, pair.baseline, a, mode),
        "b": _side(pair.candidate_reading, pair.candidate, b, mode),
    }


def _about(pair: Pair) -> dict[str, Any]:
    """Return the sample's own fields, and why it is masked where it has a known defect."""
    masked = pair.baseline.detail.get("masked") or pair.candidate.detail.get("masked")
    return dict(pair.sample.metadata) | ({"masked": masked} if masked else {})


def _message(message: Message) -> list[str]:
    calls = "\n".join(json.dumps(call.get("function", call), ensure_ascii=False) for call in message.tool_calls)
    return [message.role, _text(f"{message.content}\n{calls}".strip("\n") if calls else message.content)]


def _side(reading: Reading, score: Score, value: float | None, mode: str) -> dict[str, Any]:
    side = {
        "outcome": score.outcome.value,
        "value": number(value),
        "think": None if reading.think is None else _text(reading.think),
        "thinkTokens": reading.num_think_tokens,
        "checks": [_check(check, score.outcome, mode) for check in _instructions(score)],
        "calls": [_call(call) for call in reading.tool_calls],
        "faults": [*(_fault(fault) for fault in reading.faults), *_failure(reading, score)],
        "detail": [
            [one_line(str(key)), _note(item)]
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
    found = [followed, one_line(str(check.get("id", ""))), _note(check.get("reason") or "")]
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
    shown: dict[str, Any] = {"name": one_line(call.name), "raw": _text(call.raw)}
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
    return [one_line(fault.code), one_line(fault.layer), _note(fault.message), _note(fault.excerpt), at]


def _text(text: str) -> str:
    return visible(shortened(text, *LONGEST_TEXT))


def _note(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return visible(shortened(text, LONGEST_NOTE))
