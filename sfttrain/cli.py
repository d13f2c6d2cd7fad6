"""The commands of `sfttrain`: words in, one call, one exit code. Heavy libraries are imported inside the commands.

Errors of the house end in one line on standard error and their class's exit code; Ctrl-C ends 130. A reader that
closes the pipe ends the printing quietly, and changes no exit code.
"""

import errno
import functools
import os
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
SEEDS = click.IntRange(0, 2**63 - 1)
SEED = click.option("--seed", type=SEEDS, metavar="INTEGER", help="Instead of the recipe's seed.")
ARM = click.option("--arm", type=click.Choice(["think", "no-think"]), default="think", show_default=True)
ROW = click.option("--row", default="1", show_default=True, help="Which row: its number from 1, or its id.")
DEBUG = click.option("--debug", is_flag=True, help="Show the traceback of an error.")
MISTAKES = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG)  # a path that cannot be meant


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """End errors of the house in one line and their exit code, and Ctrl-C in 130."""

    @DEBUG
    @functools.wraps(command)
    def run(debug: bool, **options: Any) -> None:
        try:
            command(**options)
        except KeyboardInterrupt:
            _echo("Stopped. What was finished stays; the same command goes on from there.", err=True)
            sys.exit(130)
        except (SftevalError, OSError) as error:
            if debug:
                raise
            known = _known(error)
            _echo(f"Error: {_one_line(str(known))}", err=True)
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
    console = Console(highlight=False)
    with console.capture() as captured:  # rich would end the process when the pipe closes
        show_examples(examples, chat, f"row {conversation_id}, {arm}", console)
    _echo(captured.get(), nl=False, color=True)


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
@click.option("--seed", type=SEEDS, metavar="INTEGER", default=0, show_default=True, help="Of the starter rows.")
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
    _echo(f"{describe_report(report)}\n{out}: {len(conversations):,} rows written")


def _recipe(name: str, base: Path | None, data: Path | None, seed: int | None) -> Any:
    from sfttrain.config import Recipe, find_recipe, override, read_recipe

    return override(read_recipe(find_recipe(name), Recipe), base=base, data=data, seed=seed)


def _number(source: str) -> int:
    text = source.partition(":")[2] or "2000"
    if not text.isdecimal() or int(text) == 0:
        raise ConfigurationError(source, expected="starter:N with N rows", got=text, next_move="Write starter:2000")
    return int(text)


def _known(error: SftevalError | OSError) -> SftevalError:
    """Return the error of the house: a path that cannot be meant is the user's, all else that a disk does is not."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    kind = ConfigurationError if isinstance(cause, OSError) and cause.errno in MISTAKES else StoreError
    if isinstance(error, StoreError):
        return kind(error.where, expected=error.expected, got=error.got, next_move=error.next_move)
    if isinstance(error, SftevalError):
        return error
    where, got = str(error.filename or "disk"), f'"{error}"'
    if kind is ConfigurationError:
        return kind(where, expected="a path that can be used", got=got, next_move="Check the path")
    return kind(where, expected="to read and write", got=got, next_move="Mend it and go on")


def _echo(text: str, *, err: bool = False, nl: bool = True, color: bool | None = None) -> None:
    """Print; where nobody reads on (`sfttrain show ... | head`), the printing ends and nothing is wrong."""
    try:
        click.echo(text, err=err, nl=nl, color=color)
    except BrokenPipeError:
        setattr(sys, "stderr" if err else "stdout", open(os.devnull, "w"))  # noqa: SIM115  for the rest of the process


def _one_line(text: str) -> str:
    """Return a text on one line without control characters: a template or a file name may hold anything."""
    return "".join(character if character.isprintable() else " " for character in text)
