"""`sfteval score TASK --responses FILE -o DIR`: grade answers made elsewhere, in the run folder's layout."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import awaited, debug_option, printable, progress_for
from sfteval.cli.run import show_means, show_place, told

if TYPE_CHECKING:
    from sfteval.types import Run, Score, TaskRun

NUM_LISTED = 5


@click.command("score")
@click.argument("task")
@click.option(
    "--responses", type=click.Path(path_type=Path), required=True, help='Rows {"id" | "prompt", "response" | "calls"}.'
)
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
    tables = {part.task.name: lm_eval_figures(part) for part in run.tasks if part.task.scorer == "constraints"}
    if as_json:
        click.echo(json.dumps(told(run) | ({"lm_eval": tables} if tables else {}), indent=2, sort_keys=True))
        return
    show_means(run)
    for name, figures in tables.items():
        show_lm_eval(name, figures)
    show_missing(run)
    show_place(run)


def lm_eval_figures(part: "TaskRun") -> dict[str, dict[str, Any]]:
    """Return IFEval's four figures under lm-eval's names, by our rules (`fixed`) and by the published ones.

    A published verdict that is random, or that rests on data which is not here, is none: `reference` is over the
    answers of which every instruction has one, and `fixed_of_those` is what our rules say of the same answers.
    """
    from sfteval.scorers.breakdown import lm_eval_table, prompts

    scores = list(part.scores)
    published = [score for score in scores if _is_published(score)]
    return {
        "fixed": {**lm_eval_table(scores), "num_answers": prompts(scores).num},
        "fixed_of_those": {**lm_eval_table(published), "num_answers": prompts(published).num},
        "reference": {**lm_eval_table(published, reference=True), "num_answers": prompts(published).num},
    }


def _is_published(score: "Score") -> bool:
    return all(
        verdicts["strict_reference"] is not None and verdicts["loose_reference"] is not None
        for verdicts in score.detail.get("instructions", ())
    )


def show_lm_eval(task: str, figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the four figures by our rules, and both ours and the published over the answers that both can judge."""
    click.echo(f"\n{task:<26} {'fixed':>9} | {'fixed':>9} {'reference':>9}   over answers with a published verdict")
    for name in figures["fixed"]:
        first, second, third = (_cell(figures[rules][name]) for rules in ("fixed", "fixed_of_those", "reference"))
        click.echo(f"{name:<26} {first:>9} | {second:>9} {third:>9}")


def _cell(value: float | int | None) -> str:
    if value is None:
        return "--"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def show_missing(run: "Run") -> None:
    """Print which prompts have no answer: they are missing, and never wrong."""
    from sfteval.types import Outcome

    for part in run.tasks:
        missing = [score.sample_id for score in part.scores if score.outcome is Outcome.ERROR]
        if missing:
            listed = ", ".join(map(printable, missing[:NUM_LISTED])) + (", ..." if len(missing) > NUM_LISTED else "")
            of = f"{len(missing):,} of {len(part.task.samples):,} prompts of {part.task.name}"
            click.echo(f"note: no answer to {of}: {listed}")
