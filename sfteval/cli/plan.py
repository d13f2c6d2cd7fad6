"""`sfteval plan`: how many prompts, samples and tokens a margin costs, from a pilot or from an assumption."""

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import debug_option, prices, printable
from sfteval.cli.stored import stored_runs
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.plan import Pilot, PlanRow

EXAMPLES = """
\b
Examples:
  sfteval plan --discordant 0.2 --margin 0.03
  sfteval plan --discordant 0.2 --within 0.5 --samples 1,4 --tokens 300,800 --price 0.15,0.60
  sfteval plan run:runs/old-1a2b3c4d run:runs/new-5e6f7a8b --suite starter --margin 0.02,0.05 --samples 1,4
"""
MOST_TOKENS = 1e9
LEAST_SHARE = 1e-6
SEEDS = "Planned for these two checkpoints: another seed of training moves scores too, and is not in these numbers."


def _numbers(kind: Any) -> Any:
    """Return a reader of numbers with commas between."""

    def read(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[Any, ...] | None:
        try:
            return None if text is None else tuple(kind(part) for part in text.split(","))
        except ValueError as error:
            raise click.BadParameter(f'expected numbers with commas between, got "{text}"') from error

    return read


@click.command("plan", epilog=EXAMPLES)
@click.argument("pilot", nargs=-1, metavar="[BASELINE CANDIDATE]")
@click.option("--suite", "suites", multiple=True, metavar="NAME|PATH", help="What the pilot runs were asked.")
@click.option("--discordant", default="0.1,0.2,0.3", show_default=True, metavar="SHARES", callback=_numbers(float),
              help="Without a pilot: the share of prompts on which two equal checkpoints differ.")  # fmt: skip
@click.option("--within", type=click.FloatRange(0, 1), metavar="SHARE",
              help="Without a pilot: how much of that is sampling, which more answers lower.")  # fmt: skip
@click.option("--margin", "margins", default="0.02,0.03,0.05", show_default=True, metavar="DIFFERENCES",
              callback=_numbers(float), help="The losses that may just not be accepted.")  # fmt: skip
@click.option("--samples", default="1,4", show_default=True, metavar="NUMBERS", callback=_numbers(int),
              help="Answers to each prompt; more than 1 needs --within, or a pilot with several.")  # fmt: skip
@click.option("--power", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.8, show_default=True,
              help="How surely it should be shown.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 0.5, min_open=True, max_open=True), default=0.05, show_default=True,
              help="How rarely it may be shown wrongly.")  # fmt: skip
@click.option("--tokens", metavar="IN,OUT", callback=_numbers(float),
              help="Tokens of one question and one answer, where no pilot counts them.")  # fmt: skip
@click.option("--price", metavar="IN,OUT", help="Money for a million prompt and a million answer tokens.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON and nothing else.")
@debug_option
def command(pilot: tuple[str, ...], suites: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """How many prompts show that a candidate is not worse by a margin, and what that costs.

    BASELINE and CANDIDATE are two stored runs (`run:DIR`) of the same suites, the pilot. The numbers are for these two
    checkpoints: another seed of training is not in them.
    """
    from sfteval.plan import Aim, assumed, plan

    aim = Aim(checked(options["margins"], "--margin"), whole(options["samples"]), options["power"], options["alpha"],
              *prices(options["price"]))  # fmt: skip
    tokens = lengths(options["tokens"])
    if pilot:
        pilots = [with_tokens(found, tokens) for found in measured(pilot, suites)]
    else:
        shares = checked(options["discordant"], "--discordant")
        pilots = [assumed(share, options["within"], tokens) for share in shares]
    refuse_unpriced(pilots, options["price"])
    rows = plan(pilots, aim)
    if not rows:
        raise ConfigurationError(
            "--samples",
            expected="1 among them, or what part of the noise is sampling",
            got="neither",
            next_move="Add --within, or give a pilot with several answers to a prompt",
        )
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, sort_keys=True))
        return
    for line in [*(told(pilot) for pilot in pilots if pilot.num_prompts), *table(rows), "", SEEDS]:
        click.echo(line)


