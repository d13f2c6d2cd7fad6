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
            click.option("--suite", "suites", multiple=True, metavar="NAME|PATH", help="What to ask; repeatable."),
            click.option(
                "--backend", default="auto", show_default=True, metavar="NAME", help="auto, transformers or endpoint."
            ),
            click.option("--limit", type=click.IntRange(1), help="Ask only the first N prompts of each task."),
            click.option("--samples", type=click.IntRange(1), help="Answers per prompt (default: the task's)."),
            click.option("--seed", type=int, default=0, show_default=True, help="Seed of sampling and statistics."),
            click.option("--concurrency", type=click.IntRange(1), help="Requests under way at once."),
            click.option("--max-errors", type=click.IntRange(0), default=50, show_default=True,
                         help="End the run after so many failed requests."),
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
    from sfteval.asking import AskingPolicy
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
        seed=options["seed"],
        allow_template_drift=options["allow_template_drift"],
        policy=AskingPolicy(concurrency=options["concurrency"], max_errors=options["max_errors"]),
    )
