"""The commands of `sfttrain`: words in, one call, one exit code. Heavy libraries are imported inside the commands.

Errors of the house end in one line on standard error and their class's exit code; Ctrl-C ends 130.
"""

import functools
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sfteval.errors import ConfigurationError, SftevalError, StoreError

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
OUT = click.option("-o", "--out", type=FOLDER, required=True, help="Where the checkpoint goes.")
BASE = click.option("--base", type=FOLDER, help="The base model, a Hugging Face directory.")
DATA = click.option("--data", type=FILE, help="Conversations: JSONL or Parquet.")
SEED = click.option("--seed", type=int, help="Instead of the recipe's seed.")
ARM = click.option("--arm", type=click.Choice(["think", "no-think"]), default="think", show_default=True)
ROW = click.option("--row", default="1", show_default=True, help="Which row: its number from 1, or its id.")
DEBUG = click.option("--debug", is_flag=True, help="Show the traceback of an error.")


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """End errors of the house in one line and their exit code, and Ctrl-C in 130."""

    @DEBUG
    @functools.wraps(command)
    def run(debug: bool, **options: Any) -> None:
        try:
            command(**options)
        except KeyboardInterrupt:
            click.echo("Stopped. What was finished stays; the same command goes on from there.", err=True)
            sys.exit(130)
        except (SftevalError, OSError) as error:
            if debug:
                raise
            known = error if isinstance(error, SftevalError) else _of_the_disk(error)
            click.echo(f"Error: {known}", err=True)
            sys.exit(known.exit_code)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sfteval")
def main() -> None:
    """Train the think and the no-think checkpoint of one dataset, and prove what they learn from."""


@main.command()
@click.argument("recipe")
@OUT
@BASE
@DATA
@SEED
@guarded
def pair(recipe: str, out: Path, base: Path | None, data: Path | None, seed: int | None) -> None:
    """One dataset to two checkpoints: OUT/think and OUT/no-think.

    RECIPE is a TOML file or the name of a shipped recipe. An arm that is finished already is reused.
    """
    settings = _recipe(recipe, base, data, seed)
    from sfteval.progress import terminal_progress
    from sfttrain.pair import train_pair

    train_pair(settings, out, terminal_progress())


@main.command()
@click.argument("recipe")
@ARM
@OUT
@BASE
@DATA
@SEED
@guarded
def run(recipe: str, arm: str, out: Path, base: Path | None, data: Path | None, seed: int | None) -> None:
    """Train one arm of a dataset to the checkpoint OUT."""
    settings = _recipe(recipe, base, data, seed)
    from sfteval.progress import terminal_progress
    from sfttrain.pair import train_one
    from sfttrain.types import Arm

    train_one(settings, Arm(arm), out, terminal_progress())


@main.command()
@click.argument("recipe")
@ARM
@BASE
@DATA
@ROW
@guarded
def show(recipe: str, arm: str, base: Path | None, data: Path | None, row: str) -> None:
    """Show what is learned of one row, token by token."""
    settings = _recipe(recipe, base, data, None)
    from rich.console import Console

    from sfttrain.prepare import render_row
    from sfttrain.show import show_examples
    from sfttrain.types import Arm

    conversation_id, examples, chat = render_row(settings, Arm(arm), row)
    show_examples(examples, chat, f"row {conversation_id}, {arm}", Console(highlight=False))


@main.command()
@click.argument("recipe", default="starter_base")
@OUT
@SEED
@guarded
def base(recipe: str, out: Path, seed: int | None) -> None:
    """Make a tiny base model from nothing: tokenizer, weights, continued pretraining.

    RECIPE is a TOML file or the name of a shipped recipe; a finished model of the same recipe is reused.
    """
    from sfteval.progress import terminal_progress
    from sfttrain.base import BaseRecipe, train_base
    from sfttrain.config import find_recipe, read_recipe

    settings = read_recipe(find_recipe(recipe), BaseRecipe)
    train_base(settings if seed is None else replace(settings, seed=seed), out, terminal_progress())


@main.command()
@click.argument("source")
@click.option("-o", "--out", type=FILE, required=True, help="Where the normalised rows go (JSONL).")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the starter rows.")
@guarded
def data(source: str, out: Path, seed: int) -> None:
    """Validate a dataset and write its rows in one form.

    SOURCE is a JSONL or Parquet file, or `starter[:N]` for N rows of the starter world.
    """
    from sfttrain.data.read import describe_report, read_conversations, write_conversations, write_rows

    if source.partition(":")[0] == "starter" and not Path(source).exists():
        from sfttrain.starter.rows import rows

        write_rows(out, rows(seed, _number(source)))
        conversations, report = read_conversations(out)
    else:
        conversations, report = read_conversations(Path(source))
    write_conversations(out, conversations)
    click.echo(f"{describe_report(report)}\n{out}: {len(conversations):,} rows written")


def _recipe(name: str, base: Path | None, data: Path | None, seed: int | None) -> Any:
    from sfttrain.config import Recipe, find_recipe, override, read_recipe

    return override(read_recipe(find_recipe(name), Recipe), base=base, data=data, seed=seed)


def _number(source: str) -> int:
    text = source.partition(":")[2] or "2000"
    if not text.isdecimal() or int(text) == 0:
        raise ConfigurationError(source, expected="starter:N with N rows", got=text, next_move="Write starter:2000")
    return int(text)


def _of_the_disk(error: OSError) -> StoreError:
    return StoreError(
        str(error.filename or "disk"), expected="to read and write", got=f'"{error}"', next_move="Mend it and go on"
    )
