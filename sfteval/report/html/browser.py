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

from sfteval.report.html.answers import side_row
from sfteval.report.html.diff import word_diff
from sfteval.report.html.excerpts import long_text, note
from sfteval.report.html.preferred import preferred
from sfteval.report.judged import judge_words, judges_disagree
from sfteval.report.states import State, contaminated_samples, deciding_metrics, is_truncated, state, tasks, values
from sfteval.report.text import one_line, shortened
from sfteval.types import Comparison, Message, Pair

LARGEST_PLAIN_BYTES = 250_000
PREFERRED = {"baseline": "preferred_a", "candidate": "preferred_b", "tie": "tie"}


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
    trained_on = contaminated_samples(comparison)
    rows = []
    for pair in comparison.pairs:
        row = _row(pair, deciding)
        row["task"] = names.index(pair.task)
        row["contaminated"] = (pair.task, pair.sample.id) in trained_on
        if pair.sample.tools:
            tools = "\n".join(json.dumps(tool, sort_keys=True, ensure_ascii=False) for tool in pair.sample.tools)
            row["tools"] = tool_lists.setdefault(long_text(tools), len(tool_lists))
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
        "state": _state(pair, deciding),
        "truncated": is_truncated(pair),
        "disagree": judges_disagree(pair),
        "messages": [_message(message) for message in sample.messages],
        "expected": "" if sample.target is None else note(sample.target),
        "about": [[one_line(str(key)), note(value)] for key, value in sorted(_about(pair).items())],
        "diff": word_diff(long_text(pair.baseline_reading.answer), long_text(pair.candidate_reading.answer)),
        "a": side_row(pair.baseline_reading, pair.baseline, a, mode),
        "b": side_row(pair.candidate_reading, pair.candidate, b, mode),
        "judge": [[note(part) for part in word] for word in judge_words(pair)],
    }


def _state(pair: Pair, deciding: Mapping[str, str]) -> str:
    """Return what changed by the deciding metric; where that tells nothing apart, whom the judges prefer."""
    found, winner = state(pair, deciding), preferred(pair)
    if winner is None or found in (State.IMPROVED, State.REGRESSED):
        return found.value
    return PREFERRED[winner]


def _about(pair: Pair) -> dict[str, Any]:
    """Return the sample's own fields, and why it is masked where it has a known defect."""
    masked = pair.baseline.detail.get("masked") or pair.candidate.detail.get("masked")
    return dict(pair.sample.metadata) | ({"masked": masked} if masked else {})


def _message(message: Message) -> list[str]:
    calls = "\n".join(json.dumps(call.get("function", call), ensure_ascii=False) for call in message.tool_calls)
    return [message.role, long_text(f"{message.content}\n{calls}".strip("\n") if calls else message.content)]
