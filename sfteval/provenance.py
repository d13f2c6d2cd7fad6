"""How a run and a comparison came about: where a run is kept, its manifest, and what stands beside the figures.

Identities, settings, versions, drift, and whatever keeps two sides from having been asked alike. Does not ask or score.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sfteval.backends import Backend
from sfteval.contract import contract_table, dialect_row, fairness, help_with_calls, prompts_row, said_of_calls
from sfteval.generate import effective_sampling
from sfteval.identity import content_hash, file_hash
from sfteval.store import RunFolder
from sfteval.tracking import redacted
from sfteval.types import Checkpoint, Comparison, Json, Outcome, Sampling, Suite, Task

PACKAGES = ("sfteval", "torch", "transformers", "tokenizers", "numpy", "scipy", "statsmodels", "jinja2")
SIDES = ("baseline", "candidate")

# -- a run -------------------------------------------------------------------------------------------------------------


def run_key(checkpoint: Checkpoint) -> str:
    """Return by what a run is found again: the fingerprint, and the settings that are not the checkpoint's own.

    A stored run is found by its place and its manifest: never by its checkpoint, whose own folder is another.
    """
    if checkpoint.kind == "run" and checkpoint.path is not None:
        place = checkpoint.path.resolve()
        return content_hash(["run", str(place), file_hash(place / "run.json")])[:8]
    key = (checkpoint.fingerprint or content_hash([checkpoint.url, checkpoint.model]))[:8]
    defaults = checkpoint.training.get("template_kwargs", {})
    if checkpoint.sampling_overrides or dict(checkpoint.template_kwargs) != dict(defaults):
        # One checkpoint under two settings is two runs.
        key = content_hash([key, dict(checkpoint.template_kwargs), dict(checkpoint.sampling_overrides)])[:8]
    if checkpoint.tool_choice != "auto":
        key = content_hash([key, checkpoint.tool_choice])[:8]
    return key


def run_path(checkpoint: Checkpoint, runs: Path) -> Path:
    """Return `runs/<name>-<fingerprint8>`, found again by its fingerprint whatever the checkpoint is called now."""
    key = run_key(checkpoint)
    known = sorted(path for path in runs.glob(f"*-{key}") if path.is_dir())
    return known[0] if known else runs / f"{checkpoint.name}-{key}"


def asked_before(checkpoint: Checkpoint, folder: RunFolder) -> dict[str, Any]:
    """Return the manifest under which stored answers were asked; of a stored run, its own."""
    source = RunFolder(checkpoint.path) if checkpoint.kind == "run" and checkpoint.path is not None else folder
    return source.manifest()


def computed_anew(before: Json, now: Json | None) -> str:
    """Return that a folder's earlier answers were computed otherwise than those of now; "" where they were not."""
    arithmetic = [(backend or {}).get("arithmetic") for backend in (before, now)]
    if not all(arithmetic) or arithmetic[0] == arithmetic[1]:
        return ""
    return (
        f"earlier answers there were computed by {arithmetic[0]}, these are by {arithmetic[1]}: none stands for another"
    )


def think_end_id(backend: Backend, computed_by: Json) -> int | None:
    """Return the token id that ends a thought: the backend's, else what the settings of the stored answers say."""
    told = computed_by.get("think_end_id")
    stored = told if isinstance(told, int) else None
    return stored if backend.think_end_id is None else backend.think_end_id


def run_settings(checkpoint: Checkpoint, tasks: Sequence[Task], *, seed: int, limit: int | None) -> dict[str, Any]:
    """Return how a checkpoint was asked; of a stored run, how it was asked then."""
    settings: dict[str, Any] = {
        "sampling": {task.name: _as_stored(effective_sampling(task, checkpoint)) for task in tasks},
        "samples": {task.name: task.num_samples for task in tasks},
        "template_kwargs": dict(checkpoint.template_kwargs),
        "help_with_calls": help_with_calls(checkpoint, tasks),
        "seed": seed,
        "limit": limit,
    }
    if checkpoint.kind == "run" and checkpoint.path is not None:
        then = RunFolder(checkpoint.path).manifest().get("settings", {})
        sampling = {name: then.get("sampling", {}).get(name, now) for name, now in settings["sampling"].items()}
        settings |= {"sampling": sampling, "seed": then.get("seed", seed)}
        settings["help_with_calls"] = then.get("help_with_calls", [])
    return settings


def _as_stored(sampling: Sampling) -> dict[str, Any]:
    """Return sampling as it comes back from `run.json`, so that a stored run and a fresh one can be compared."""
    return asdict(sampling) | {"stop": list(sampling.stop)}


def manifest(checkpoint: Checkpoint, suites: Sequence[Suite], settings: Json) -> dict[str, Any]:
    """Return `run.json`: identity, versions, settings."""
    found: dict[str, Any] = redacted(_manifest(checkpoint, suites, settings))
    return found


def _manifest(checkpoint: Checkpoint, suites: Sequence[Suite], settings: Json) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "checkpoint": {
            "argument": checkpoint.argument,
            "kind": checkpoint.kind,
            "name": checkpoint.name,
            "fingerprint": checkpoint.fingerprint,
            "verified": checkpoint.fingerprint is not None,
            "template_sha256": checkpoint.template_sha256,
            "template_kwargs": dict(checkpoint.template_kwargs),
            "training": dict(checkpoint.training),
        },
        "suites": suite_identities(suites),
        "settings": dict(settings),
        "versions": versions(),
    }


def suite_identities(suites: Sequence[Suite]) -> dict[str, Any]:
    """Return what was asked: each suite's version and its data's hashes."""
    return {
        suite.name: {"version": suite.version, "data": {task.name: task.data_sha256 for task in suite.tasks}}
        for suite in suites
    }


