"""What is settled around the asking: names in, what shall be asked out, or one clear refusal before it costs anything.

Suites and the two sides' names, template drift, a question that cannot be rendered, a folder that would be written into
itself, files that changed under a run. Asks nothing and scores nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sfteval.asking.likelihood import with_likelihoods
from sfteval.backends import Backends
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.checkpoints.several import several
from sfteval.contract import check_contract
from sfteval.errors import CheckpointError, ConfigurationError, NotComparableError, UnansweredError
from sfteval.generate import requests_of
from sfteval.store import RunFolder
from sfteval.suites import load_suite
from sfteval.types import Checkpoint, Json, Suite

WITH_FILES = ("directory", "adapter", "hub")
FEWEST_SEEDS = 2  # of training, on each side

# -- before anything is opened -----------------------------------------------------------------------------------------


def load_suites(names: Sequence[str], *, limit: int | None = None, samples: int | None = None) -> tuple[Suite, ...]:
    """Load every suite; `samples` answers a prompt, None: what each task says.

    Raises: ConfigurationError for a task name that is used twice.
    """
    suites = tuple(load_suite(name, limit=limit) for name in names)
    if samples is not None:
        suites = tuple(
            replace(suite, tasks=tuple(replace(task, num_samples=samples) for task in suite.tasks)) for suite in suites
        )
    tasks = [task.name for suite in suites for task in suite.tasks]
    for name in tasks:
        if tasks.count(name) > 1:
            raise ConfigurationError(
                "--suite", expected="task names used once", got=f'"{name}" in two suites', next_move="Run them apart"
            )
    return suites


def named_apart(a: Checkpoint, b: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Give two checkpoints of one name different names, so that no table reads "think against think"."""
    if a.name != b.name:
        return (a, b)
    return (replace(a, name=f"{a.name}-A"), replace(b, name=f"{b.name}-B"))


def seeds_of(arguments: str, settings: Json) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of one recipe, `A1,A2,A3`: one for each seed of its training.

    Raises: ConfigurationError for fewer than two, or for one checkpoint twice.
    """
    checkpoints = tuple(with_overrides(resolve_checkpoint(one), dict(settings)) for one in several(arguments))
    known = [one.fingerprint or one.argument for one in checkpoints]
    if len(checkpoints) < FEWEST_SEEDS or len({*known}) < len(known):
        raise ConfigurationError(
            arguments,
            expected=f"at least {FEWEST_SEEDS} different checkpoints, one a seed of training, on each side",
            got="one" if len(checkpoints) < FEWEST_SEEDS else "the same one twice",
            next_move="Write A1,A2,A3 B1,B2,B3, or give one checkpoint on each side",
        )
    return checkpoints


def check_contracts(checkpoints: Sequence[Checkpoint], *, allow_drift: bool) -> None:
    """Stop on template drift, unless it is allowed.

    Raises: NotComparableError.
    """
    for checkpoint in () if allow_drift else checkpoints:
        check_contract(checkpoint)


def refuse_own_source(path: Path, checkpoint: Checkpoint) -> None:
    """Refuse to write the answers of a stored run into the folder that they come from.

    Raises: ConfigurationError.
    """
    if checkpoint.kind == "run" and checkpoint.path is not None and path.resolve() == checkpoint.path.resolve():
        raise ConfigurationError(
            checkpoint.argument,
            expected="another folder to write to",
            got="the stored run itself",
            next_move="Give another --runs folder",
        )


# -- before the first question, and after the last ---------------------------------------------------------------------


async def rehearse(
    checkpoint: Checkpoint, backends: Backends, suites: Sequence[Suite], folder: Path, *, seed: int
) -> None:
    """Render every question once: what the second checkpoint would refuse is said before the first is asked.

    Raises: NotComparableError for answers made elsewhere of which none is to these questions.
    """
    async with backends.open(checkpoint) as backend:
        requests = [
            request for suite in suites for task in suite.tasks for request in requests_of(task, checkpoint, seed)
        ]
        asked = with_likelihoods(backend, requests)
        try:
            questions = asked.questions(requests)
        except UnansweredError as nothing:  # no data is never a pass, and no mistake of the command either
            raise NotComparableError(
                nothing.where, expected=nothing.expected, got=nothing.got, next_move=nothing.next_move
            ) from nothing
        if checkpoint.kind == "endpoint" and not _all_stored(questions, RunFolder(folder)):
            await asked.ready()


def _all_stored(questions: Sequence[str], folder: RunFolder) -> bool:
    """Tell whether a folder answers every question, in whichever task's file."""
    owed = set(questions)
    for task in folder.tasks():
        owed.difference_update(folder.generations(task))
    return not owed


def refuse_changed(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint whose files are others than when it was named: its answers would stand for the old ones.

    Raises: CheckpointError.
    """
    if checkpoint.kind not in WITH_FILES or checkpoint.path is None:
        return
    if resolve_checkpoint(str(checkpoint.path)).fingerprint != checkpoint.fingerprint:
        raise CheckpointError(
            checkpoint.argument,
            expected="the files that were there when the command began",
            got="others: it was written to meanwhile",
            next_move="Wait until it is whole and call the same command again",
        )
