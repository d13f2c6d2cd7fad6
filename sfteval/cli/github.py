"""What `gate` tells GitHub Actions where it runs there: annotations, a summary of the step, outputs. Nothing elsewhere.

Reads the runner's environment (GITHUB_ACTIONS, GITHUB_STEP_SUMMARY, GITHUB_OUTPUT). While the gate works, nothing that
is printed can be a command for the runner, whatever names or answers hold. What cannot be written is said and changes
no exit code.
Source: GitHub's reference of workflow commands (stop-commands, environment files).
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfteval.cli.options import pipe_may_close, printable
from sfteval.errors import NotComparableError, SftevalError

if TYPE_CHECKING:
    from sfteval.types import Comparison

Tell = Callable[["Comparison", Path, int], None]


@contextmanager
def told_to_github(*, aside: bool) -> Iterator[Tell]:
    """Give what tells a verdict with its folder and exit code; it is told when the block ends.

    `aside`: standard output holds something else, so that commands go to standard error, which the runner reads too.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield lambda comparison, folder, exit_code: None
        return
    told: list[tuple[Comparison, Path, int]] = []
    token = secrets.token_hex(16)
    click.echo(f"::stop-commands::{token}", err=aside)
    try:
        yield lambda comparison, folder, exit_code: told.append((comparison, folder, exit_code))
    except SftevalError as error:
        click.echo(f"::{token}::", err=aside)
        _refused(error, aside)
        raise
    except BaseException:
        click.echo(f"::{token}::", err=aside)
        raise
    with pipe_may_close():
        click.echo(f"::{token}::", err=aside)
        for verdict in told:
            _tell(*verdict, aside)


def _tell(comparison: "Comparison", folder: Path, exit_code: int, aside: bool) -> None:
    try:
        _told(comparison, folder, exit_code, aside)
    except BrokenPipeError:
        raise
    except Exception as error:  # whatever happens here, the verdict is already there: it ends the command
        click.echo(f"GitHub was not told: {printable(str(error))}", err=True)


def _told(comparison: "Comparison", folder: Path, exit_code: int, aside: bool) -> None:
    from sfteval.report import annotations, output, step_summary
    from sfteval.report.github import LARGEST_SUMMARY_BYTES

    for line in annotations(comparison, exit_code):
        click.echo(line, err=aside)
    room = LARGEST_SUMMARY_BYTES - _size(os.environ.get("GITHUB_STEP_SUMMARY", "")) - 1
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    _append("GITHUB_STEP_SUMMARY", step_summary(comparison, summary, room))
    _append("GITHUB_OUTPUT", output("verdict", comparison.verdict.value) + output("report", str(folder.absolute())))


def _refused(error: SftevalError, aside: bool) -> None:
    """Tell why there is no comparison; one that may not be made has a verdict all the same."""
    from sfteval.report import output, refusal

    click.echo(refusal(str(error)), err=aside)
    if error.exit_code == NotComparableError.exit_code:
        _append("GITHUB_OUTPUT", output("verdict", "not_comparable"))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size if path else 0
    except OSError:
        return 0


def _append(variable: str, text: str) -> None:
    """Add text to the file that an environment variable names, on lines of its own."""
    path = os.environ.get(variable)
    if not path or not text:
        return
    try:
        with open(path, "a+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else f"\n{text}"
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        click.echo(f"{variable}: not written, {printable(error.strerror or str(error))}", err=True)
