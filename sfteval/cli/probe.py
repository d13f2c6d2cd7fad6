"""`sfteval probe`: which items of a suite stand in the data that a checkpoint was trained on."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import debug_option, printable
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.probes.trained_on import Missing, TrainingFiles
    from sfteval.types import ProbeResult

SHOWN = 20
EXAMPLES = """
\b
Examples:
  sfteval probe checkpoints/lab/think --suite constraints
  sfteval probe http://127.0.0.1:8000/v1#model --suite mine --train rows.jsonl
"""


@click.command("probe", epilog=EXAMPLES)
@click.argument("checkpoint")
@click.option(
    "--suite", "suites", multiple=True, required=True, metavar="NAME|PATH", help="What to look for; repeatable."
)
@click.option(
    "--train",
    type=click.Path(path_type=Path),
    metavar="FILE.jsonl",
    help="The rows it was trained on (default: the file that its sft_run.json names, where that is unchanged).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@debug_option
def command(checkpoint: str, suites: tuple[str, ...], train: Path | None, as_json: bool) -> None:
    """Was CHECKPOINT trained on the items of a suite?

    \b
    Compares its training rows with every item, prompt and reference answer,
    and asks no model:
      exact           the whole question is a turn of a row
      ngram_13        a run of 13 words
      coverage_8      one row holds half of the question or of the answer in 8-grams
      substring_50    one of three 50-character substrings
      near_duplicate  Jaccard similarity of at least 0.8
    Common phrases do not count, and where the items of a task resemble each
    other, a row must share more with an item than they do. Warns of any item,
    fails above 2 % of a suite. Ends 0, whatever the verdict.
    """
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.probes.trained_on import rows_of_file, training_files

    resolved = resolve_checkpoint(checkpoint)
    rows = training_files(resolved) if train is None else rows_of_file(train)
    results = [_probed(suite, rows) for suite in suites]
    if as_json:
        click.echo(json.dumps({"checkpoint": checkpoint, "probes": [_as_json(result) for result in results]}, indent=2))
    else:
        for result in results:
            _show(result)


def _probed(argument: str, rows: "TrainingFiles | Missing") -> "ProbeResult":
    from sfteval.probes.contamination import contamination_result, find_contamination, skipped_contamination
    from sfteval.probes.trained_on import Missing
    from sfteval.suites.load import load_suite

    suite = load_suite(argument)
    if not suite.tasks:
        raise ConfigurationError("--suite", expected="a suite with a task", got=f'"{argument}"', next_move="Add one")
    if isinstance(rows, Missing):
        return skipped_contamination(suite.name, rows.reason)
    return contamination_result(find_contamination(suite, rows), rows.num_missing())


def _as_json(result: "ProbeResult") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(result)


def _show(result: "ProbeResult") -> None:
    click.echo(f"{result.verdict:<8} {result.probe}: {printable(result.sentence)}")
    dirty = result.numbers.get("dirty", [])
    for item in dirty[:SHOWN]:
        said = f"{item['task']} {item['sample_id']}: {', '.join(item['rules'])}; row {item['row']}"
        click.echo(f"  {printable(said)}, {item['longest_run']} words in a row, {item['coverage']:.0%} covered")
    if len(dirty) > SHOWN:
        click.echo(f"  ... and {len(dirty) - SHOWN:,} more: --json lists them")
