"""What a judge is asked and what it said: contests, votes, preferences, grades. Knows no judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sfteval.types.conversation import Json, Message

PREFERENCE = "preference"  # the metric of a judged task
RUBRIC = "rubric"  # the option by which a task says what its answers are judged by

Choice = Literal["first", "second", "tie"]  # in the order in which the judge saw the answers
Winner = Literal["baseline", "candidate", "tie"]


@dataclass(frozen=True, slots=True)
class Contest:
    """Two answers to one prompt; what a judge may see of them and nothing else."""

    id: str  # of the pair, not of its order
    messages: tuple[Message, ...]
    baseline: str  # the answer alone: no thought, no markup of calls
    candidate: str
    reference: str | None = None  # a right answer, where the sample has one

    @property
    def is_identical(self) -> bool:
        """Whether both answers are the same text: a tie that needs no judge."""
        return self.baseline == self.candidate


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One answer to one prompt, to be graded by itself."""

    id: str
    messages: tuple[Message, ...]
    answer: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """What one judge said to one contest in one order."""

    judge: str
    candidate_first: bool
    choice: Choice | None  # None: no verdict, a third state and never a loss
    criteria: Mapping[str, Choice] = field(default_factory=dict)
    reason: str = ""  # the judge's own words: hostile like all model text
    failure: str = ""  # why there is no verdict; "": there is one
    num_tries: int = 1

    @property
    def winner(self) -> Winner | None:
        """Who was chosen, whichever stood first."""
        return winner_of(self.choice, self.candidate_first)


@dataclass(frozen=True, slots=True)
class Preference:
    """What one judge makes of one contest, both orders heard."""

    contest: str
    judge: str
    winner: Winner | None  # None: one of the orders has no verdict
    is_flip: bool = False  # each order named another winner: a tie, and counted
    by: Literal["judge", "identical", "outcome"] = "judge"  # the others need no judge: nobody was asked
    criteria: Mapping[str, Winner | None] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """What one judge makes of one answer by itself: points from 1 to 5 by criterion."""

    exhibit: str
    judge: str
    points: Mapping[str, int]  # empty: no verdict
    reason: str = ""
    failure: str = ""
    num_tries: int = 1

    @property
    def score(self) -> float | None:
        """The mean of all criteria in [0, 1], 1 point being 0 and 5 points 1; None: no verdict."""
        return None if not self.points else (sum(self.points.values()) / len(self.points) - 1.0) / 4.0


@dataclass(frozen=True, slots=True)
class Judged:
    """How one judge stands: what its votes are worth in this comparison."""

    judge: str
    identity: str  # hash of model name, words, form and sampling
    standing: Literal["trusted", "advisory", "rejected", "unlocked"]  # unlocked: it has no lock, or another's
    reasons: tuple[str, ...] = ()
    figures: Json = field(default_factory=dict)  # of its lock: kappa, sensitivity, ...


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often the candidate is preferred, ties as a half, with its 95 % interval; by prompt, not by vote."""

    name: str  # "preference", or a criterion
    value: float
    ci_low: float | None
    ci_high: float | None
    n: int  # prompts with a verdict


@dataclass(frozen=True, slots=True)
class JudgeComparison:
    """What judges made of one task, A against B."""

    task: str
    rubric: str
    judges: tuple[Judged, ...]
    num_contests: int  # pairs of answers
    num_identical: int  # ties without a call
    num_by_outcome: int  # one answer never came to its end, or neither did: no call
    num_no_verdict: int
    num_flips: int  # each order named another winner
    agreement: float | None  # of several judges; None: there is one
    win_rate: WinRate
    criteria: tuple[WinRate, ...]
    worst: float | None  # the win rate if every contest without a verdict went to the baseline; None: there is none
    best: float | None
    length_controlled: WinRate | None
    length_disagrees: bool
    corrected: WinRate | None  # with the known errors of a trusted judge undone; None: none is trusted
    advisory: bool  # no judge's standing lets it decide
    about: str = ""  # what the rubric says of itself


def winner_of(choice: Choice | None, candidate_first: bool) -> Winner | None:
    """Return whom a choice names."""
    if choice is None or choice == "tie":
        return choice
    return "candidate" if (choice == "first") == candidate_first else "baseline"
