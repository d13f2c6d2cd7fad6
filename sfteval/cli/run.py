"""`sfteval run`: one checkpoint over suites, kept in its run folder; or all those of a training run, as they come."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import asking_options, awaited, debug_option, parsed_settings, progress_for, run_plan
from sfteval.errors import CheckpointError

if TYPE_CHECKING:
    from sfteval.types import Run, Score

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
        shown(awaited(run_checkpoint(checkpoint, plan, own, progress)), as_json)
        return
    rows = []
    for name in found(checkpoint, follow or 0.0):
        try:
            rows.append((name, means(awaited(run_checkpoint(name, plan, own, progress)))))
        except CheckpointError as error:
            if follow is None:
                raise
            progress.say(f"left out: {error}")  # training keeps the last few only
            continue
        if not as_json:
            click.echo(line(*rows[-1]))
    if as_json:
        click.echo(json.dumps([{"checkpoint": name, "means": figures} for name, figures in rows], indent=2))


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
    """Print each metric's mean and number of prompts, and where the run is kept."""
    figures = means(run)
    if as_json:
        click.echo(json.dumps({"folder": str(run.folder), "means": figures}, indent=2, sort_keys=True))
        return
    for task in run.tasks:
        for metric in task.task.metrics:
            value = figures[task.task.name][metric]
            text = "   --" if value is None else f"{value:.3f}"
            click.echo(f"{task.task.name:<28} {metric:<22} {text}   n = {len(task.task.samples)}")
    click.echo(f"\nkept in {run.folder}; compare with: sfteval compare run:{run.folder} OTHER --suite ...")


def line(name: str, figures: dict[str, dict[str, float | None]]) -> str:
    """Return one checkpoint's means on one line."""
    told = [
        f"{task} {metric} {'--' if value is None else f'{value:.3f}'}"
        for task, metrics in figures.items()
        for metric, value in metrics.items()
    ]
    return f"{name:<40} {'   '.join(told)}"


def means(run: "Run") -> dict[str, dict[str, float | None]]:
    """Return the mean of every metric of every task over the answers that have one; scores are read once."""
    return {task.task.name: _means(task.scores, task.task.metrics) for task in run.tasks}


def _means(scores: Iterable["Score"], metrics: Sequence[str]) -> dict[str, float | None]:
    totals, counts = dict.fromkeys(metrics, 0.0), dict.fromkeys(metrics, 0)
    for score in scores:
        for metric in metrics:
            value = score.metrics.get(metric)
            if value is not None:
                totals[metric] += value
                counts[metric] += 1
    return {metric: totals[metric] / counts[metric] if counts[metric] else None for metric in metrics}
