"""How stubborn the engine is, and what a run may cost. Plain values; does not know what they are used for."""

from dataclasses import dataclass, replace

from sfteval.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How the engine asks one checkpoint; errors and time are counted by call, money over all calls of a run."""

    concurrency: int | None = None  # None: found by trying, from what the backend proposes
    num_tries: int = 4
    backoff_seconds: float = 1.0  # doubled after every try, with jitter
    load_patience_seconds: float = 600.0  # refused for load for so long, with no answer at all: the server is gone
    max_errors: int = 50  # more failed requests than this end the run
    free_refusals: int = 0  # so many requests that are refused for what they are do not count among them
    budget_seconds: float | None = None
    max_cost: float | None = None  # of all answers of the run, in the currency of the two prices
    input_price: float = 0.0  # per million tokens of prompts
    output_price: float = 0.0  # per million tokens of answers

    def __post_init__(self) -> None:
        """Refuse a budget of money without prices: it would never be spent."""
        if self.max_cost is not None and not (self.input_price > 0 or self.output_price > 0):
            raise ConfigurationError(
                "--max-cost",
                expected="the price of a million input or output tokens",
                got="neither",
                next_move="Pass --price IN,OUT, or leave the budget away",
            )

    def after(self, seconds: float) -> "AskingPolicy":
        """Return the policy of what the same command asks after so many seconds: the time that is left."""
        if self.budget_seconds is None:
            return self
        return replace(self, budget_seconds=max(self.budget_seconds - seconds, 1e-6))
