"""Judges at one table: each with what it is asked from, what it has earned, and what it has cost.

Every judge needs a lock of its own, and all of them must be trusted for their majority to decide: one judge that has
shown nothing could turn it. Does not hear anybody, and does not know a task.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from sfteval.asking import AskingPolicy
from sfteval.judge import Bench, Judge, Lock
from sfteval.stats import JudgeErrors
from sfteval.stats.agreement import cohens_kappa
from sfteval.types import Json, Judged, JudgesKappa, Preference, Usage

COUNTS = ("num_calls", "num_prompt_tokens", "num_tokens", "seconds")


@dataclass(frozen=True, slots=True)
class Seat:
    """One judge with what it is asked from and what it has earned."""

    judge: Judge
    bench: Bench
    lock: Lock | None = None

    def standing(self) -> Judged:
        """Return what its votes are worth; a lock of another judge is none."""
        identity = self.judge.identity(self.judge.rubric.form)
        if self.lock is None or not self.lock.covers(identity):
            reason = (
                "it has no lock" if self.lock is None else "the given lock is for another model, rubric or sampling"
            )
            return Judged(self.judge.name, identity, "unlocked", (reason,))
        return Judged(self.judge.name, identity, self.lock.standing, self.lock.reasons, self.lock.figures)

    def errors(self) -> JudgeErrors | None:
        """Return how often it errs each way, where its lock says so and it may vote."""
        return self.lock.errors if self.lock is not None and self.standing().standing == "trusted" else None


@dataclass(frozen=True, slots=True)
class Panel:
    """All judges of one rubric."""

    seats: tuple[Seat, ...]

    @property
    def judges(self) -> tuple[Judged, ...]:
        """How each stands."""
        return tuple(seat.standing() for seat in self.seats)

    @property
    def may_decide(self) -> bool:
        """Whether their majority counts in a gate: every one of them is trusted."""
        return all(one.standing == "trusted" for one in self.judges)

    @property
    def errors(self) -> JudgeErrors | None:
        """How often the only judge errs; of several nothing is known together."""
        return self.seats[0].errors() if len(self.seats) == 1 else None

    def why_not(self) -> str:
        """Return what keeps them from deciding."""
        return "; ".join(
            f"{one.judge} is {one.standing} ({', '.join(one.reasons)})"
            for one in self.judges
            if one.standing != "trusted"
        )

    def with_costs(self, used: Iterable[Usage]) -> tuple[Judged, ...]:
        """Return how each judge stands, with what it took."""
        return tuple(
            replace(judge, cost=cost_of(usage, seat.bench.policy))
            for seat, judge, usage in zip(self.seats, self.judges, used, strict=True)
        )


def cost_of(usage: Usage, policy: AskingPolicy) -> Json:
    """Return what verdicts took; money is None where nobody named a price."""
    money = usage.num_prompt_tokens * policy.input_price + usage.num_tokens * policy.output_price
    counts = {name: getattr(usage, name) for name in COUNTS}
    return {**counts, "money": money / 1e6 if policy.input_price or policy.output_price else None}


def added_costs(costs: Sequence[Json]) -> Json:
    """Return the costs of all judges and tasks as one; money is None where none of them has any."""
    money = [cost["money"] for cost in costs if cost.get("money") is not None]
    return {
        **{name: sum(cost.get(name, 0) for cost in costs) for name in COUNTS},
        "money": sum(money) if money else None,
    }


def kappas(by_judge: Sequence[Sequence[Preference]]) -> tuple[JudgesKappa, ...]:
    """Return how far every two judges agree on the winner beyond chance, where both have a verdict."""
    found = []
    for one, other in combinations(by_judge, 2):
        both = [(a, b) for a, b in zip(one, other, strict=True) if a.by == b.by == "judge" and a.winner and b.winner]
        if both:
            kappa = cohens_kappa([a.winner for a, _ in both], [b.winner for _, b in both])
            names = both[0][0].judge, both[0][1].judge
            found.append(JudgesKappa(*names, kappa.value, kappa.interval.low, kappa.interval.high, kappa.num))
    return tuple(found)
