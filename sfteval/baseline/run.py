"""A Run and its suites in, a Baseline out; a Baseline and the suites that are asked now in, a Run without answers out.

A saved score counts for a sample of its task and id only where what was asked, and what the answer was held against,
are still the same. What is saved beside what is asked is named, so that whoever compares can tell how much is left out.
Does not know the other run.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sfteval.baseline.file import AGAIN, load_baseline
from sfteval.baseline.form import Baseline, SavedScore, asked_hash, rules_hash, saved_id
from sfteval.errors import NotComparableError
from sfteval.types import Checkpoint, Outcome, Reading, Run, Score, Suite, Task, TaskRun

SETTINGS = ("sampling", "samples", "seed", "limit", "scoring", "dialect")
COMPUTED_BY = ("arithmetic", "backend", "dtype")
DRIFTED = "its scores are of answers that were asked with a drifted template"
NOT_STORED = "(not stored: a saved baseline holds scores only)"
_READINGS: Mapping[Outcome, Reading] = {
    outcome: Reading(outcome, NOT_STORED, notes=("not_stored",)) for outcome in Outcome
}


def baseline_of(run: Run, suites: Sequence[Suite]) -> Baseline:
    """Return what is saved of a run: no text of a prompt, an answer, a score's detail or a template's argument."""
    settings = {key: run.settings[key] for key in SETTINGS if key in run.settings}
    computed_by = {key: value for key, value in (run.settings.get("backend") or {}).items() if key in COMPUTED_BY}
    kwargs = run.settings.get("template_kwargs", {})
    settings["template_kwargs"] = {key: value for key, value in kwargs.items() if isinstance(value, bool | int | float)}
    if run.settings.get("contract", {}).get("drifted"):
        settings["contract"] = {"drifted": True, "said": [DRIFTED]}
    return Baseline(
        checkpoint={
            "name": run.checkpoint.name,
            "fingerprint": run.checkpoint.fingerprint,
            "template_sha256": run.checkpoint.template_sha256,
        },
        settings=settings | {"backend": computed_by},
        suites={
            suite.name: {"version": suite.version, "data": {task.name: task.data_sha256 for task in suite.tasks}}
            for suite in suites
        },
        rules={one.task.name: rules_hash(one.task) for one in run.tasks},
        scores={one.task.name: tuple(_saved(one)) for one in run.tasks},
        sfteval=version("sfteval"),
    )


def saved_run(checkpoint: Checkpoint, suites: Sequence[Suite], *, whole: bool = True, allow_drift: bool = False) -> Run:
    """Return the run that a saved baseline stands for; `whole`: all prompts of the suites are asked, not a part.

    Raises: DataError for a file that cannot be read; NotComparableError for answers that were scored by other rules, or
    asked with a drifted template where that is not allowed.
    """
    assert checkpoint.path is not None
    baseline = load_baseline(checkpoint.path)
    if "contract" in baseline.settings and not allow_drift:
        raise NotComparableError(
            str(checkpoint.path),
            expected="scores of answers that were asked as the checkpoint was trained",
            got="others: the template had drifted",
            next_move="Pass --allow-template-drift to compare all the same",
        )
    notes = list(_notes(baseline, suites))
    computed_by = baseline.settings.get("backend", {})
    tasks = tuple(_task_run(baseline, task, checkpoint.path, whole=whole) for suite in suites for task in suite.tasks)
    sampling = baseline.settings.get("sampling", {})
    asked = {one.task.name: sampling[one.task.name] for one in tasks if one.task.name in sampling}
    settings = dict(baseline.settings) | {"sampling": asked, "backend": {**computed_by, "notes": notes}}
    return Run(checkpoint, settings, tasks)


def _saved(run: TaskRun) -> Iterator[SavedScore]:
    asked = {sample.id: asked_hash(sample) for sample in run.task.samples}
    for score in run.scores:
        name = saved_id(score.sample_id)
        yield SavedScore(name, score.sample_index, asked[score.sample_id], score.outcome, dict(score.metrics))


def _task_run(baseline: Baseline, task: Task, path: Path, *, whole: bool) -> TaskRun:
    saved = baseline.scores.get(task.name, ())
    if saved and baseline.rules.get(task.name) != rules_hash(task):
        raise NotComparableError(
            f"{path}, task {task.name}",
            expected=f'scores by the scorer "{task.scorer}" with the options that the task has now',
            got="scores by others",
            next_move=AGAIN,
        )
    by_id: dict[str, list[SavedScore]] = {}
    for score in saved:
        by_id.setdefault(score.id, []).append(score)
    names = {saved_id(sample.id): sample for sample in task.samples}
    scores: list[Score] = []
    others = [] if not whole else [name for name in by_id if name not in names]
    for name, sample in names.items():
        found, asked = by_id.get(name, ()), asked_hash(sample)
        same = [score for score in found if score.asked == asked]
        scores.extend(Score(sample.id, score.index, score.outcome, score.metrics) for score in same)
        if found and not same:
            others.append(sample.id)
    return TaskRun(task, (), tuple(_READINGS[score.outcome] for score in scores), tuple(scores), tuple(others))


def _notes(baseline: Baseline, suites: Sequence[Suite]) -> Iterator[str]:
    """Say what has changed since the scores were saved."""
    if baseline.sfteval != (now := version("sfteval")):
        yield f"scored by sfteval {baseline.sfteval}, the other side by {now}: rules may have been mended between"
    for suite in suites:
        then: Any = baseline.suites.get(suite.name)
        data = {task.name: task.data_sha256 for task in suite.tasks}
        if not isinstance(then, Mapping):
            continue
        before = then.get("data")
        known = before if isinstance(before, Mapping) else {}
        if then.get("version") != suite.version:
            yield f"suite {suite.name} was version {str(then.get('version'))[:40]} then and is {suite.version} now"
        elif any(known.get(name, sha) != sha for name, sha in data.items()):
            yield f"the data of suite {suite.name} have changed since"
