"""Answers in, a reason to stop out: how many errors, how much time and how much money a run may cost.

Errors and time are those of this call. Money is the whole run's, that of earlier calls counted: who calls the same
command again after a budget is spent does not spend it once more. Does not stop anything itself, and does not know what
was asked.
"""

from collections.abc import Callable, Iterable

from sfteval.asking.policy import AskingPolicy
from sfteval.backends.protocol import REFUSED
from sfteval.errors import BackendError, BudgetError, InfrastructureError
from sfteval.types import Generation

AGAIN = "Raise it and call the same command again: what was answered is kept"
MEND = "Mend the server and call the same command again: what was answered is kept"
REFUSES = "Leave such prompts out, serve the model with room for them, or raise --max-errors: what was answered stays"


class Budget:
    """What one run has spent."""

    def __init__(
        self, policy: AskingPolicy, where: str, clock: Callable[[], float], stored: Iterable[Generation] = ()
    ) -> None:
        """Count what the `stored` answers of earlier calls have cost; `where` names the backend in errors."""
        self._policy, self._where, self._clock = policy, where, clock
        self._started: float | None = None
        self._cost = 0.0
        self._num_errors, self._last_error = 0, ""
        self._num_refused = 0  # of the errors, those that are the request's own
        self._uncounted = False  # an answer came without its number of tokens: its cost is not known
        if policy.max_cost is not None:
            self.charge(stored)
        self._paid_before = self._cost

    def start(self) -> None:
        """Start the clock."""
        self._started = self._clock()

    def charge(self, answers: Iterable[Generation]) -> None:
        """Add what some answers have cost."""
        for answer in answers:
            if answer.finish_reason == "error":
                self._num_errors += 1
                self._num_refused += answer.stop_reason == REFUSED
                self._last_error = answer.error or ""
            elif not answer.num_prompt_tokens and not answer.num_tokens:
                self._uncounted = True
            self._cost += answer.num_prompt_tokens * self._policy.input_price / 1e6
            self._cost += answer.num_tokens * self._policy.output_price / 1e6

    def spent(self, num_owed: int) -> InfrastructureError | None:
        """Return why the run ends here with so many answers still owed; None: it goes on."""
        owed = f"with {num_owed:,} answers still owed"
        if self._num_errors - min(self._num_refused, self._policy.free_refusals) > self._policy.max_errors:
            return BackendError(
                self._where,
                expected=f"at most {self._policy.max_errors} failed requests",
                got=f"{self._num_errors}, the last: {self._last_error}, {owed}",
                next_move=REFUSES if self._num_refused == self._num_errors else MEND,
            )
        return self._time_spent(owed) or self._money_spent(owed)

    def _time_spent(self, owed: str) -> BudgetError | None:
        seconds = self._policy.budget_seconds
        if seconds is None or self._started is None or self._clock() - self._started < seconds:
            return None
        got = f"the time used up {owed}"
        return BudgetError(self._where, expected=f"to be done in {seconds:g} s", got=got, next_move=AGAIN)

    def _money_spent(self, owed: str) -> BudgetError | None:
        if self._policy.max_cost is None:
            return None
        limit = f"a cost below {self._policy.max_cost:g}"
        if self._uncounted:
            got = f"an answer without its number of tokens, {owed}"
            return BudgetError(
                self._where, expected=limit, got=got, next_move="Leave the cost budget away: it is blind"
            )
        if self._cost < self._policy.max_cost:
            return None
        before = f", {self._paid_before:.4g} of it in earlier calls," if self._paid_before else ""
        return BudgetError(self._where, expected=limit, got=f"{self._cost:.4g}{before} {owed}", next_move=AGAIN)
