"""`sfteval compare`: two checkpoints in, one table, one verdict, one report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.foretold import foretell
from sfteval.cli.judges import JUDGE_OPTIONS, judge_plan
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
from sfteval.cli.probe import probes_beside
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sfteval.pipeline import ComparePlan
    from sfteval.progress import Progress
    from sfteval.types import Comparison

    Order = Callable[[ComparePlan, Progress], Coroutine[Any, Any, Comparison]]

EXAMPLES = """
\b
Examples:
  sfteval compare checkpoints/lab/no-think checkpoints/lab/think --suite starter -o reports/lab
  sfteval compare http://127.0.0.1:8000/v1#a http://127.0.0.1:8000/v1#b --suite my-prompts
  sfteval compare ckpt ckpt --baseline-set enable_thinking=false --suite starter
  sfteval compare old new --suite ifeval --until-decided
  sfteval compare old-1,old-2,old-3 new-1,new-2,new-3 --suite starter   (seeds of training)
"""

COMET = click.option(
    "--comet",
    type=click.Choice(["offline", "auto", "off"]),
    default="auto",
    show_default=True,
    help="Write Comet archives; auto uploads them when COMET_API_KEY is set.",
)

PLOTS = click.option("--plots", is_flag=True, help="Also write the main charts as SVG files and results.tex.")


def comparing_options(command: Any) -> Any:
    """Add what `compare` and `gate` share."""
    for option in reversed(
        [
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
            click.option(
                "--until-decided",
                is_flag=True,
                help="Ask in rounds, in random order, and stop when every gating metric is decided.",
            ),
            *JUDGE_OPTIONS,
            click.option("--dry-run", is_flag=True, help="Say what would be asked and what it may cost; ask nobody."),
            click.option(
                "--probes",
                metavar="all|fast|none|NAME,...",
                help="Which overfitting probes are asked beside the suites [default: fast; of gate: none].",
            ),
            COMET,
            PLOTS,
            click.option("--json", "as_json", is_flag=True, help="Print results.json and nothing else."),
        ]
    ):
        command = option(command)
    return debug_option(asking_options(command))


@click.command("compare", epilog=EXAMPLES)
@click.argument("baseline")
@click.argument("candidate")
@comparing_options
def command(**options: Any) -> None:
    """Is CANDIDATE better than BASELINE, at what, and how sure are we?"""
    if options["dry_run"]:
        foretell(compare_plan(options), as_json=options["as_json"])
        return
    progress = progress_for(options["as_json"])
    comparison = compared(options, progress)
    published(comparison, options, progress)
    from sfteval.types import Verdict

    if comparison.verdict is Verdict.NOT_COMPARABLE:
        raise SystemExit(12)


def compared(options: dict[str, Any], progress: "Progress") -> "Comparison":
    """Run the pipeline of the given options."""
    from sfteval.pipeline import compare_checkpoints

    plan = compare_plan(options)
    return awaited((other_order(plan, options) or compare_checkpoints)(plan, progress))


def other_order(plan: "ComparePlan", options: dict[str, Any]) -> "Order | None":
    """Return what compares in another order than all prompts once: until decided, or seed by seed; None: nothing else.

    Raises: ConfigurationError for both together, or with what only a comparison of all prompts can do.
    """
    from sfteval.checkpoints.several import several

    of_seeds = any(len(several(word)) > 1 for word in (plan.baseline, plan.candidate))
    if not of_seeds and not options.get("until_decided"):
        return None
    named = "several seeds of training" if of_seeds else "--until-decided"
    others = {"--until-decided": of_seeds and options.get("until_decided"), "--confirm": options.get("confirm"),
              "--judge": plan.judging.judges, "--save-baseline": plan.save_baseline}  # fmt: skip
    for other, given in others.items():
        if given:
            got = f"{other} beside it"
            raise ConfigurationError(
                named, expected="one comparison by itself", got=got, next_move=f"Leave {other} away"
            )
    from sfteval.orders import compare_recipes, compare_until_decided

    return compare_recipes if of_seeds else compare_until_decided


def compare_plan(options: dict[str, Any]) -> "ComparePlan":
    """Return the ComparePlan of the given options."""
    from sfteval.pipeline import ComparePlan
    from sfteval.rules import STANDARD, read_rules

    return ComparePlan(
        baseline=options["baseline"],
        candidate=options["candidate"],
        run=run_plan(options),
        baseline_set=parsed_settings(options["baseline_set"], "--baseline-set"),
        candidate_set=parsed_settings(options["candidate_set"], "--candidate-set"),
        command=options.get("command") or command_line(),
        rules=read_rules(options["rules"]) if options.get("rules") else STANDARD,
        judging=judge_plan(options),
        probing=probes_beside(options),
        save_baseline=options.get("save_baseline"),
    )


def published(comparison: "Comparison", options: dict[str, Any], progress: "Progress") -> Path:
    """Write the report, log it to Comet, show the table, the verdict line and the paths, and return its folder."""
    from sfteval.report import forget_charts, results_json, write_report

    out = options["out"] or Path("reports") / f"{comparison.baseline.name}-vs-{comparison.candidate.name}"
    with progress.stage("writing the report"):
        files = write_report(comparison, out, plots=options.get("plots", False))
        forget_charts(out, files)
        notes = _logged(comparison, files, out, options["comet"])
    with pipe_may_close():
        if options["as_json"]:
            click.echo(json.dumps(results_json(comparison), indent=2, sort_keys=True))
        else:
            shown(comparison, out, files, notes)
    return Path(out)


def shown(comparison: "Comparison", out: Path, files: Sequence[Path], notes: Sequence[str]) -> None:
    """Print the table, the verdict line, the warnings and where the files are."""
    from rich.console import Console

    from sfteval.report import (
        budget_sentences,
        fairness_sentence,
        flow_sentences,
        judge_sentences,
        passes_sentences,
        probe_sentences,
        scoreboard,
        seeds_table,
        sensitivity_sentences,
        spread_sentences,
        verdict_line,
    )

    console = Console(highlight=False, soft_wrap=False)
    with console.capture() as table:  # rich would end the process with 1 on a closed pipe
        console.print(scoreboard(comparison))
    click.echo(table.get(), nl=False)
    click.echo(verdict_line(comparison))
    notices = (
        sensitivity_sentences, spread_sentences, passes_sentences, budget_sentences, flow_sentences, judge_sentences,
        probe_sentences,
    )  # fmt: skip
    for sentence in (said for notice in notices for said in notice(comparison)):
        click.echo(printable(sentence))
    if sentence := fairness_sentence(comparison):
        click.echo(sentence)
    for row in seeds_table(comparison):
        click.echo(printable(row))
    for warning in comparison.warnings:
        click.echo(f"warning: {printable(warning)}")
    click.echo(f"\nreport:  {out / 'report.html'}")
    click.echo(f"files:   {', '.join(sorted(str(path.relative_to(out)) for path in files))} in {out}")
    for note in notes:
        click.echo(f"comet:   {note}")


def _logged(comparison: "Comparison", files: Any, out: Path, mode: str) -> list[str]:
    if mode == "off":
        return []
    from sfteval.report import write_comet
    from sfteval.tracking import delivered

    try:
        return [printable(delivered(write_comet(comparison, out, files), mode))]
    except Exception as error:  # whatever happens to Comet, the verdict is already there: it ends the command
        return [printable(f"no archive was written: {error}")]
