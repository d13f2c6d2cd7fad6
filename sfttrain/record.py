"""A finished run and the lines of its `metrics.jsonl` in, one tracked experiment out, written offline.

It stands in the project of the evaluations, tagged with its arm as they are, so that a checkpoint's training and its
scores line up. What goes along is chosen by name: settings, counts, hashes, versions and figures; never a row, a row's
id, or where a file lies. Knows no tracker's interface but `sfteval.tracking`, and draws nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sfteval.tracking import Experiment, last_part, write_offline

FOLDER = "comet"
MAX_POINTS = 1_000  # of one series: Comet writes each point by itself, 280 bytes of archive
STEP_SERIES = (
    "loss",
    "lr",
    "grad_norm",
    "tokens_per_second",
    "num_supervised",
    "loss_first",
    "loss_2_4",
    "loss_5_16",
    "loss_rest",
)
SETTINGS = ("recipe", "arm", "precision", "template_sha256", "template_kwargs", "stop_token_ids", "versions")
DATA_SETTINGS = ("sha256", "format", "rows_read", "rows_overlong", "rows_refused")
PLACES = ("path", "base")  # settings that say where a file lies


def write_record(run: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write the archive of a run into `folder`/comet and return its path; no network is touched.

    `run` is what `sft_run.json` holds, `lines` what `metrics.jsonl` does. Raises: StoreError.
    """
    (archive,) = write_offline([comet_experiment(run, lines)], folder / FOLDER)
    return archive


def comet_experiment(run: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Experiment:
    """Return the experiment of a run: settings as parameters, totals as metrics, every figure of a step as a series."""
    steps = [line for line in lines if "held_out" not in line]
    evaluations = [{"step": line["step"], **line["held_out"]} for line in lines if "held_out" in line]
    measured = {name: None for line in evaluations for name in line if name != "step"}
    series = {f"train/{name}": _series(steps, name) for name in STEP_SERIES}
    series |= {f"held_out/{name}": _series(evaluations, name) for name in measured}
    identity, arm = str(run.get("identity", "")).removeprefix("sha256:")[:8], str(run.get("arm", "run"))
    return Experiment(
        name=f"sfttrain {arm}@{identity or 'unknown'}",
        tags=("sfttrain", "role:training", f"variant:{arm}", f"schema:{run.get('schema_version', 1)}"),
        metrics=_totals(run) | {"train/num_spikes": float(sum(line.get("spike") is True for line in steps))},
        series={name: points for name, points in series.items() if points},
        parameters=_parameters(run),
        others={"role": "training", "identity": run.get("identity"), "order": run.get("order_sha256")},
    )


def _parameters(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decided the run, without a place of any file and without a row."""
    data, base = run.get("data", {}), run.get("base", {})
    chosen: dict[str, Any] = {name: run[name] for name in SETTINGS if name in run}
    chosen["data"] = {name: data[name] for name in DATA_SETTINGS if name in data}
    chosen["data"]["rows_dropped"] = sum(data.get("rows_dropped", {}).values())  # the reasons may quote a row
    chosen["data"] |= {f"rows_{name}": len(data[name]) for name in ("train", "held_out") if name in data}
    chosen["base_fingerprint"] = base.get("fingerprint")
    chosen["counts"] = run.get("counts", {}).get(run.get("arm"), {})
    placeless: dict[str, Any] = _placeless(chosen)
    return placeless


def _totals(run: Mapping[str, Any]) -> dict[str, float | None]:
    totals = run.get("totals", {})
    return {f"total/{name}": float(value) for name, value in totals.items() if _is_number(value)}


def _series(lines: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """Return step and figure wherever there is one, evenly thinned, the last one kept."""
    points = [(int(line["step"]), float(line[name])) for line in lines if _is_number(line.get(name))]
    stride = -(-len(points) // MAX_POINTS) or 1
    return points[::-1][::stride][::-1]


def _placeless(value: Any) -> Any:
    """Return settings in which every path is its last part; `hf:ORG/NAME` is a name and stays."""
    if isinstance(value, Mapping):
        return {name: _name_of(item) if name in PLACES else _placeless(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_placeless(item) for item in value]
    return value


def _name_of(place: Any) -> Any:
    return place if not isinstance(place, str) or place.startswith("hf:") else last_part(place)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
