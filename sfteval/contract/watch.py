"""One checkpoint held to its contract while it is asked: what its own files and its server say, as a record.

The record stands in the run's settings, so that a comparison of stored answers knows how they were asked. Does not know
what is done with it.
"""

from typing import Any

from sfteval.backends import Backend
from sfteval.contract.check import ContractCheck
from sfteval.contract.drift import static_checks
from sfteval.contract.served import check_served, refuse_drift
from sfteval.errors import NotComparableError
from sfteval.types import Checkpoint, Json


class ContractWatch:
    """Checks what serves a checkpoint when it is ready, and tells in the end how it was asked."""

    def __init__(self, checkpoint: Checkpoint, backend: Backend, *, allow_drift: bool) -> None:
        """Watch over one run; nothing is checked yet."""
        self._checkpoint, self._backend, self._allow_drift = checkpoint, backend, allow_drift
        self._served: ContractCheck | None = None

    async def check(self) -> None:
        """Hold the prompts of a server that is ready against the contract.

        Raises: NotComparableError on drift that is not allowed; BackendError where the server does not answer.
        """
        self._served = await check_served(self._checkpoint, self._backend)
        if self._served is not None and not self._allow_drift:
            refuse_drift(self._checkpoint, self._served)

    def record(self, earlier: Json) -> dict[str, Any]:
        """Return {"drifted", "verified", "said", "served"}; what was served before counts where nothing was asked now.

        Raises: NotComparableError where stored answers were asked with a drift that is not allowed now.
        """
        served: Json | None = self._served.recorded() if self._served is not None else earlier.get("served")
        if served is not None and served["drifted"] and not self._allow_drift:
            raise NotComparableError(
                self._checkpoint.name,
                expected="stored answers to the prompts that it was trained for",
                got=str(served["said"]),
                next_move="Ask again into another --runs folder, or pass --allow-template-drift",
            )
        own = static_checks(self._checkpoint)
        said = [check.warning() for check in own] + ([str(served["said"])] if served else [])
        return {
            "drifted": any(check.drifted for check in own) or bool(served and served["drifted"]),
            "verified": bool(served is None or served["verified"]),
            "said": [sentence for sentence in said if sentence],
            "served": dict(served) if served else None,
        }
