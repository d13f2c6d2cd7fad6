"""A Comparison in, `results.json` out: the numbers that the exit code, the table and every other file agree with.

Holds no model text, so that it can leave the house; the samples go to `samples.jsonl.gz`. The keys are the contract of
the report directory: more may come, none changes without a new schema version. Lists of more than `LONGEST_LIST` things
(the row ids of a training run) are kept as their number; of a probe's lists, which its chart is drawn from, the first
`LONGEST_CURVE` are kept.
"""

import json
import re
from dataclasses import fields
from typing import Any

from sfteval.report.contract import drifted_sides
from sfteval.report.plain import plain
from sfteval.report.text import utf8
from sfteval.tracking import redacted
from sfteval.types import Checkpoint, Comparison, Json

SCHEMA_VERSION = 1
LONGEST_LIST = 64
LONGEST_CURVE = 100
ELSEWHERE = {"pairs", "baseline_settings", "candidate_settings"}
_ACTING = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # on a terminal, where JSON leaves them as they are
STORED = [field.name for field in fields(Comparison) if field.name not in ELSEWHERE]


def results_json(comparison: Comparison) -> dict[str, Any]:
    """Return the contract's object: everything of the comparison but its samples."""
    stored = {name: plain(getattr(comparison, name)) for name in STORED}
    tasks, grades = stored.pop("judged"), stored.pop("graded")
    stored["judge"] = {"tasks": tasks, "grades": grades} if tasks or grades else {}
    drifted = drifted_sides(comparison)
    stored["baseline"] = _side(comparison.baseline, comparison.baseline_settings, drift="baseline" in drifted)
    stored["candidate"] = _side(comparison.candidate, comparison.candidate_settings, drift="candidate" in drifted)
    stored["probes"] = [row | {"numbers": _cut(row["numbers"])} for row in stored["probes"]]
    stored["metrics"] = [row | {"drift": bool(drifted)} for row in stored["metrics"]]
    safe: dict[str, Any] = redacted(stored)
    return {"schema_version": SCHEMA_VERSION, **safe}


def render_results(comparison: Comparison) -> bytes:
    """Return the bytes of `results.json`."""
    text = json.dumps(results_json(comparison), indent=2, sort_keys=True, ensure_ascii=False)
    return utf8(_ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def _side(checkpoint: Checkpoint, settings: Json, *, drift: bool) -> dict[str, Any]:
    side = _counted(plain(checkpoint))
    side["training"].pop("contract", None)  # pages of Jinja, which the template's hash stands for
    return {**side, "settings": _counted(plain(settings)), "drift": drift}


def _cut(value: Any) -> Any:
    """Return JSON whose lists have no more than `LONGEST_CURVE` things."""
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return [_cut(item) for item in value[:LONGEST_CURVE]] if isinstance(value, list) else value


def _counted(value: Any) -> Any:
    """Return JSON whose long lists are replaced by how many they hold."""
    if isinstance(value, dict):
        return {key: _counted(item) for key, item in value.items()}
    if isinstance(value, list):
        return {"count": len(value)} if len(value) > LONGEST_LIST else [_counted(item) for item in value]
    return value
