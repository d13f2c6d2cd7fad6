"""`sfteval gate`: the same comparison, its verdict as an exit code."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.compare import compare_plan, comparing_options, other_order, published
from sfteval.cli.foretold import foretell
from sfteval.cli.github import told_to_github
from sfteval.cli.options import awaited, progress_for
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.types import Comparison

EXAMPLES = """
\b
Exit codes: 0 pass, 10 regress, 11 inconclusive (with --on-inconclusive fail), 12 not comparable,
13 infrastructure (call again to go on), 2 usage, 130 Ctrl-C.

\b
Examples:
  sfteval gate checkpoints/yesterday checkpoints/today --suite starter -o reports/gate
  sfteval gate checkpoints/today --baseline run:runs/yesterday-1a2b3c4d --suite starter
  sfteval gate run:runs/good-1a2b3c4d run:runs/good-1a2b3c4d --suite starter --save-baseline baseline.json
  sfteval gate checkpoints/today --baseline baseline.json --suite starter
"""


@click.command("gate", epilog=EXAMPLES)
@click.argument("checkpoints", nargs=-1, metavar="[BASELINE] CANDIDATE")
@click.option("--baseline", metavar="CHECKPOINT|FILE", help="In place of BASELINE; also a file of --save-baseline.")
@comparing_options
@click.option(
    "--on-inconclusive",
    type=click.Choice(["warn", "fail"]),
    default="warn",
    show_default=True,
    help="What an undecided verdict does to the exit code.",
)
@click.option(
    "--confirm",
    type=click.IntRange(1),
    metavar="N",
    help="Ask again, N fresh answers a prompt, for what regresses; both stages must show it.",
)
@click.option(
    "--save-baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json[.gz]",
    help="Keep the baseline's scores for later gates: hashes and numbers, no prompt and no answer.",
)
def command(checkpoints: tuple[str, ...], on_inconclusive: str, confirm: int | None, **options: Any) -> None:
    """The verdict of `compare` as an exit code: may CANDIDATE replace BASELINE?"""
    if options["dry_run"]:
        options["baseline"], options["candidate"] = sides(checkpoints, options["baseline"])
        foretell(compare_plan(options), as_json=options["as_json"])
        return
    from sfteval.report import gate_line

    with told_to_github(aside=options["as_json"]) as tell:
        comparison, folder = decided(checkpoints, confirm, options)
        code = exit_code(comparison.verdict, on_inconclusive)
        click.echo(gate_line(comparison, code), err=True)
        tell(comparison, folder, code)
    raise SystemExit(code)


def decided(checkpoints: tuple[str, ...], confirm: int | None, options: dict[str, Any]) -> "tuple[Comparison, Path]":
    """Compare, publish the report, and return the comparison with the report's folder."""
    from sfteval.gating import gate_checkpoints

    options["baseline"], options["candidate"] = sides(checkpoints, options["baseline"])
    options["probes"] = options["probes"] or "none"
    refuse_name(options["save_baseline"])
    progress = progress_for(options["as_json"])
    plan = compare_plan(options)
    if order := other_order(plan, {**options, "confirm": confirm}):
        comparison = awaited(order(plan, progress))
    else:
        comparison = awaited(gate_checkpoints(plan, progress, confirm=confirm or 0))
    folder = published(comparison, options, progress)
    if options["save_baseline"]:
        click.echo(f"baseline: its scores are in {options['save_baseline']}", err=True)
    return comparison, folder


def sides(checkpoints: tuple[str, ...], baseline: str | None) -> tuple[str, str]:
    """Return the baseline and the candidate of the words that were given.

    Raises: ConfigurationError unless there is one of each.
    """
    given = (*([baseline] if baseline is not None else []), *checkpoints)
    if len(given) != 2 or not checkpoints:
        number = {0: "no checkpoint", 1: "one checkpoint", 2: "two checkpoints"}.get(
            len(checkpoints), f"{len(checkpoints)} checkpoints"
        )
        raise ConfigurationError(
            "gate",
            expected="a baseline and a candidate",
            got=f"{number} {'and --baseline' if baseline is not None else 'without --baseline'}",
            next_move="Write `sfteval gate BASELINE CANDIDATE` or `sfteval gate CANDIDATE --baseline BASELINE`",
        )
    return given[0], given[1]


def refuse_name(path: Path | None) -> None:
    """Refuse a name by which a saved baseline would not be known again.

    Raises: ConfigurationError.
    """
    from sfteval.baseline import NAMES

    if path is not None and not str(path).endswith(NAMES):
        raise ConfigurationError(
            "--save-baseline", expected="a name that ends in .json or .json.gz", got=str(path), next_move="Add .json"
        )


def exit_code(verdict: Any, on_inconclusive: str) -> int:
    """Return the exit code of a verdict."""
    from sfteval.types import Verdict

    undecided = 11 if on_inconclusive == "fail" else 0
    return {Verdict.PASS: 0, Verdict.REGRESS: 10, Verdict.INCONCLUSIVE: undecided, Verdict.NOT_COMPARABLE: 12}[verdict]
