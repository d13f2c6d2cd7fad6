"""`sfteval suites`: list, show and make suites."""

from pathlib import Path

import click

from sfteval.cli.options import debug_option, printable


@click.group("suites")
def command() -> None:
    """List, show and make suites."""


@command.command("list")
@debug_option
def list_suites() -> None:
    """List the shipped suites."""
    from sfteval.suites import load_suite, shipped_names

    for name in shipped_names():
        suite = load_suite(name)
        size = sum(len(task.samples) for task in suite.tasks)
        click.echo(f"{suite.name:<16} {suite.version:<8} {size:>6,} prompts   {suite.about}")


@command.command("show")
@click.argument("suite")
@click.option("--samples", default=1, show_default=True, type=click.IntRange(0), help="Prompts to show of each task.")
@debug_option
def show_suite(suite: str, samples: int) -> None:
    """Show a suite's tasks: scorer, metrics, what gates, and some prompts."""
    from sfteval.suites import load_suite

    loaded = load_suite(suite)
    click.echo(f"{loaded.name} {loaded.version} ({loaded.license})\n{loaded.about}")
    for task in loaded.tasks:
        click.echo(f"\n{task.name}: {len(task.samples):,} prompts, scorer {task.scorer}")
        click.echo(f"  metrics {', '.join(task.metrics)}")
        if task.gating:
            click.echo(f"  gating {', '.join(task.gating)}, margin {task.margin:g}")
        for sample in task.samples[:samples]:
            click.echo(f"  [{printable(sample.id)}] {printable(' '.join(sample.prompt.split())[:160])}")


@command.command("new")
@click.argument("prompts", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Suite folder [default: suites/<file name>].")
@debug_option
def new(prompts: Path, out: Path | None) -> None:
    """Make a suite from PROMPTS.jsonl, one row a prompt.

    \b
    Rows: {"prompt" | "messages", "target"?, "id"?, "tools"?, "metadata"?, "cluster"?}
    """
    from sfteval.suites import load_suite, new_suite

    made = new_suite(prompts, out or Path("suites") / prompts.stem)
    suite = load_suite(str(made.parent))
    task = suite.tasks[0]
    click.echo(f"{made}: {len(task.samples):,} prompts, scorer {task.scorer}, metrics {', '.join(task.metrics)}")
    click.echo(f"next: sfteval compare A B --suite {made.parent}")
