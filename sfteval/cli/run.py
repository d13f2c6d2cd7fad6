"""`sfteval run`: one checkpoint over suites, kept in its run folder; or all those of a training run, as they come."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import (
    asking_options,
    awaited,
    debug_option,
    parsed_settings,
    printable,
    progress_for,
    run_plan,
)
from sfteval.errors import CheckpointError, ConfigurationError

if TYPE_CHECKING:
    from sfteval.types import Json, Run, Score, TaskRun

LOOK_SECONDS = 5.0

EXAMPLES = """
\b
Examples:
  sfteval run checkpoints/lab/think --suite starter
  sfteval run 'checkpoints/lab/think.steps/*' --suite starter --follow 30
"""


@click.command("run", epilog=EXAMPLES)
@click.argument("checkpoint")
@asking_options
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Template or sampling key.")
@click.option("--follow", type=click.FloatRange(0, 10_000), metavar="MINUTES",
              help="With a pattern: wait for new checkpoints until none has come for so long.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the means as JSON and nothing else.")
@debug_option
def command(checkpoint: str, settings: tuple[str, ...], follow: float | None, as_json: bool, **options: Any) -> None:
    """Ask CHECKPOINT every prompt of the suites, score the answers, keep both for later comparisons.

    CHECKPOINT may be a pattern in quotes: each checkpoint that it names is asked, in the order of its steps.
    """
    from sfteval.checkpoints import is_pattern
    from sfteval.pipeline import run_checkpoint

    plan, own, progress = run_plan(options), parsed_settings(settings, "--set"), progress_for(as_json)
    if not is_pattern(checkpoint):
        if follow is not None:
            raise ConfigurationError(
                "--follow",
                expected="a pattern in quotes",
                got=checkpoint,
                next_move="Write 'OUT.steps/*'",
            )
        shown(awaited(run_checkpoint(checkpoint, plan, own, progress)), as_json)
        return
    rows: list[tuple[str, Run]] = []
    left_out: CheckpointError | None = None
    for name in found(checkpoint, follow or 0.0):
        try:
            rows.append((name, awaited(run_checkpoint(name, plan, own, progress))))
        except CheckpointError as error:
            if follow is None:
                raise
            left_out = error
            progress.say(f"left out: {error}")  # training keeps the last few only
            continue
        if not as_json:
            click.echo(line(*rows[-1]))
    if left_out is not None and not rows:
        raise left_out
    if as_json:
        click.echo(json.dumps([{"checkpoint": name, **told(run)} for name, run in rows], indent=2, sort_keys=True))


def found(pattern: str, minutes: float) -> Iterator[str]:
    """Yield the checkpoints that a pattern names, and those that come while nothing new has been missing for so long.

    Raises: CheckpointError where none has come at all.
    """
    from sfteval.checkpoints import matching

    seen: set[str] = set()
    last = time.monotonic()
    while True:
        try:
            new = [name for name in matching(pattern) if name not in seen]
        except CheckpointError:
            new = []
        if new:
            seen.add(new[0])
            yield new[0]  # then look again: training may have removed or added some meanwhile
            last = time.monotonic()
        elif time.monotonic() - last >= minutes * 60:
            break
        else:
            time.sleep(min(LOOK_SECONDS, minutes * 60))
    if not seen:
        matching(pattern)


def shown(run: "Run", as_json: bool) -> None:
    """Print each metric's mean over the prompts that have one, what must be said of it, and where the run is kept."""
    if as_json:
        click.echo(json.dumps(told(run), indent=2, sort_keys=True))
        return
    show_means(run)
    show_place(run)


def show_means(run: "Run") -> None:
    """Print the means, and what must be said of them."""
    from sfteval.contract import said_of_calls
    from sfteval.provenance import of_log, unheeded

    for task, metrics in means(run).items():
        for metric, mean in metrics.items():
            click.echo(f"{task:<28} {metric + mark(run):<28} {mean.text:>5}   n = {mean.num_prompts:,}")
    for said in _contract(run).get("said", ()):
        click.echo(f"{'†' if mark(run) else 'note:'} {printable(said)}")
    for said in [*of_log(run.settings), *said_of_calls(run.settings, [part.task for part in run.tasks])]:
        click.echo(f"note: {printable(said)}")
    if said := unheeded(run.settings):
        click.echo(f"note: {printable(said)}")


def show_place(run: "Run") -> None:
    """Print where the run is kept, and what it is kept for."""
    click.echo(f"\nkept in {run.folder}; compare with: sfteval compare run:{run.folder} OTHER --suite SUITE")


def line(name: str, run: "Run") -> str:
    """Return one checkpoint's means on one line."""
    figures = [
        f"{task} {metric}{mark(run)} {mean.text}"
        for task, metrics in means(run).items()
        for metric, mean in metrics.items()
    ]
    drift = [f"† {printable(said)}" for said in _contract(run).get("said", ()) if mark(run)]
    return "   ".join([f"{name:<40}", *figures, *drift])


def told(run: "Run") -> dict[str, Any]:
    """Return a run as a JSON object: its folder, its means, and whether it was asked as it was trained."""
    values = {task: {metric: mean.value for metric, mean in metrics.items()} for task, metrics in means(run).items()}
    contract = _contract(run)
    drift = {"drift": bool(contract.get("drifted")), "said": list(contract.get("said", ()))}
    return {"folder": str(run.folder), "means": values, **drift}


def mark(run: "Run") -> str:
    """Return what stands behind every metric's name where the template drifted."""
    return " †" if _contract(run).get("drifted") else ""


def _contract(run: "Run") -> "Json":
    contract: Json = run.settings.get("contract", {})
    return contract


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of one metric over the prompts that have it; answers to one prompt are averaged first."""

    value: float | None  # None: no prompt has the metric
    num_prompts: int

    @property
    def text(self) -> str:
        """The mean for people."""
        return "--" if self.value is None else f"{self.value:.3f}"


Figures = Mapping[str, Mapping[str, Mean]]  # by task and metric


def means(run: "Run") -> Figures:
    """Return the mean of every metric of every task; scores are read once."""
    return {task.task.name: {**_means(task.scores, task.task.metrics), **_passes(task)} for task in run.tasks}


def _passes(task: "TaskRun") -> dict[str, Mean]:
    """Return how many of an agent task's items several tries all pass; nothing for other tasks."""
    if task.task.num_samples < 2:
        return {}
    from sfteval.compare.passes import task_passes  # here: its room brings pandas, which one try a task can do without

    return {name: Mean(value, num) for name, (value, num) in task_passes(task).items()}


def _means(scores: Iterable["Score"], metrics: Sequence[str]) -> dict[str, Mean]:
    totals: dict[str, dict[str, tuple[float, int]]] = {metric: {} for metric in metrics}
    for score in scores:
        for metric in metrics:
            value = score.metrics.get(metric)
            if value is not None:
                total, num = totals[metric].get(score.sample_id, (0.0, 0))
                totals[metric][score.sample_id] = (total + value, num + 1)
    return {metric: _mean([total / num for total, num in totals[metric].values()]) for metric in metrics}


def _mean(prompts: Sequence[float]) -> Mean:
    return Mean(sum(prompts) / len(prompts) if prompts else None, len(prompts))
