"""`sfteval import LOG -o DIR`: what another harness asked, heard and scored, kept as a stored run."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from sfteval.cli.options import awaited, debug_option, printable, progress_for
from sfteval.cli.run import show_means, told

NUM_LISTED = 20

EXAMPLES = """
\b
Examples:
  sfteval import before/samples_gsm8k_2026-11-22T10-00-00.jsonl -o runs/before
  sfteval import after/samples_gsm8k_2026-11-22T11-00-00.jsonl -o runs/after --against runs/before
  sfteval compare run:runs/before run:runs/after --suite runs/before/suite
"""


@click.command("import", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
              help="Folder of the stored run; its suite is DIR/suite.")  # fmt: skip
@click.option("--against", type=click.Path(path_type=Path), metavar="DIR",
              help="An earlier import: list the questions in which this one differs.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the means as JSON and nothing else.")
@debug_option
def command(log: Path, out: Path, against: Path | None, as_json: bool) -> None:
    """Keep the answers and the scores of another harness's LOG as they are; nothing is asked, nothing is graded.

    LOG is lm-eval's samples_TASK_DATE.jsonl, or inspect's .eval or .json log; its content tells which.
    """
    from sfteval.imports import differences
    from sfteval.pipeline import import_log
    from sfteval.suites import load_suite

    earlier = load_suite(str(against / "suite")).tasks[0] if against is not None else None
    run = awaited(import_log(log, out, progress_for(as_json)))
    differ = differences(run.tasks[0].task, earlier) if earlier is not None else {}
    if as_json:
        click.echo(json.dumps(told(run) | ({"against": differ} if differ else {}), indent=2, sort_keys=True))
        return
    show_means(run)
    for what, names in differ.items():
        show_listed(what, names)
    click.echo(f"\nkept in {out}; compare with: sfteval compare run:{out} run:OTHER --suite {out / 'suite'}")


def show_listed(what: str, names: Sequence[str]) -> None:
    """Print which questions differ in one way, the first of them by id."""
    if names:
        listed = ", ".join(map(printable, names[:NUM_LISTED])) + (", ..." if len(names) > NUM_LISTED else "")
        click.echo(f"note: {len(names):,} {what}, not comparable: {listed}")
