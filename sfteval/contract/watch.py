"""One checkpoint held to its contract while it is asked: what its own files and its server say, as a record.

The record stands in the run's settings, so that a comparison of stored answers knows how they were asked. Every answer
says whether the server's prompt was the one that we render: how many were not is counted over the whole run, whenever
they were given. Does not know what is done with it.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.backends import Backend
from sfteval.contract.check import ContractCheck
from sfteval.contract.drift import static_checks
from sfteval.contract.served import check_served, refuse_drift
from sfteval.errors import NotComparableError
from sfteval.types import Checkpoint, Generation, Json


class ContractWatch:
    """Checks what serves a checkpoint when it is ready, and tells in the end how it was asked."""

    def __init__(self, checkpoint: Checkpoint, backend: Backend, *, allow_drift: bool, num_own: int = 0) -> None:
        """Watch over one run; nothing is checked yet. `num_own` of the stored answers are of this very command."""
        self._checkpoint, self._backend, self._allow_drift = checkpoint, backend, allow_drift
        self._num_own = num_own
        self._check: ContractCheck | None = None
        self._num_stored: int | None = None  # None: nothing was owed
        self._num_answers = self._num_other_prompts = self._num_untold = 0

    async def check(self, num_stored: int) -> None:
        """Hold the prompts of a server that is ready against the contract; so many answers were there before.

        Raises: NotComparableError on drift that is not allowed; BackendError where the server does not answer.
        """
        self._num_stored = num_stored
        self._check = await check_served(self._checkpoint, self._backend)
        if self._check is not None and not self._allow_drift:
            refuse_drift(self._checkpoint, self._check)

    def refuse_stored_drift(self, earlier: Json) -> None:
        """Refuse stored answers that were asked with a drift which is not allowed now; `earlier` is their record.

        Raises: NotComparableError.
        """
        served = self._served(earlier)
        if served is not None and served.get("drifted") and not self._allow_drift:
            raise NotComparableError(
                self._checkpoint.name,
                expected="stored answers to the prompts that it was trained for",
                got=str(served.get("said")),
                next_move="Ask again into another --runs folder, or pass --allow-template-drift",
            )

    def heed(self, answer: Generation) -> None:
        """Count one answer of the run, whoever asked for it and when."""
        if answer.finish_reason == "error":
            return
        self._num_answers += 1
        self._num_other_prompts += answer.verified is False
        self._num_untold += answer.verified is None

    def record(self, earlier: Json) -> dict[str, Any]:
        """Return {"drifted", "verified", "said", "served", "answers"} once every answer was heeded.

        `answers` counts {"total", "other_prompts", "untold"}: all of them, those to prompts that are not the ones which
        we render, and those whose server does not tell; for a checkpoint without a fingerprint also "reused".
        """
        served = self._served(earlier)
        own = static_checks(self._checkpoint)
        answers = self._answers(earlier)
        said = [check.warning() for check in own] + ([str(served.get("said", ""))] if served else [])
        others = bool(self._num_other_prompts)
        return {
            "drifted": any(check.drifted for check in own) or bool(served and served.get("drifted")) or others,
            "verified": bool(served is None or served.get("verified")) and not others,
            "said": [sentence for sentence in (*said, *_said(answers)) if sentence],
            "served": dict(served) if served else None,
            "answers": answers,
        }

    def _served(self, earlier: Json) -> Json | None:
        """Return what was found of the servers; a drift under which stored answers were asked stays with them."""
        before = earlier.get("served")
        before = before if isinstance(before, Mapping) else None
        if self._check is None or (self._num_stored and before and before.get("drifted")):
            return before
        return self._check.recorded()

    def _answers(self, earlier: Json) -> dict[str, int]:
        counts = {
            "total": self._num_answers,
            "other_prompts": self._num_other_prompts,
            "untold": self._num_untold,
        }
        if self._checkpoint.fingerprint is not None:
            return counts
        if self._checkpoint.kind == "run":  # nothing is asked: what was said of the stored run holds
            before = earlier.get("answers")
            told = before.get("reused") if isinstance(before, Mapping) else 0
            reused = told if isinstance(told, int) else 0
        else:
            stored = self._num_answers if self._num_stored is None else self._num_stored
            reused = max(0, stored - self._num_own)
        return {**counts, "reused": reused}


def own_answers(settings: Json) -> int:
    """Return how many answers of a run this command asked for itself, as the run's settings tell."""
    answers = settings.get("contract", {}).get("answers", {})
    return int(answers.get("total", 0)) - int(answers.get("reused", 0))


def _said(answers: Mapping[str, int]) -> list[str]:
    said = []
    if answers["other_prompts"]:
        of = f"{answers['other_prompts']:,} of {answers['total']:,}"
        said.append(f"{of} answers were given to other prompts than those that are rendered here")
    if answers.get("reused"):
        of = f"{answers['reused']:,} of {answers['total']:,}"
        said.append(
            f"{of} answers were stored by earlier calls; whether the server is still the same nobody can tell: "
            "for new ones give another --runs folder"
        )
    return said
