"""`sfteval gate`: the same comparison, its verdict as an exit code."""

from typing import Any

import click

from sfteval.cli.compare import compared, comparing_options, published
from sfteval.cli.options import progress_for

EXAMPLES = """
\b
Exit codes: 0 pass, 10 regress, 11 inconclusive (with --on-inconclusive fail), 12 not comparable,
13 infrastructure (call again to go on), 2 usage, 130 Ctrl-C.

\b
Example:
  sfteval gate checkpoints/yesterday checkpoints/today --suite starter -o reports/gate
"""


@click.command("gate", epilog=EXAMPLES)
@comparing_options
@click.option(
    "--on-inconclusive",
    type=click.Choice(["warn", "fail"]),
    default="warn",
    show_default=True,
    help="What an undecided verdict does to the exit code.",
)
def command(on_inconclusive: str, **options: Any) -> None:
    """The verdict of `compare` as an exit code: may CANDIDATE replace BASELINE?"""
    from sfteval.report import gate_line

    progress = progress_for(options["as_json"])
    comparison = compared(options, progress)
    published(comparison, options, progress)
    code = exit_code(comparison.verdict, on_inconclusive)
    click.echo(gate_line(comparison, code), err=True)
    raise SystemExit(code)


def exit_code(verdict: Any, on_inconclusive: str) -> int:
    """Return the exit code of a verdict."""
    from sfteval.types import Verdict

    undecided = 11 if on_inconclusive == "fail" else 0
    return {Verdict.PASS: 0, Verdict.REGRESS: 10, Verdict.INCONCLUSIVE: undecided, Verdict.NOT_COMPARABLE: 12}[verdict]