def versions() -> dict[str, str]:
    """Return the versions of what decides the numbers."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


# -- a comparison ------------------------------------------------------------------------------------------------------


def with_context(
    comparison: Comparison, suites: Sequence[Suite], *, command: str, seed: int, limit: int | None
) -> Comparison:
    """Add what the gate and the report need to know about how the comparison came about."""
    tasks = [task for suite in suites for task in suite.tasks]
    settings = dict(zip(SIDES, (comparison.baseline_settings, comparison.candidate_settings), strict=True))
    reproduce = {
        "command": command,
        "seed": seed,
        "limit": limit,
        "suites": suite_identities(suites),
        "versions": versions(),
        "fairness": fairness(comparison.baseline, comparison.candidate),
        "contract": [
            *contract_table(comparison.baseline, comparison.candidate),
            *prompts_row(*(settings[side].get("contract", {}).get("answers", {}) for side in SIDES)),
            *dialect_row(comparison.baseline_settings, comparison.candidate_settings, tasks),
        ],
        "drift": [side for side in SIDES if settings[side].get("contract", {}).get("drifted")],
        "sanity": {task.name: dict(task.sanity) for task in tasks if task.sanity},
        "scope": "These two checkpoints are compared, not their recipes: training seeds move scores too.",
    }
    warnings = (*comparison.warnings, *_warnings(comparison, tasks))
    return replace(comparison, warnings=warnings, reproduce=reproduce)


def _warnings(comparison: Comparison, tasks: Sequence[Task]) -> list[str]:
    """Return what keeps the two sides from having been asked alike, or as they were trained."""
    sides = (
        (comparison.baseline, comparison.baseline_settings),
        (comparison.candidate, comparison.candidate_settings),
    )
    warnings = [
        f"{checkpoint.name}: {said}"
        for checkpoint, settings in sides
        for said in settings.get("contract", {}).get("said", ())
    ]
    warnings.extend(f"{checkpoint.name}: {said}" for checkpoint, settings in sides if (said := unheeded(settings)))
    warnings.extend(f"{checkpoint.name}: {said}" for checkpoint, settings in sides for said in of_log(settings))
    warnings.extend(
        f"{checkpoint.name}: {said}" for checkpoint, settings in sides for said in said_of_calls(settings, tasks)
    )
    configurations = [_log_source(settings).get("config_sha256") for _, settings in sides]
    if all(configurations) and configurations[0] != configurations[1]:
        warnings.append("the two logs were made with different configurations of their task")
    if not comparison.matched:
        warnings.append("the two sides were asked with different sampling (matched: false)")
    asked = [_computed_by(settings) for _, settings in sides]
    if all(asked) and asked[0] != asked[1]:
        warnings.append(f"the two sides were computed differently: A by {asked[0]}, B by {asked[1]}")
    for checkpoint, _ in sides:
        if checkpoint.fingerprint is None:
            warnings.append(f"{checkpoint.name}: an endpoint has no fingerprint, its answers are unverified")
    warnings.extend(_left_out(comparison))
    return warnings


def _left_out(comparison: Comparison) -> Iterator[str]:
    """Say how many prompts a table's n lacks because nobody answered them."""
    for task, outcomes in comparison.outcomes.items():
        lost = [outcomes[side].get(str(Outcome.ERROR), 0) for side in SIDES]
        if any(lost):
            said = f"{task}: answers that are missing, and left out: {lost[0]} of A, {lost[1]} of B"
            yield "; ".join([said, *_refused(comparison, task)])


def _refused(comparison: Comparison, task: str) -> Iterator[str]:
    """Say how many answers of both sides were refused: asking again would not mend them."""
    scores = [score for pair in comparison.pairs if pair.task == task for score in (pair.baseline, pair.candidate)]
    errors = [str(score.detail.get("error", "")) for score in scores]
    if num := sum("got HTTP 400" in error for error in errors):
        yield f"HTTP 400 for {num} of them, as for a prompt beyond the model's context"
    if num := sum("within the model's context" in error for error in errors):
        yield f"{num} of them are to prompts beyond the model's context"


def of_log(settings: Json) -> list[str]:
    """Return whose log or file a side's answers were read from, as far as it must be said; nothing for others."""
    source, notes = _log_source(settings), (settings.get("backend") or {}).get("notes")
    said = [f"answers of {source.get('said', '')}", *map(str, source.get("notes", ()))] if source else []
    return [*said, *map(str, notes if isinstance(notes, list) else ())]


def _log_source(settings: Json) -> Json:
    source = (settings.get("backend") or {}).get("source")
    return source if isinstance(source, Mapping) else {}


def unheeded(settings: Json) -> str:
    """Return what a server was asked for and may not read: it took any value there when it was probed; "": nothing."""
    unread = settings.get("backend", {}).get("capabilities", {}).get("unread", ())
    sampling = settings.get("sampling", {}).values()
    asked = {
        "chat_template_kwargs": bool(settings.get("template_kwargs")),
        "top_k": any(one.get("top_k") for one in sampling),
        "seed": any(one.get("temperature") for one in sampling),
    }
    fields = [field for field in sorted(asked) if asked[field] and field in unread]
    return f"the server takes any value of {', '.join(fields)}, so it may not read what was asked" if fields else ""


def _computed_by(settings: Json) -> str:
    """Return how a side was computed, as one phrase; "": not known, as of answers made elsewhere."""
    backend = settings.get("backend") or {}
    named = backend.get("backend", "")
    own = f"{named} {backend.get('dtype', '')}".strip()  # of a backend that says no more, and of older runs
    return "" if named == "replay" else str(backend.get("arithmetic") or own)
