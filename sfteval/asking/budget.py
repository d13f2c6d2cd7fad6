"""Answers in, a reason to stop out: how many errors, how much time and how much money a run may cost.

Does not stop anything itself, and does not know what was asked.
"""

from collections.abc import Callable, Sequence

from sfteval.asking.policy import AskingPolicy
from sfteval.errors import BackendError, BudgetError, InfrastructureError
from sfteval.types import Generation

AGAIN = "Raise it and call the same command again: what was answered is kept"


class Budget:
    """What one run has spent."""

    def __init__(self, policy: AskingPolicy, where: str, clock: Callable[[], float]) -> None:
        """Start the clock; `where` names the backend in errors."""
        self._policy, self._where, self._clock = policy, where, clock
        self._started = clock()
        self._cost = 0.0
        self._num_errors, self._last_error = 0, ""
        self._uncounted = False  # an answer came without its number of tokens: its cost is not known

    def charge(self, answers: Sequence[Generation]) -> None:
        """Add what a unit of work has cost."""
        for answer in answers:
            if answer.finish_reason == "error":
                self._num_errors += 1
                self._last_error = answer.error or ""
            elif not answer.num_prompt_tokens and not answer.num_tokens:
                self._uncounted = True
            self._cost += answer.num_prompt_tokens * self._policy.input_price / 1e6
            self._cost += answer.num_tokens * self._policy.output_price / 1e6

    def spent(self, num_owed: int) -> InfrastructureError | None:
        """Return why the run ends here with so many answers still owed; None: it goes on."""
        policy, owed = self._policy, f"with {num_owed:,} answers still owed"
        if self._num_errors > policy.max_errors:
            return BackendError(
                self._where,
                expected=f"at most {policy.max_errors} failed requests",
                got=f"{self._num_errors}, the last: {self._last_error}, {owed}",
                next_move="Mend the server and call the same command again: what was answered is kept",
            )
        if policy.budget_seconds is not None and self._clock() - self._started >= policy.budget_seconds:
            limit = f"to be done in {policy.budget_seconds:g} s"
            return BudgetError(self._where, expected=limit, got=f"the time used up {owed}", next_move=AGAIN)
        if policy.max_cost is None:
            return None
        limit = f"a cost below {policy.max_cost:g}"
        if self._uncounted:
            got = f"an answer without its number of tokens, {owed}"
            return BudgetError(
                self._where, expected=limit, got=got, next_move="Leave the cost budget away: it is blind"
            )
        if self._cost >= policy.max_cost:
            return BudgetError(self._where, expected=limit, got=f"{self._cost:.4g} {owed}", next_move=AGAIN)
        return None
