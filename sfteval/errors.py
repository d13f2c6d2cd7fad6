"""The error tree; each class carries the exit code with which a command ends.

    SftevalError                   2
    |-- ConfigurationError         2   a TOML key, an option, a recipe           (also ValueError)
    |-- DataError                  2   a dataset, a suite, a responses file      (also ValueError)
    |   `-- UnansweredError        2   answers made elsewhere, none to what is asked; 12 in a comparison
    |-- CheckpointError            2   a checkpoint that is missing or half-written (also ValueError)
    |-- TemplateError              2   a chat template that cannot be rendered   (also ValueError)
    |-- ProofError                 2   training data or attention that is not what it must be (also ValueError)
    |-- NotComparableError        12   two runs that must not be compared        (also ValueError)
    `-- InfrastructureError       13   a server, a disk, a process; the same call goes on from there (also RuntimeError)
        |-- BackendError          13   the model server died or refuses
        |   |-- RefusedError      13   one request is refused for what it asks (too long, say)
        |   `-- TransientError    13   one request failed in a way that trying again may mend
        |-- BudgetError           13   the time or the money that a run may cost is spent
        `-- StoreError            13   a run directory that cannot be written or is in use

Every message reads `<where>: expected <what>, got <value>. <Next move>.` and is caught only in `cli` (one line) and,
per sample, in `asking` (stored, owed again). 1 is left to a crash, so that a crash never reads as a verdict.
"""

import difflib
from collections.abc import Iterable

MOST_NAMED = 20  # of what is known, in one message: a task may have thousands of samples


class SftevalError(Exception):
    """A mistake that the user can mend; the message says where, what was expected, what came, what to do next."""

    exit_code = 2

    def __init__(self, where: str, *, expected: str, got: object, next_move: str) -> None:
        """Compose the one-line message; `where` is a place (a file, an option), `next_move` a full imperative."""
        self.where, self.expected, self.got, self.next_move = where, expected, str(got), next_move
        stop = "" if next_move.endswith((".", "?", "!")) else "."
        super().__init__(f"{where}: expected {expected}, got {self.got}. {next_move}{stop}")


class ConfigurationError(SftevalError, ValueError):
    """An option or a configuration file asks for something that does not exist."""


class DataError(SftevalError, ValueError):
    """A dataset, a suite or an answers file does not hold what its format promises."""


class UnansweredError(DataError):
    """Answers made elsewhere hold none to what is asked; a comparison of them is not comparable."""


class CheckpointError(SftevalError, ValueError):
    """A checkpoint is missing, half-written or not of a form that we can ask."""


class TemplateError(SftevalError, ValueError):
    """A chat template is missing, not valid Jinja, or refuses a conversation."""


class ProofError(SftevalError, ValueError):
    """What would be learned is not what must be learned; training stops before step 0."""


class NotComparableError(SftevalError, ValueError):
    """Two runs differ in something that makes their difference meaningless."""

    exit_code = 12


class InfrastructureError(SftevalError, RuntimeError):
    """Something outside the question failed; calling the same command again goes on from there."""

    exit_code = 13


class BackendError(InfrastructureError):
    """A model server did not come up, died, or answers nonsense."""


class RefusedError(BackendError):
    """The server refuses this one request; it is stored as an error and costs no other request anything."""


class TransientError(BackendError):
    """One request timed out, was refused for load, or came back malformed: asked again a bounded number of times."""

    def __init__(
        self,
        where: str,
        *,
        expected: str,
        got: object,
        next_move: str,
        retry_after_seconds: float | None = None,
        is_load: bool = False,
    ) -> None:
        """Say besides how long the server wants to be left alone, and whether it said that it has too much to do."""
        super().__init__(where, expected=expected, got=got, next_move=next_move)
        self.retry_after_seconds, self.is_load = retry_after_seconds, is_load


class BudgetError(InfrastructureError):
    """The time or the money that a run may cost is spent; what was answered is kept."""


class StoreError(InfrastructureError, OSError):
    """A run directory cannot be written, is locked by another process, or the disk is full."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `Did you mean "x"?`, or what is known, as far as one line can tell, when nothing is near.

    Made for `next_move`.
    """
    choices = sorted(known)
    close = difflib.get_close_matches(name, choices, n=1)
    if close:
        return f'Did you mean "{close[0]}"?'
    more = f" ... and {len(choices) - MOST_NAMED:,} more" if len(choices) > MOST_NAMED else ""
    return f"Known: {', '.join(choices[:MOST_NAMED]) or 'none'}{more}"