def measured(arguments: tuple[str, ...], suites: tuple[str, ...]) -> "list[Pilot]":
    """Return what two stored runs tell.

    Raises: ConfigurationError for anything but two stored runs.
    """
    from sfteval.plan import pilots_of

    if len(arguments) != 2 or not suites:
        raise ConfigurationError(
            "sfteval plan",
            expected="two stored runs and their --suite, or neither",
            got=" ".join(arguments),
            next_move="Write `run:DIR run:DIR --suite NAME`, or leave both out and give --discordant",
        )
    with stored_runs(arguments, suites, "sfteval plan") as (a, b):
        return list(pilots_of(a, b))


def checked(shares: tuple[float, ...], option: str) -> tuple[float, ...]:
    """Return shares, each between 0 and 1.

    Raises: ConfigurationError.
    """
    for share in shares:
        if not LEAST_SHARE <= share < 1.0:
            raise ConfigurationError(option, expected="numbers between 0 and 1", got=f"{share:g}", next_move="Mend it")
    return shares


def whole(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return numbers of samples, each at least 1.

    Raises: ConfigurationError.
    """
    for number in numbers:
        if number < 1:
            raise ConfigurationError("--samples", expected="at least 1", got=str(number), next_move="Mend it")
    return numbers


def lengths(tokens: tuple[float, ...] | None) -> tuple[float, float] | None:
    """Return the tokens of one question and one answer; None: not given.

    Raises: ConfigurationError for anything but two amounts.
    """
    if tokens is None:
        return None
    if len(tokens) != 2 or not all(0.0 < number <= MOST_TOKENS for number in tokens):
        got = ",".join(f"{number:g}" for number in tokens)
        raise ConfigurationError("--tokens", expected="two amounts, as 300,800", got=got, next_move="Write IN,OUT")
    return tokens[0], tokens[1]


def with_tokens(pilot: "Pilot", tokens: tuple[float, float] | None) -> "Pilot":
    """Return the pilot with the given tokens, where nobody counted its own."""
    if tokens is None or pilot.answer_tokens is not None:
        return pilot
    return replace(pilot, prompt_tokens=tokens[0], answer_tokens=tokens[1])


def refuse_unpriced(pilots: "list[Pilot]", price: str | None) -> None:
    """Refuse a price where no tokens are known that it could be of.

    Raises: ConfigurationError.
    """
    if price is not None and all(pilot.answer_tokens is None for pilot in pilots):
        raise ConfigurationError(
            "--price",
            expected="how many tokens an answer has",
            got="neither a pilot that counted them nor --tokens",
            next_move="Add --tokens IN,OUT, those of one question and one answer",
        )


def told(pilot: "Pilot") -> str:
    """Return what a pilot measured, and whether more prompts or more samples would help."""
    from sfteval.compare.spread import advice

    split = pilot.split
    text = f"{printable(pilot.task)} {printable(pilot.metric)}, {pilot.num_prompts:,} prompts"
    if pilot.num_samples > 1.0:
        text += f" with {pilot.num_samples:.3g} answers on each side"
    text += f": variance between prompts {split.prompts:.4f}"
    if split.baseline is not None or split.candidate is not None:
        text += f", between answers {split.baseline or 0.0:.4f} and {split.candidate or 0.0:.4f}"
    return f"{text}. {advice(split, pilot.num_samples)}"


def table(rows: "tuple[PlanRow, ...]") -> list[str]:
    """Return the rows as lines, each column as wide as it must be."""
    priced, counted = any(row.money is not None for row in rows), any(row.num_tokens is not None for row in rows)
    head = ["task", "metric", "margin", "samples", "prompts: not worse", "a difference", "answers"]
    cells = [[*head, *["tokens"] * counted, *["money"] * priced], *(_cells(row, counted, priced) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]


def _cells(row: "PlanRow", counted: bool, priced: bool) -> list[str]:
    cells = [printable(row.task), printable(row.metric), f"{row.margin:.3f}", str(row.num_samples)]
    cells += [f"{row.num_prompts:,}", f"{row.num_prompts_superior:,}", f"{row.num_answers:,}"]
    if counted:
        cells.append("--" if row.num_tokens is None else f"{row.num_tokens:,}")
    if priced:
        cells.append("--" if row.money is None else f"{row.money:.2f}")
    return cells
