"""`sfteval score TASK --responses FILE -o DIR`: grade answers made elsewhere, in the run folder's layout."""

from pathlib import Path

import click

from sfteval.cli.options import awaited, debug_option, progress_for
from sfteval.cli.run import shown


@click.command("score")
@click.argument("task")
@click.option("--responses", type=click.Path(path_type=Path), required=True, help='Rows {"id" | "prompt", "response"}.')
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the scores.")
@click.option(
    "--suite", "suites", multiple=True, metavar="NAME|PATH", help="Where the task is [default: shipped ones]."
)
@click.option("--audit", is_flag=True, help="Grade everything again, in other orders and processes; fail on any flip.")
@click.option("--json", "as_json", is_flag=True, help="Print the means as JSON and nothing else.")
@debug_option
def command(task: str, responses: Path, out: Path, suites: tuple[str, ...], audit: bool, as_json: bool) -> None:
    """Grade the answers of FILE to the samples of TASK; nothing is asked."""
    from sfteval.audit import audit as audited
    from sfteval.pipeline import score_responses

    progress = progress_for(as_json)
    run = awaited(score_responses(task, responses, out, suites, progress))
    if audit:
        progress.say(f"audited: {audited(run.tasks, progress):,} gradings, each as the first")
    shown(run, as_json)
