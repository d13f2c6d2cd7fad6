"""`sfteval suites`: list, show and make suites."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfteval.cli.options import debug_option, printable

if TYPE_CHECKING:
    from sfteval.suites import SuiteOutline, TaskOutline
    from sfteval.types import Suite, Task


@click.group("suites")
def command() -> None:
    """List, show and make suites."""


@command.command("list")
@debug_option
def list_suites() -> None:
    """List the shipped suites, whether or not their data is here."""
    from sfteval.suites import find_suite, read_outline, shipped_names

    absent = []
    for name in shipped_names():
        suite = read_outline(find_suite(name))
        sizes = [task.source.num_rows() for task in suite.tasks]
        known = [size for size in sizes if size is not None]
        size = f"{sum(known):,} prompts" if len(known) == len(sizes) else "data absent"
        absent.extend([name] * (len(known) < len(sizes)))
        click.echo(f"{suite.name:<16} {suite.version:<8} {size:>14}   {suite.about}")
    if absent:
        click.echo(f"\ndata absent: `sfteval suites show {absent[0]}` says how to get it")


@command.command("show")
@click.argument("suite")
@click.option("--samples", default=1, show_default=True, type=click.IntRange(0), help="Prompts to show of each task.")
@debug_option
def show_suite(suite: str, samples: int) -> None:
    """Show a suite's tasks: scorer, metrics, what gates, and some prompts; or how to get data that is absent."""
    from sfteval.suites import find_suite, load_suite, read_outline
    from sfteval.suites.load import LM_EVAL

    outline = None if suite.startswith(LM_EVAL) else read_outline(find_suite(suite))
    if outline is not None and outline.absent():  # what it declares, then; nothing is fetched for a look
        show_title(outline)
        for declared in outline.tasks:
            size = declared.source.num_rows()
            show_task(declared, size)
            if size is None:
                click.echo(f"  {declared.source.advice()}")
        return
    loaded = load_suite(suite)
    show_title(loaded)
    for task in loaded.tasks:
        show_task(task, len(task.samples))
        for sample in task.samples[:samples]:
            click.echo(f"  [{printable(sample.id)}] {printable(' '.join(sample.prompt.split())[:160])}")


def show_title(suite: "Suite | SuiteOutline") -> None:
    """Print what a suite is."""
    click.echo(f"{suite.name} {suite.version} ({suite.license})\n{suite.about}")


def show_task(task: "Task | TaskOutline", size: int | None) -> None:
    """Print what a task is; a size of None: its data is not here."""
    prompts = "data absent" if size is None else f"{size:,} prompts"
    click.echo(f"\n{task.name}: {prompts}, scorer {task.scorer}")
    if task.metrics:
        click.echo(f"  metrics {', '.join(task.metrics)}")
    if task.gating:
        click.echo(f"  gating {', '.join(task.gating)}, margin {task.margin:g}")


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


@command.command("make")
@click.argument("kind", type=click.Choice(["constraints", "extraction"]))
@click.option("--count", type=click.IntRange(1), help="Prompts to make [default: 300, of extraction 144].")
@click.option("--seed", default=0, show_default=True, help="Another seed makes other prompts.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Suite folder [default: suites/<KIND>-<seed>].")
@click.option("--without-held-out", is_flag=True, help="Leave out the held-out constraints: for material to train on.")
@debug_option
def make(kind: str, count: int | None, seed: int, out: Path | None, without_held_out: bool) -> None:
    """Make a suite of new prompts like those of the shipped suite of this KIND; none is in the shipped one."""
    from sfteval.suites import load_suite

    folder = out or Path("suites") / f"{kind}-{seed}"
    if kind == "extraction":
        made = made_extraction(folder, seed, count or 144, without_held_out)
    else:
        from sfteval.suites.constraints import make_suite

        made = make_suite(folder, seed, count or 300, with_held_out=not without_held_out)
    task = load_suite(str(made.parent)).tasks[0]
    field, about = ("num_instructions", "constraints") if kind == "constraints" else ("num_fields", "values asked for")
    steps = [sample.metadata[field] for sample in task.samples]
    ladder = ", ".join(f"{steps.count(num):,} with {num}" for num in sorted(set(steps)))
    click.echo(f"{made}: {len(steps):,} prompts; {about}: {ladder}")
    click.echo(f"next: sfteval compare A B --suite {made.parent}")


def made_extraction(folder: Path, seed: int, count: int, without_held_out: bool) -> Path:
    """Make a suite of extraction, of which nothing is held out."""
    from sfteval.errors import ConfigurationError
    from sfteval.suites.extraction import make_suite

    if without_held_out:
        raise ConfigurationError(
            "--without-held-out", expected="the kind constraints", got="extraction", next_move="Leave it away"
        )
    return make_suite(folder, seed, count)


@command.command("twin")
@click.argument("rows", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Suite folder [default: suites/<file name>].")
@debug_option
def twin(rows: Path, out: Path | None) -> None:
    """Make a suite of ROWS.jsonl (tool calls with targets) and their twins, on which memorised tools show.

    \b
    A twin asks the same where tools have other names, their properties another order, their enums other values; where
    a tool more is offered; where no tool describes itself.
    """
    from sfteval.suites import load_suite
    from sfteval.suites.toolcalls import twin_suite

    made = twin_suite(rows, out or Path("suites") / rows.stem)
    originals, twinned = load_suite(str(made.parent)).tasks
    click.echo(f"{made}: {len(originals.samples):,} prompts and {len(twinned.samples):,} twins of them")
    click.echo(f"next: sfteval compare A B --suite {made.parent}")
