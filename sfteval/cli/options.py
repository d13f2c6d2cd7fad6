"""The options that several commands share, and the words they are written in."""

import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from sfteval.errors import ConfigurationError
from sfteval.progress import Progress, silent_progress, terminal_progress

Decorated = Callable[..., Any]
T = TypeVar("T")


def debug_option(command: Decorated) -> Decorated:
    """Add `--debug`, which the group reads from the command line itself."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(command)


def asking_options(command: Decorated) -> Decorated:
    """Add what every command that asks a checkpoint takes."""
    for option in reversed(
        [
            click.option("--suite", "suites", multiple=True, metavar="NAME|PATH|lm-eval:TASK",
                         help="What to ask; repeatable."),
            click.option("--backend", default="auto", show_default=True, metavar="NAME",
                         help="auto, vllm, transformers or endpoint."),
            click.option("--limit", type=click.IntRange(1), help="Ask only the first N prompts of each task."),
            click.option("--samples", type=click.IntRange(1), help="Answers per prompt (default: the task's)."),
            click.option("--scorer-mode", type=click.Choice(["fixed", "reference"]), default="fixed", show_default=True,
                         help="Whose rules count: ours, or the published scorer's, to compare with published numbers."),
            click.option("--seed", type=int, default=0, show_default=True, help="Seed of sampling and statistics."),
            click.option("--concurrency", type=click.IntRange(1),
                         help="Requests under way at once (default: found while asking)."),
            click.option("--timeout", type=click.FloatRange(0, min_open=True), default=600.0, show_default=True,
                         metavar="SECONDS", help="Give one request up after so long, and try it again."),
            click.option("--max-errors", type=click.IntRange(0), default=50, show_default=True,
                         help="End the run after so many failed requests of this call."),
            click.option("--budget-seconds", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
                         help="Ask so long, then wait for what is under way (at most --timeout); call again."),
            click.option("--max-cost", type=click.FloatRange(0, min_open=True), metavar="MONEY",
                         help="Stop when a checkpoint has cost so much, earlier calls counted; needs --price."),
            click.option("--price", metavar="IN,OUT", help="Money for a million prompt and a million answer tokens."),
            click.option("--vllm-python", metavar="PATH", help="The interpreter that has vLLM (`make vllm-cpu`)."),
            click.option("--vllm-args", default="", metavar="WORDS", help="Passed on to vLLM, in one pair of quotes."),
            click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
                         help="Where run folders live."),
            click.option("--allow-template-drift", is_flag=True,
                         help="Ask even if the template is not the one trained with; every number is marked."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def parsed_settings(pairs: tuple[str, ...], option: str) -> dict[str, Any]:
    """Return `key=value` words as a table; values are JSON where they can be, else text.

    Raises: ConfigurationError for a word without `=`.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigurationError(
                option, expected="key=value", got=f'"{pair}"', next_move="Write e.g. temperature=0.6"
            )
        try:
            settings[key] = json.loads(value)
        except ValueError:
            settings[key] = value
    return settings


def progress_for(as_json: bool) -> Progress:
    """Return bars or lines on standard error; nothing when JSON is asked for."""
    return silent_progress() if as_json else terminal_progress()


def awaited(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; Ctrl-C stops it at once, in the middle of a batch too.

    asyncio's own handler would only ask the task to end, which a batch under way does not hear.
    """
    import asyncio

    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    before = signal.signal(signal.SIGINT, stop)
    try:
        return asyncio.run(work)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def pipe_may_close() -> Iterator[None]:
    """Let a closed pipe end the printing and nothing else: `gate | head` keeps the verdict's exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the rest of the process


def printable(text: str) -> str:
    """Return a text on one line without control characters: file names and model text may hold anything."""
    return "".join(character if character.isprintable() else " " for character in text)


def command_line() -> str:
    """Return the command as it was typed, to be typed again."""
    words = [Path(sys.argv[0]).name.removesuffix(".py"), *sys.argv[1:]]
    return shlex.join(words).replace("__main__", "sfteval")


def run_plan(options: dict[str, Any]) -> Any:
    """Return the RunPlan of the shared options."""
    from sfteval.pipeline import RunPlan

    if not options["suites"]:
        raise ConfigurationError(
            "--suite", expected="at least one suite", got="none", next_move="`sfteval suites list` shows what there is"
        )
    return RunPlan(
        suites=options["suites"],
        runs=options["runs"],
        backend=options["backend"],
        limit=options["limit"],
        samples=options["samples"],
        scorer_mode=options["scorer_mode"],
        seed=options["seed"],
        allow_template_drift=options["allow_template_drift"],
        policy=asking_policy(options),
        serving=serving(options),
    )


def asking_policy(options: dict[str, Any]) -> Any:
    """Return the AskingPolicy of the shared options.

    Raises: ConfigurationError for a budget of money without a price.
    """
    from sfteval.asking import AskingPolicy

    input_price, output_price = prices(options["price"])
    return AskingPolicy(
        concurrency=options["concurrency"],
        max_errors=options["max_errors"],
        budget_seconds=options["budget_seconds"],
        max_cost=options["max_cost"],
        input_price=input_price,
        output_price=output_price,
    )


def serving(options: dict[str, Any]) -> Any:
    """Return what the shared options say about servers."""
    from sfteval.backends import Serving

    try:
        words = tuple(shlex.split(options["vllm_args"]))
    except ValueError as error:
        raise ConfigurationError(
            "--vllm-args", expected="words for a shell", got=str(error), next_move="Close the quotes"
        ) from error
    return Serving(options["vllm_python"], words, options["timeout"], options["runs"] / "logs")


def prices(text: str | None) -> tuple[float, float]:
    """Return the two prices of `IN,OUT`, each per million tokens; without a text, both are nothing.

    Raises: ConfigurationError for anything but two amounts.
    """
    if text is None:
        return (0.0, 0.0)
    try:
        input_price, output_price = (float(part) for part in text.split(","))
        if not (0 <= input_price < float("inf") and 0 <= output_price < float("inf")):
            raise ValueError("negative or endless")
    except ValueError as error:
        raise ConfigurationError(
            "--price", expected="two amounts, as 0.15,0.60", got=f'"{text}"', next_move="Write IN,OUT"
        ) from error
    return (input_price, output_price)
