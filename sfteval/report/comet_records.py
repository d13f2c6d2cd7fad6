"""A Comparison in, three tracked experiments out: A, B and what differs between them.

All three stand in one project with the same names for the same things, so that Comet's own diff and data panels line
them up. Metrics are `task/metric` on a side and `delta/task/metric` with its interval on the comparison. No model text:
the samples table holds ids, outcomes and scores; the report's files go along as assets where they are given.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sfteval.report.plain import compact
from sfteval.report.results import SCHEMA_VERSION, results_json
from sfteval.report.stored import settled
from sfteval.report.text import one_line
from sfteval.tracking import Experiment, Table, write_offline
from sfteval.types import Checkpoint, Comparison, Json, MetricComparison, Score

PROJECT = "sfteval"
FOLDER = "comet"
SCORE_COLUMNS = ("task", "sample_id", "sample_index", "outcome", "metric", "value")
METRIC_COLUMNS = (
    "task",
    "metric",
    "gating",
    "n",
    "baseline",
    "candidate",
    "difference",
    "ci_low",
    "ci_high",
    "p_value",
    "p_adjusted",
    "finding",
    "verdict",
    "drift",
)
PROBE_COLUMNS = ("probe", "verdict", "sentence")

Side = Literal["baseline", "candidate"]


def write_comet(comparison: Comparison, folder: Path, files: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Write one Comet archive per experiment into `folder`/comet and return their paths; no network is touched."""
    written = write_offline(experiments(comparison, files), folder / FOLDER)
    for archive in set((folder / FOLDER).glob("*.zip")) - set(written):
        archive.unlink()  # of an earlier report in the same folder
    return written


def experiments(comparison: Comparison, files: Sequence[Path] = ()) -> tuple[Experiment, ...]:
    """Return the experiments of A, of B and of their comparison."""
    comparison = settled(comparison)
    results = results_json(comparison)
    pair = hashlib.sha256(
        compact([results["baseline"], results["candidate"], results["metrics"]]).encode()
    ).hexdigest()[:8]
    return (
        _side(comparison, results, "baseline", pair),
        _side(comparison, results, "candidate", pair),
        _difference(comparison, results, pair, files),
    )


def _side(comparison: Comparison, results: Json, side: Side, pair: str) -> Experiment:
    checkpoint: Checkpoint = getattr(comparison, side)
    metrics = {f"{metric.task}/{metric.metric}": getattr(metric, side) for metric in comparison.metrics}
    counts = {metric.task: metric.n for metric in comparison.metrics}
    slices = {
        f"{piece.task}/{piece.metric}/{piece.field}/{piece.value}": getattr(piece, side) for piece in comparison.slices
    }
    outcomes = {
        f"{task}/outcome/{name}": count
        for task, sides in comparison.outcomes.items()
        for name, count in sides.get(side, {}).items()
    }
    costs = {f"cost/{name}": value for name, value in comparison.costs.get(side, {}).items() if _is_number(value)}
    return Experiment(
        name=f"{one_line(checkpoint.name)}@{_short(checkpoint)}",
        tags=_tags("a" if side == "baseline" else "b", pair, checkpoint),
        project=PROJECT,
        metrics=metrics | {f"{task}/n": float(n) for task, n in counts.items()} | slices | outcomes | costs,
        parameters={key: value for key, value in results[side].items() if value not in (None, {})},
        others={"role": side, "pair_id": pair, "verdict": comparison.verdict.value},
        tables={"samples.csv": Table(SCORE_COLUMNS, _score_rows(comparison, side))},
    )


def _difference(comparison: Comparison, results: Json, pair: str, files: Sequence[Path]) -> Experiment:
    metrics: dict[str, float | None] = {}
    for metric in comparison.metrics:
        metrics |= _delta(metric)
    names = one_line(comparison.candidate.name), one_line(comparison.baseline.name)
    return Experiment(
        name=f"{names[0]} against {names[1]}@{pair}",
        tags=_tags("comparison", pair, comparison.baseline, comparison.candidate),
        project=PROJECT,
        metrics=metrics,
        parameters={"matched": results["matched"], "reproduce": results["reproduce"]},
        others={
            "role": "comparison",
            "pair_id": pair,
            "verdict": comparison.verdict.value,
            "headline": one_line(comparison.headline),
        },
        tables={
            "metrics.csv": Table(
                METRIC_COLUMNS, [[row[name] for name in METRIC_COLUMNS] for row in results["metrics"]]
            ),
            "probes.csv": Table(PROBE_COLUMNS, [[row[name] for name in PROBE_COLUMNS] for row in results["probes"]]),
        },
        assets=tuple(files),
        html=_fragment(comparison),
    )


def _delta(metric: MetricComparison) -> Mapping[str, float | None]:
    name = f"delta/{metric.task}/{metric.metric}"
    return {
        name: metric.difference,
        f"{name}/ci_low": metric.ci_low,
        f"{name}/ci_high": metric.ci_high,
        f"{name}/p_value": metric.p_value,
        f"{name}/n": float(metric.n),
    }


def _score_rows(comparison: Comparison, side: Side) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for pair in comparison.pairs:
        score: Score = getattr(pair, side)
        for metric, value in sorted(score.metrics.items()):
            rows.append((pair.task, pair.sample.id, pair.sample_index, score.outcome.value, metric, value))
    return rows


def _tags(role: str, pair: str, *checkpoints: Checkpoint) -> tuple[str, ...]:
    arms = dict.fromkeys(str(checkpoint.training["arm"]) for checkpoint in checkpoints if "arm" in checkpoint.training)
    return ("sfteval", f"schema:{SCHEMA_VERSION}", f"role:{role}", f"pair:{pair}", *(f"variant:{arm}" for arm in arms))


def _fragment(comparison: Comparison) -> str:
    from markupsafe import Markup

    return str(
        Markup("<p><b>{}</b></p><p>{}</p><p>The whole report is the asset report.html.</p>").format(
            comparison.verdict.value, one_line(comparison.headline)
        )
    )


def _short(checkpoint: Checkpoint) -> str:
    return (checkpoint.fingerprint or "unverified").removeprefix("sha256:")[:8]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
