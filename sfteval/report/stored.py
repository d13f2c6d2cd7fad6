"""A report directory in, the Comparison that it was written from out, so that a report can be rendered again.

Reads `results.json` and `samples.jsonl.gz` and nothing else; without the samples (a report that left the house) the
comparison has none. Written again, every file has the same bytes. Does not know how a file is rendered.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from sfteval.errors import DataError
from sfteval.report.built import Row
from sfteval.report.built import built as _built
from sfteval.report.results import SCHEMA_VERSION, render_results
from sfteval.report.samples import sample_row
from sfteval.report.stored_judged import grade_comparison, graded_pair, judge_comparison, preference
from sfteval.types import (
    BudgetCurve,
    BudgetPoint,
    CallComparison,
    CallRate,
    Checkpoint,
    Comparison,
    ContaminatedTask,
    FailureCount,
    Fault,
    Finding,
    Guard,
    InstructionComparison,
    Lengths,
    Message,
    MetricComparison,
    Outcome,
    Pair,
    Part,
    PassComparison,
    PlaceCount,
    ProbeDifference,
    ProbeResult,
    ProbeVerdict,
    Reading,
    Repair,
    RuleDelta,
    Sample,
    Score,
    Sensitivity,
    Slice,
    Spread,
    ToolCall,
    Verdict,
)

RESULTS = "results.json"
SAMPLES = "samples.jsonl.gz"


def load_comparison(folder: Path) -> Comparison:
    """Return the comparison that the report in `folder` was written from."""
    results, rows = _read_results(folder / RESULTS), list(_read_rows(folder / SAMPLES))
    try:
        return comparison_from(results, rows)
    except (LookupError, TypeError, ValueError, AttributeError) as broken:
        where, got = str(folder), f"{type(broken).__name__} at {broken}"
        raise DataError(where, expected="a report of sfteval", got=got, next_move=_AGAIN) from broken


def settled(comparison: Comparison) -> Comparison:
    """Return the comparison as it will be read back: rounded, sorted, redacted; every file is made from this one."""
    rows = [json.loads(json.dumps(sample_row(pair), sort_keys=True)) for pair in comparison.pairs]
    return comparison_from(json.loads(render_results(comparison)), rows)


def comparison_from(results: Row, rows: list[Row]) -> Comparison:
    """Return the comparison that these parsed files hold."""
    sides = {side: _checkpoint(results[side]) for side in ("baseline", "candidate")}
    return _built(
        Comparison,
        results,
        **sides,
        baseline_settings=results["baseline"]["settings"],
        candidate_settings=results["candidate"]["settings"],
        metrics=tuple(_metric(row) for row in results["metrics"]),
        slices=tuple(_built(Slice, row) for row in results.get("slices", ())),
        pairs=tuple(_pair(row) for row in rows),
        verdict=Verdict(results["verdict"]),
        warnings=tuple(results["warnings"]),
        probes=tuple(_probe(row) for row in results["probes"]),
        probe_differences=tuple(_probe_difference(row) for row in results.get("probe_differences", ())),
        contaminated=tuple(_contaminated(row) for row in results.get("contaminated", ())),
        instructions=tuple(_instructions(row) for row in results.get("instructions", ())),
        sensitivity=_sensitivity(results.get("sensitivity")),
        guards=tuple(_built(Guard, row, verdict=Verdict(row["verdict"])) for row in results.get("guards", ())),
        judged=tuple(judge_comparison(row) for row in results.get("judge", {}).get("tasks", ())),
        graded=tuple(grade_comparison(row) for row in results.get("judge", {}).get("grades", ())),
        calls=tuple(_calls(row) for row in results.get("calls", ())),
        spreads=tuple(_built(Spread, row) for row in results.get("spreads", ())),
        passes=tuple(_built(PassComparison, row) for row in results.get("passes", ())),
        budgets=tuple(_budgets(row) for row in results.get("budgets", ())),
    )


_AGAIN = "Run sfteval compare again; answers that are stored are not asked again"


def _read_results(path: Path) -> dict[str, Any]:
    try:
        results: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise DataError(
            str(path.parent), expected=f"a report with {RESULTS}", got="none", next_move="Pass the folder of a report"
        ) from missing
    except (OSError, ValueError, RecursionError) as broken:
        raise DataError(str(path), expected="JSON", got=str(broken), next_move=_AGAIN) from broken
    version = results.get("schema_version") if isinstance(results, dict) else None
    if version != SCHEMA_VERSION:
        expected, move = f"schema_version {SCHEMA_VERSION}", "Render it with the sfteval that wrote it"
        raise DataError(str(path), expected=expected, got=version, next_move=move)
    return dict(results)


def _read_rows(path: Path) -> Iterator[Row]:
    if not path.exists():
        return
    line_number = 0
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            for line_number, line in enumerate(lines, 1):  # noqa: B007
                yield json.loads(line)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as broken:
        where = f"{path}, line {line_number}"
        raise DataError(where, expected="one JSON object a line", got=str(broken), next_move=_AGAIN) from broken


def _checkpoint(row: Row) -> Checkpoint:
    paths = {name: Path(row[name]) if row.get(name) else None for name in ("path", "base_path")}
    return _built(Checkpoint, row, **paths)


def _metric(row: Row) -> MetricComparison:
    verdict = Verdict(row["verdict"]) if row["verdict"] else None
    return _built(MetricComparison, row, finding=Finding(row["finding"]), verdict=verdict)


def _probe(row: Row) -> ProbeResult:
    sides = ("baseline", "candidate", None)
    known = row["verdict"] in get_args(ProbeVerdict) and row.get("side") in sides
    if not known or not isinstance(row["numbers"], dict):
        raise ValueError(f"probe {row['probe']}")
    return _built(ProbeResult, row)


def _probe_difference(row: Row) -> ProbeDifference:
    return _built(ProbeDifference, row, finding=Finding(row["finding"]))


def _contaminated(row: Row) -> ContaminatedTask:
    ids = {side: tuple(row[side]) for side in ("baseline_dirty", "candidate_dirty")}
    parts = {part: tuple(_metric(metric) for metric in row[part]) for part in ("all", "clean", "dirty")}
    return _built(ContaminatedTask, row, **ids, **parts)


def _instructions(row: Row) -> InstructionComparison:
    return _built(
        InstructionComparison,
        row,
        parts=tuple(_built(Part, part) for part in row["parts"]),
        deltas=tuple(_built(RuleDelta, delta) for delta in row["deltas"]),
        repairs=tuple(_built(Repair, repair) for repair in row["repairs"]),
    )


def _calls(row: Row) -> CallComparison:
    return _built(
        CallComparison,
        row,
        layers=tuple(row["layers"]),
        flow=tuple(tuple(counts) for counts in row["flow"]),
        codes=tuple(_built(FailureCount, count) for count in row["codes"]),
        places=tuple(_built(PlaceCount, count) for count in row["places"]),
        rates=tuple(_built(CallRate, rate) for rate in row["rates"]),
    )


def _budgets(row: Row) -> BudgetCurve:
    sides = {
        side: _built(
            Lengths, row[side], tokens=tuple(row[side]["tokens"]), think_tokens=tuple(row[side]["think_tokens"])
        )
        for side in ("baseline", "candidate")
    }
    return _built(BudgetCurve, row, points=tuple(_built(BudgetPoint, point) for point in row["points"]), **sides)


def _sensitivity(row: Row | None) -> Sensitivity | None:
    if row is None:
        return None
    metrics = tuple(_metric(metric) for metric in row["metrics"])
    return _built(Sensitivity, row, metrics=metrics, verdict=Verdict(row["verdict"]))


def _pair(row: Row) -> Pair:
    return _built(
        Pair,
        row,
        sample=_sample(row["sample"]),
        baseline_reading=_reading(row["baseline"]["reading"]),
        candidate_reading=_reading(row["candidate"]["reading"]),
        baseline=_score(row, "baseline"),
        candidate=_score(row, "candidate"),
        judged=tuple(preference(one) for one in row.get("judge", {}).get("preferences", ())),
        graded=tuple(graded_pair(one) for one in row.get("judge", {}).get("grades", ())),
    )


def _sample(row: Row) -> Sample:
    messages = tuple(
        _built(Message, message, tool_calls=tuple(message.get("tool_calls", ()))) for message in row["messages"]
    )
    return _built(Sample, row, messages=messages, tools=tuple(row["tools"]))


def _reading(row: Row) -> Reading:
    calls = tuple(_built(ToolCall, call, fault=_fault(call["fault"])) for call in row["tool_calls"])
    faults = tuple(_built(Fault, fault) for fault in row["faults"])
    notes, server = tuple(row.get("notes", ())), row.get("server_calls")
    outcome, served = Outcome(row["outcome"]), None if server is None else tuple(server)
    return _built(Reading, row, outcome=outcome, tool_calls=calls, faults=faults, notes=notes, server_calls=served)


def _fault(row: Row | None) -> Fault | None:
    return None if row is None else _built(Fault, row)


def _score(row: Row, side: str) -> Score:
    return _built(
        Score,
        row[side],
        sample_id=row["sample_id"],
        sample_index=row["sample_index"],
        outcome=Outcome(row[side]["outcome"]),
    )
