"""`sfteval run`: one checkpoint over suites, kept in its run folder."""

from typing import Any

import click

from sfteval.cli.options import asking_options, awaited, debug_option, parsed_settings, progress_for, run_plan


@click.command("run")
@click.argument("checkpoint")
@asking_options
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Template or sampling key.")
@click.option("--json", "as_json", is_flag=True, help="Print the means as JSON and nothing else.")
@debug_option
def command(checkpoint: str, settings: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Ask CHECKPOINT every prompt of the suites, score the answers, keep both for later comparisons."""
    from sfteval.pipeline import run_checkpoint

    plan, own = run_plan(options), parsed_settings(settings, "--set")
    run = awaited(run_checkpoint(checkpoint, plan, own, progress_for(as_json)))
    shown(run, as_json)


def shown(run: Any, as_json: bool) -> None:
    """Print each metric's mean and number of prompts, and where the run is kept."""
    import json

    means = {task.task.name: {metric: mean(task.scores, metric) for metric in task.task.metrics} for task in run.tasks}
    if as_json:
        click.echo(json.dumps({"folder": str(run.folder), "means": means}, indent=2, sort_keys=True))
        return
    for task in run.tasks:
        for metric in task.task.metrics:
            value = means[task.task.name][metric]
            text = "   --" if value is None else f"{value:.3f}"
            click.echo(f"{task.task.name:<28} {metric:<22} {text}   n = {len(task.task.samples)}")
    click.echo(f"\nkept in {run.folder}; compare with: sfteval compare run:{run.folder} OTHER --suite ...")


def mean(scores: Any, metric: str) -> float | None:
    """Return the mean of a metric over the answers that have one."""
    values = [score.metrics[metric] for score in scores if score.metrics.get(metric) is not None]
    return sum(values) / len(values) if values else None
