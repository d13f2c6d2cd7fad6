"""Stored answers for the commands that only read them: scored again as they were asked, kept nowhere."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfteval.cli.options import awaited, progress_for
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.types import Run


@contextmanager
def stored_runs(arguments: Sequence[str], suites: tuple[str, ...], where: str) -> "Iterator[list[Run]]":
    """Give the runs of `run:DIR` and `responses:FILE` words; their scores can be read until the block ends.

    Raises: ConfigurationError for any other word.
    """
    from sfteval.pipeline import RunPlan, run_checkpoint

    for word in arguments:
        if not word.startswith(("run:", "responses:")):
            raise ConfigurationError(
                where, expected="stored answers", got=f'"{word}"', next_move="Write run:DIR or responses:FILE"
            )
    with tempfile.TemporaryDirectory() as scratch:
        runs = []
        for number, word in enumerate(arguments):
            plan = RunPlan(suites=suites, runs=Path(scratch) / str(number), **as_asked(word))
            runs.append(awaited(run_checkpoint(word, plan, {}, progress_for(True))))
        yield runs


def as_asked(word: str) -> dict[str, Any]:
    """Return how many prompts and answers to each a stored run was asked for; nothing for answers made elsewhere."""
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.store import RunFolder

    checkpoint = resolve_checkpoint(word)
    if checkpoint.kind != "run" or checkpoint.path is None:
        return {}
    settings = RunFolder(checkpoint.path).manifest().get("settings", {})
    samples = set(settings.get("samples", {}).values())
    return {
        "limit": settings.get("limit"),
        "seed": settings.get("seed", 0),
        "samples": samples.pop() if len(samples) == 1 else None,  # else: each task's own number
    }
