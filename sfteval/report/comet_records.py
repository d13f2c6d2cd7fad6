"""A Comparison in, three tracked experiments out: A, B and what differs between them.

All three stand in one project with the same names for the same things, so that Comet's own diff and data panels line
them up: `task/metric` and `probe/name/measure` on a side, the same below `delta/` with interval and n on the
comparison; tables of one name have one set of columns. No model text is in a record, and no place of a file; the
report's own files go along as assets where they are given.
Source of the convention: how Comet's users compare (its documentation on diffing and data panels); a metric belongs to
its task, as on the scoreboard.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sfteval.report.comet_names import experiment_name, facts, variant
from sfteval.report.comet_probes import PROBE_COLUMNS, difference_metrics, difference_rows, side_metrics, side_rows
from sfteval.report.plain import compact
from sfteval.report.results import SCHEMA_VERSION, results_json
from sfteval.report.stored import settled
from sfteval.report.text import one_line
from sfteval.tracking import Experiment, Table, placeless, write_offline
from sfteval.types import Checkpoint, Comparison, Json, MetricComparison, Score

PROJECT = "sfteval"
FOLDER = "comet"
ASSETS = {"report.html": "report.html", "summary.md": "report.md", "results.json": "results.json"}  # file -> name there
PLACES = ("path", "base_path")  # of a checkpoint: its argument says where it lies, as far as that may be told
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

Side = Literal["baseline", "candidate"]


def write_comet(comparison: Comparison, folder: Path, files: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Write one Comet archive per experiment into `folder`/comet and return their paths; no network is touched.

    Of `files`, those of a report that Comet shows go along. Raises: StoreError.
    """
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
    told = {key: value for key, value in results[side].items() if key not in PLACES and value not in (None, {})}
    return Experiment(
        name=experiment_name(checkpoint),
        tags=_tags("a" if side == "baseline" else "b", pair, comparison, checkpoint),
        project=PROJECT,
        metrics=_figures(comparison, side) | side_metrics(comparison, side),
        parameters=placeless(told | {"asked": _asked(results)}),
        others={"role": side, "pair_id": pair, "verdict": comparison.verdict.value, **facts(checkpoint)},
        tables={
            "samples.csv": Table(SCORE_COLUMNS, list(_score_rows(comparison, side))),
            "probes.csv": Table(PROBE_COLUMNS, side_rows(comparison, side)),
        },
    )


def _figures(comparison: Comparison, side: Side) -> dict[str, float | None]:
    """Return every number of one side but its probes'."""
    metrics = {f"{metric.task}/{metric.metric}": getattr(metric, side) for metric in comparison.metrics}
    counts = {f"{metric.task}/n": float(metric.n) for metric in comparison.metrics}
    slices = {
        f"{piece.task}/{piece.metric}/{piece.field}/{piece.value}": getattr(piece, side) for piece in comparison.slices
    }
    outcomes = {
        f"{task}/outcome/{name}": count
        for task, sides in comparison.outcomes.items()
        for name, count in sides.get(side, {}).items()
    }
    costs = {f"cost/{name}": value for name, value in comparison.costs.get(side, {}).items() if _is_number(value)}
    return metrics | counts | slices | outcomes | costs


def _difference(comparison: Comparison, results: Json, pair: str, files: Sequence[Path]) -> Experiment:
    metrics: dict[str, float | None] = {}
    for metric in comparison.metrics:
        metrics |= _delta(metric)
    names = one_line(comparison.candidate.name), one_line(comparison.baseline.name)
    return Experiment(
        name=f"{names[0]} against {names[1]}@{pair}",
        tags=_tags("comparison", pair, comparison, comparison.baseline, comparison.candidate),
        project=PROJECT,
        metrics=metrics | difference_metrics(comparison),
        parameters=placeless({"matched": results["matched"], "reproduce": results["reproduce"]}),
        others={
            "role": "comparison",
            "pair_id": pair,
            "verdict": comparison.verdict.value,
            "headline": one_line(comparison.headline),
            "base": facts(comparison.candidate)["base"],
        },
        tables={
            "metrics.csv": Table(
                METRIC_COLUMNS, [[row[name] for name in METRIC_COLUMNS] for row in results["metrics"]]
            ),
            "probes.csv": Table(PROBE_COLUMNS, difference_rows(comparison)),
        },
        assets={ASSETS[path.name]: path for path in files if path.name in ASSETS},
        html=_fragment(comparison),
    )


def _delta(metric: MetricComparison) -> Mapping[str, float | None]:
    name = f"delta/{metric.task}/{metric.metric}"
    return {
        name: metric.difference,
        f"{name}/ci_lo": metric.ci_low,
        f"{name}/ci_hi": metric.ci_high,
        f"{name}/p_value": metric.p_value,
        f"{name}/n": float(metric.n),
    }


def _score_rows(comparison: Comparison, side: Side) -> Iterator[tuple[Any, ...]]:
    for pair in comparison.pairs:
        score: Score = getattr(pair, side)
        for metric, value in sorted(score.metrics.items()):
            yield (pair.task, pair.sample.id, pair.sample_index, score.outcome.value, metric, value)


def _asked(results: Json) -> dict[str, Any]:
    """Return what both sides were asked: suites with the hashes of their data, seed and limit."""
    return {name: results["reproduce"][name] for name in ("suites", "seed", "limit") if name in results["reproduce"]}


def _tags(role: str, pair: str, comparison: Comparison, *checkpoints: Checkpoint) -> tuple[str, ...]:
    suites = [f"suite:{one_line(name)}" for name in comparison.reproduce.get("suites", {})]
    variants = [f"variant:{arm}" for each in checkpoints if (arm := variant(each))]
    bases = [f"base:{base}" for each in checkpoints if (base := facts(each)["base"])]
    fixed = ("sfteval", f"schema:{SCHEMA_VERSION}", f"role:{role}", f"pair:{pair}")
    return tuple(dict.fromkeys((*fixed, *variants, *suites, *bases)))


def _fragment(comparison: Comparison) -> str:
    from markupsafe import Markup

    return str(
        Markup("<p><b>{}</b></p><p>{}</p><p>The whole report is the asset report.html.</p>").format(
            comparison.verdict.value, one_line(comparison.headline)
        )
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
