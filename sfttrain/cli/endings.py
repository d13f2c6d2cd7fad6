"""How a command ends: in nothing to say, in one line and the exit code of an error of the house, or in Ctrl-C and 130.

A reader that closes the pipe ends the printing quietly, and changes no exit code. Of several processes of torchrun the
one speaks that knows most. Does not know what the commands do.
"""

import errno
import functools
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from sfteval.errors import ConfigurationError, InfrastructureError, SftevalError, StoreError

DEBUG = click.option("--debug", is_flag=True, help="Show the traceback of an error.")
HEAD_START_SECONDS = 8.0  # by which processes of one machine, a busy one, come to the same error apart
MISTAKES = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG)  # a path that cannot be meant


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """End errors of the house in one line and their exit code, and Ctrl-C in 130."""

    @DEBUG
    @functools.wraps(command)
    def run(debug: bool, **options: Any) -> None:
        try:
            command(**options)
        except KeyboardInterrupt:
            if _is_first_here():
                echo(f"Stopped. What was finished stays; {_goes_on()}.", err=True)
            sys.exit(130)
        except (SftevalError, OSError) as error:
            if debug:
                raise
            known = _known(error)
            _wait_for_the_cause(known)
            echo(f"Error: {_one_line(str(known))}", err=True)
            sys.exit(known.exit_code)
        _leave()

    return run


def _goes_on() -> str:
    """Return from where a stopped command goes on: torchrun leaves its processes no time to keep the last step."""
    saved = "the last checkpoint on the way, if [save] every_steps made one"
    return f"the same command goes on from {saved if _is_one_of_several() else 'there'}"


def _leave() -> None:
    """End one process of several at once: gloo's threads sometimes abort an orderly end, after everything is done.

    Seen in 3 of 33 runs of two processes (torch 2.13).
    """
    if _is_one_of_several():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _wait_for_the_cause(error: SftevalError) -> None:
    """Under torchrun, let a process speak that knows more: torchrun ends the others as soon as it has.

    What all of them meet is told by the first; that another one stopped is told after why it did.
    """
    follows = type(error) is InfrastructureError and "WORLD_SIZE" in os.environ
    time.sleep(HEAD_START_SECONDS * (2 * follows + (not _is_first_here())))


def _is_one_of_several() -> bool:
    size = os.environ.get("WORLD_SIZE", "")
    return size.isdecimal() and int(size) > 1


def _is_first_here() -> bool:
    return os.environ.get("LOCAL_RANK", "0") == "0"


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


def echo(text: str, *, err: bool = False, nl: bool = True, color: bool | None = None) -> None:
    """Print; where nobody reads on (`sfttrain show ... | head`), the printing ends and nothing is wrong."""
    try:
        click.echo(text, err=err, nl=nl, color=color)
    except BrokenPipeError:
        setattr(sys, "stderr" if err else "stdout", open(os.devnull, "w"))  # noqa: SIM115  for the rest of the process


def _one_line(text: str) -> str:
    """Return a text on one line without control characters: a template or a file name may hold anything."""
    return "".join(character if character.isprintable() else " " for character in text)
