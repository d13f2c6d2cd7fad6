"""The commands of `sfttrain`: words in, one call, one exit code. Heavy libraries are imported inside the commands.

How they end, well or not, is in `endings`.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sfteval.errors import ConfigurationError
from sfttrain.cli.endings import echo, guarded

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
OUT = click.option("-o", "--out", type=FOLDER, required=True, help="Where the checkpoint goes.")
BASE = click.option("--base", type=FOLDER, help="The base model, a Hugging Face directory.")
DATA = click.option("--data", help="Conversations: JSONL, JSON, Parquet or hf:ORG/NAME[@REV][:SPLIT].")


def _in_range(context: click.Context, option: click.Parameter, seed: int | None) -> int | None:
    """Refuse a seed that some generator does not take; a type of click would spell the range out in --help."""
    return None if seed is None else click.IntRange(0, 2**63 - 1).convert(seed, option, context)


def _numbers(context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """Return the whole numbers that stand between commas."""
    if text is None:
        return None
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"expected whole numbers like 1,4,16, got {text!r}", context, option) from error


SEED = click.option("--seed", type=int, callback=_in_range, help="Instead of the recipe's seed, from 0 on.")
ARM = click.option("--arm", type=click.Choice(["think", "no-think"]), default="think", show_default=True)
TRAINING = (
    BASE,
    DATA,
    SEED,
    click.option("--resume/--no-resume", default=None, help="Go on from where a stopped run stood (it does), or not."),
    click.option("--plan", is_flag=True, help="Say what it will take, in memory and time, and stop."),
    click.option("--merge", is_flag=True, help="With [lora]: write a whole model, the adapters added to its weights."),
    click.option("--comet", is_flag=True, help="Write a Comet archive into the checkpoint, offline."),
    click.option("--fsdp", is_flag=True, help="Under torchrun: each process keeps a slice of the weights."),
    click.option("--on-overlong", type=click.Choice(["drop", "error"]), help="A row longer than max_tokens."),
    click.option("--canaries", type=int, metavar="N", help="Plant N secrets among the rows, for `sfteval probe`."),
    click.option(
        "--canary-repeats",
        callback=_numbers,
        metavar="N,N,...",
        help="Rows that hold each secret, in equal shares.  [default: 1,4,16]",
    ),
)
JUDGE, GOLD = "starter-judge", "starter-gold"
STARTER = ("starter", JUDGE)  # conversations of the starter world
NUM_ROWS = {"starter": 2000, JUDGE: 6000, GOLD: 400}
OVERRIDES = {  # option -> the setting that it overrides
    "base": "base",
    "data": "data.path",
    "seed": "seed",
    "merge": "lora.merge",
    "fsdp": "memory.fsdp",
    "on_overlong": "data.on_overlong",
    "canaries": "canaries.count",
    "canary_repeats": "canaries.repeats",
}


def training(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every command that trains."""
    return functools.reduce(lambda made, option: option(made), reversed(TRAINING), command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sfteval")
def main() -> None:
    """Train the think and the no-think checkpoint of one dataset, and prove what they learn from."""


@main.command()
@click.argument("recipe")
@OUT
@click.option("--match", type=click.Choice(["steps", "tokens"]), help="What both arms get equally many of.")
@training
@guarded
def pair(recipe: str, out: Path, match: str | None, **options: Any) -> None:
    """One dataset to two checkpoints: OUT/think and OUT/no-think.

    RECIPE is a TOML file or the name of a shipped recipe. An arm that is finished already is reused; one that was
    stopped goes on where it stood.
    """
    from sfttrain.pair import ARMS, train_pair

    settings = _recipe(recipe, options, {"match": match})
    with _launched(options, settings, ARMS) as (progress, launch):
        if launch is not None:
            train_pair(settings, out, progress, launch)


@main.command()
@click.argument("recipe")
@ARM
@OUT
@training
@guarded
def run(recipe: str, arm: str, out: Path, **options: Any) -> None:
    """Train one arm of a dataset to the checkpoint OUT."""
    from sfttrain.pair import train_one
    from sfttrain.types import Arm

    settings = _recipe(recipe, options)
    with _launched(options, settings, (Arm(arm),)) as (progress, launch):
        if launch is not None:
            train_one(settings, Arm(arm), out, progress, launch)


@main.command()
@click.argument("recipe")
@ARM
@BASE
@DATA
@click.option("--row", help="Which row: its number from 1, or its id.  [default: 1]")
@click.option("--tokens", is_flag=True, help="Show where tokens begin.")
@click.option("--overview", is_flag=True, help="Lengths, shares and what each way of batching wastes, of all rows.")
@click.option("--html", type=FILE, help="Write a page with rows as both arms learn them, and the overview.")
@guarded
def show(
    recipe: str, arm: str, row: str | None, tokens: bool, overview: bool, html: Path | None, **options: Any
) -> None:
    """Show what is learned of one row, token by token; or of all rows, in figures."""
    settings = _recipe(recipe, options)
    from rich.console import Console

    from sfttrain.prepare import render_row
    from sfttrain.show import show_examples
    from sfttrain.types import Arm

    if html is not None:
        from sfttrain.page import write_page

        write_page(html, settings, row)
        echo(f"{html} written")
        return
    if overview:
        echo("\n".join(_overview(settings)))
        return
    conversation_id, examples, chat, messages = render_row(settings, Arm(arm), row or "1")
    console = Console(highlight=False)
    with console.capture() as captured:  # rich would end the process when the pipe closes
        show_examples(examples, chat, f"row {conversation_id}, {arm}", console, messages, boundaries=tokens)
    echo(captured.get(), nl=False, color=True)


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
@click.argument("sources", nargs=-1, required=True)
@click.option("-o", "--out", type=FILE, help="Where the normalised rows go (JSONL).")
@click.option("--base", type=FOLDER, help="Count tokens too, as this model's template renders them.")
@click.option(
    "--seed", type=int, callback=_in_range, default=0, show_default=True, help="Of the starter rows, from 0 on."
)
@guarded
def data(sources: tuple[str, ...], out: Path | None, base: Path | None, seed: int) -> None:
    """Validate datasets, and write their rows in one form.

    A source is a JSONL, JSON or Parquet file, hf:ORG/NAME[@REV][:SPLIT], or `starter[:N]` for N rows of the starter
    world; `starter-judge[:N]` are rows that teach a tiny judge, and `starter-gold[:N]`, alone, labelled pairs for
    `sfteval judge validate`.
    """
    from sfttrain.data import read_conversations, write_conversations
    from sfttrain.data.report import describe_reading

    if len(sources) == 1 and _kind(sources[0]) == GOLD:
        _write_gold(sources[0], out, seed)
        return
    read = [_starter(source, out, seed) if _is_starter(source) else read_conversations(source) for source in sources]
    conversations = [one for some, _ in read for one in some]
    if out is not None:
        write_conversations(out, conversations)
    echo("\n".join(describe_reading(read)))
    if out is not None:
        echo(f"{out}: {len(conversations):,} rows written")
    if base is not None:
        echo("\n".join(_token_counts(base, sources if out is None else (str(out),))))


def _overview(settings: Any) -> list[str]:
    from sfteval.progress import terminal_progress
    from sfttrain.overview import overview_of
    from sfttrain.pair import ARMS
    from sfttrain.prepare import prepare
    from sfttrain.show import data_overview

    material = prepare(settings, ARMS, terminal_progress())
    return data_overview(overview_of(material.examples, settings.batch.max_tokens, settings.seed))


def _token_counts(base: Path, sources: tuple[str, ...]) -> list[str]:
    from sfteval.progress import silent_progress
    from sfttrain.config import DataSettings, Recipe, SourceSettings
    from sfttrain.pair import ARMS
    from sfttrain.prepare import describe, prepare

    named = tuple(SourceSettings(source) for source in sources)
    settings = Recipe(base=str(base), data=DataSettings(sources=named, held_out_share=0.0))
    return describe(prepare(settings, ARMS, silent_progress()))


def _is_starter(source: str) -> bool:
    return _kind(source) in STARTER


def _kind(source: str) -> str:
    """Return the part before the number; a file that is called so is a file."""
    return "" if Path(source).exists() else source.partition(":")[0]


def _starter(source: str, out: Path | None, seed: int) -> Any:
    """Write rows of the starter world and read them back."""
    from sfttrain.data import read_conversations
    from sfttrain.data.read import write_rows
    from sfttrain.starter.judging import judge_rows
    from sfttrain.starter.rows import rows

    made = judge_rows if _kind(source) == JUDGE else rows
    out = _written_to(source, out)
    write_rows(out, made(seed, _number(source)))
    return read_conversations(out)


def _write_gold(source: str, out: Path | None, seed: int) -> None:
    """Write labelled pairs, which are no conversations."""
    from sfttrain.data.read import write_rows
    from sfttrain.starter.judging import gold_rows

    out = _written_to(source, out)
    pairs = gold_rows(seed, _number(source))
    write_rows(out, pairs)
    echo(f"{out}: {len(pairs):,} labelled pairs written")


def _written_to(source: str, out: Path | None) -> Path:
    if out is None:
        raise ConfigurationError(source, expected="-o FILE to write them to", got="none", next_move="Add -o rows.jsonl")
    return out


def _recipe(name: str, options: dict[str, Any], more: dict[str, Any] | None = None) -> Any:
    """Return the recipe with what the options of the command say instead."""
    from sfttrain.config import Recipe, find_recipe, override, read_recipe

    given = {name: options.get(option) for option, name in OVERRIDES.items()} | (more or {})
    given = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    given = {name: None if value is False or value == "" else value for name, value in given.items()}
    if given["data.path"] is not None:
        given["data.sources"] = ()
    settings = override(read_recipe(find_recipe(name), Recipe), given)
    if options.get("merge") and not settings.lora.rank:
        raise ConfigurationError(
            "--merge", expected="adapters: rank above 0 in [lora]", got=0, next_move="Set it, or leave --merge out"
        )
    if options.get("canary_repeats") and not settings.canaries.count:
        raise ConfigurationError(
            "--canary-repeats", expected="canaries to repeat", got="none", next_move="Pass --canaries N too"
        )
    return settings


@contextmanager
def _launched(options: dict[str, Any], settings: Any, arms: Any) -> Iterator[tuple[Any, Any]]:
    """Join the processes of torchrun, if there are any; yield where to report, and how to start (None: only plan)."""
    from sfteval.progress import silent_progress, terminal_progress
    from sfttrain.distributed import started, world
    from sfttrain.train import Launch

    here = world()
    with started(here):
        progress = terminal_progress() if here.is_main else silent_progress()
        if options["plan"] and here.is_main:
            from sfttrain.plan import describe

            echo("\n".join(describe(settings, arms, progress)))
        yield progress, None if options["plan"] else Launch(options["resume"], options["comet"])


def _number(source: str) -> int:
    kind, _, number = source.partition(":")
    text = number or str(NUM_ROWS[kind])
    if not text.isdecimal() or int(text) == 0:
        raise ConfigurationError(
            source, expected=f"{kind}:N with N rows", got=text, next_move=f"Write {kind}:{NUM_ROWS[kind]}"
        )
    return int(text)
