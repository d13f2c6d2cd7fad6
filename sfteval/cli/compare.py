"""`sfteval compare`: two checkpoints in, one table, one verdict, one report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import (
    asking_options,
    awaited,
    command_line,
    debug_option,
    parsed_settings,
    pipe_may_close,
    printable,
    progress_for,
    run_plan,
)
from sfteval.errors import SftevalError

if TYPE_CHECKING:
    from sfteval.progress import Progress
    from sfteval.types import Comparison

EXAMPLES = """
\b
Examples:
  sfteval compare checkpoints/lab/no-think checkpoints/lab/think --suite starter -o reports/lab
  sfteval compare http://127.0.0.1:8000/v1#a http://127.0.0.1:8000/v1#b --suite my-prompts
  sfteval compare ckpt ckpt --baseline-set enable_thinking=false --suite starter
"""

COMET = click.option(
    "--comet",
    type=click.Choice(["offline", "auto", "off"]),
    default="auto",
    show_default=True,
    help="Write Comet archives; auto uploads them when COMET_API_KEY is set.",
)


def comparing_options(command: Any) -> Any:
    """Add what `compare` and `gate` share."""
    for option in reversed(
        [
            click.argument("baseline"),
            click.argument("candidate"),
            click.option(
                "-o", "--out", type=click.Path(path_type=Path), help="Report folder [default: reports/A-vs-B]."
            ),
            click.option("--baseline-set", multiple=True, metavar="KEY=VALUE", help="Template or sampling key of A."),
            click.option("--candidate-set", multiple=True, metavar="KEY=VALUE", help="Template or sampling key of B."),
            click.option(
                "--gate",
                "rules",
                type=click.Path(path_type=Path),
                metavar="GATE.toml",
                help="What decides: metrics, margins, alpha, golden samples [default: the suites' own].",
            ),
            COMET,
            click.option("--json", "as_json", is_flag=True, help="Print results.json and nothing else."),
        ]
    ):
        command = option(command)
    return debug_option(asking_options(command))


@click.command("compare", epilog=EXAMPLES)
@comparing_options
def command(**options: Any) -> None:
    """Is CANDIDATE better than BASELINE, at what, and how sure are we?"""
    progress = progress_for(options["as_json"])
    comparison = compared(options, progress)
    published(comparison, options, progress)
    from sfteval.types import Verdict

    if comparison.verdict is Verdict.NOT_COMPARABLE:
        raise SystemExit(12)


def compared(options: dict[str, Any], progress: "Progress") -> "Comparison":
    """Run the pipeline of the given options."""
    from sfteval.pipeline import ComparePlan, compare_checkpoints
    from sfteval.rules import STANDARD, read_rules

    plan = ComparePlan(
        baseline=options["baseline"],
        candidate=options["candidate"],
        run=run_plan(options),
        baseline_set=parsed_settings(options["baseline_set"], "--baseline-set"),
        candidate_set=parsed_settings(options["candidate_set"], "--candidate-set"),
        command=options.get("command") or command_line(),
        rules=read_rules(options["rules"]) if options.get("rules") else STANDARD,
    )
    return awaited(compare_checkpoints(plan, progress))


def published(comparison: "Comparison", options: dict[str, Any], progress: "Progress") -> None:
    """Write the report, log it to Comet, and show the table, the verdict line and the paths."""
    from sfteval.report import results_json, write_report

    out = options["out"] or Path("reports") / f"{comparison.baseline.name}-vs-{comparison.candidate.name}"
    with progress.stage("writing the report"):
        files = write_report(comparison, out)
        notes = _logged(comparison, files, out, options["comet"])
    with pipe_may_close():
        if options["as_json"]:
            click.echo(json.dumps(results_json(comparison), indent=2, sort_keys=True))
        else:
            shown(comparison, out, files, notes)


def shown(comparison: "Comparison", out: Path, files: Sequence[Path], notes: Sequence[str]) -> None:
    """Print the table, the verdict line, the warnings and where the files are."""
    from rich.console import Console

    from sfteval.report import fairness_sentence, scoreboard, sensitivity_sentences, verdict_line

    console = Console(highlight=False, soft_wrap=False)
    with console.capture() as table:  # rich would end the process with 1 on a closed pipe
        console.print(scoreboard(comparison))
    click.echo(table.get(), nl=False)
    click.echo(verdict_line(comparison))
    for sentence in sensitivity_sentences(comparison):
        click.echo(printable(sentence))
    if sentence := fairness_sentence(comparison):
        click.echo(sentence)
    for warning in comparison.warnings:
        click.echo(f"warning: {printable(warning)}")
    click.echo(f"\nreport:  {out / 'report.html'}")
    click.echo(f"files:   {', '.join(sorted(path.name for path in files))} in {out}")
    for note in notes:
        click.echo(f"comet:   {note}")


def _logged(comparison: "Comparison", files: Any, out: Path, mode: str) -> list[str]:
    if mode == "off":
        return []
    import os

    from sfteval.report import write_comet
    from sfteval.tracking import upload, upload_command

    try:
        archives = write_comet(comparison, out, files)
    except SftevalError as error:  # Comet never changes the exit code
        return [f"no archive was written: {error}"]
    kept = f"{len(archives)} archives in {out / 'comet'}"
    if mode == "auto" and os.environ.get("COMET_API_KEY") and upload(archives):
        return [f"{kept}, uploaded"]
    return [f"{kept}; upload with: {upload_command(archives)}"]
