"""`--dry-run` of `compare` and `gate`: what would be asked, and what it may cost at most; nobody is asked."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import pipe_may_close, printable

if TYPE_CHECKING:
    from sfteval.forecast import Line
    from sfteval.pipeline import ComparePlan
    from sfteval.types import Json

HEAD = ("", "", "pairs or prompts", "calls", "prompt tokens", "answer tokens", "money")
NOTE = (
    "Prompt tokens are about a quarter of the characters, answers are taken as long as they may be; what is stored "
    "already is not asked again."
)


def foretell(plan: "ComparePlan", *, as_json: bool) -> None:
    """Print what a comparison would ask.

    Raises: ConfigurationError, CheckpointError, NotComparableError for what the comparison would refuse.
    """
    from sfteval.forecast import forecast, total

    lines = forecast(plan)
    whole = total(lines)
    with pipe_may_close():
        if as_json:
            click.echo(json.dumps({"asked": [asdict(line) for line in lines], "total": whole}, indent=2))
        else:
            for row in table(lines, whole):
                click.echo(row)


def table(lines: "Sequence[Line]", whole: "Json") -> list[str]:
    """Return the rows of a small table, and what is to be known of its figures."""
    cells = [
        HEAD,
        *(_row(line.role, line.name, f"{line.num_pairs:,}", asdict(line)) for line in lines),
        _row("in all", "", "", whole),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    rows = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    retried = whole["most_calls"]
    more = f" Verdicts that cannot be read are asked for again: at most {retried:,} calls."
    return [*rows, "", f"At most, of one try each. {NOTE}{more if retried > whole['num_calls'] else ''}"]


def _row(role: str, name: str, pairs: str, counts: "dict[str, Any] | Json") -> tuple[str, ...]:
    money = "-" if counts["money"] is None else f"{counts['money']:,.2f}"
    tokens = (f"{counts[key]:,}" for key in ("num_calls", "num_prompt_tokens", "num_tokens"))
    return role, printable(name), pairs, *tokens, money
