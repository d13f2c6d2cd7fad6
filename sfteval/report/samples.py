"""Joined samples in, `samples.jsonl.gz` out: one line per sample with both answers in full.

The line holds what a person needs to judge the pair without any other file, and what `stored` needs to build it again.
The bytes depend on the comparison only (no time, no file name in the header).
"""

import gzip
import io
from typing import Any

from sfteval.report.plain import compact, plain
from sfteval.types import Comparison, Pair, Reading, Score

SIDES = ("baseline", "candidate")


def sample_row(pair: Pair) -> dict[str, Any]:
    """Return one line of `samples.jsonl.gz`."""
    sample = plain(pair.sample)
    sample["messages"] = [message.as_dict() | {"weight": message.weight} for message in pair.sample.messages]
    row = {
        "task": pair.task,
        "sample_id": pair.sample.id,
        "sample_index": pair.sample_index,
        "sample": plain(sample),
        "baseline": _side(pair.baseline_reading, pair.baseline),
        "candidate": _side(pair.candidate_reading, pair.candidate),
    }
    judged, graded = plain(pair.judged), plain(pair.graded)
    for said in (*(vote for one in judged for vote in one["votes"]), *(one[side] for one in graded for side in SIDES)):
        del said["usage"]  # seconds: what was said is the same however long it took
    return row | ({"judge": {"preferences": judged, "grades": graded}} if judged or graded else {})


def render_samples(comparison: Comparison) -> bytes:
    """Return the bytes of `samples.jsonl.gz`."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as archive:
        for pair in comparison.pairs:
            archive.write(compact(sample_row(pair)).encode() + b"\n")
    return buffer.getvalue()


def _side(reading: Reading, score: Score) -> dict[str, Any]:
    return {
        "outcome": plain(score.outcome),
        "metrics": plain(score.metrics),
        "detail": plain(score.detail),
        "reading": plain(reading),
    }
