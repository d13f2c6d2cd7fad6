"""What a judge is asked and what it said: contests, votes, preferences, grades, what they come to. Knows no judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sfteval.types.conversation import Json, Message

PREFERENCE = "preference"  # the metric of a task whose answers are judged side by side
GRADE = "grade"  # the metric of a task whose answers are judged one by one
RUBRIC = "rubric"  # the option by which a task says what its answers are judged by: one name, or a list of them
TRUTH = "judge_truth"  # the option that names a metric of the task: where that has a value, it says what is true

Choice = Literal["first", "second", "tie"]  # in the order in which the judge saw the answers
Winner = Literal["baseline", "candidate", "tie"]


# -- what is asked -----------------------------------------------------------------------------------------------------


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


# -- what was said -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usage:
    """What verdicts took, whenever they were asked for."""

    num_calls: int = 0
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    seconds: float = 0.0  # of all calls, one after the other

    def __add__(self, other: "Usage") -> "Usage":
        """Return what both took."""
        return Usage(
            self.num_calls + other.num_calls,
            self.num_prompt_tokens + other.num_prompt_tokens,
            self.num_tokens + other.num_tokens,
            self.seconds + other.seconds,
        )


NOTHING_USED = Usage()


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
    usage: Usage = field(default=NOTHING_USED, compare=False)  # of all tries; no part of what was said

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
    """What one judge makes of one answer by itself: points from 1 to 5 by criterion; yes is 5 and no is 1."""

    exhibit: str
    judge: str
    points: Mapping[str, int]  # empty: no verdict
    reason: str = ""
    failure: str = ""
    num_tries: int = 1
    by: Literal["judge", "outcome"] = "judge"  # an answer that never came to its end is worth 0, and nobody is asked
    usage: Usage = field(default=NOTHING_USED, compare=False)

    @property
    def score(self) -> float | None:
        """The mean of all criteria in [0, 1], 1 point being 0 and 5 points 1; None: no verdict."""
        if self.by == "outcome":
            return 0.0
        return None if not self.points else (sum(self.points.values()) / len(self.points) - 1.0) / 4.0


@dataclass(frozen=True, slots=True)
class GradedPair:
    """One judge's grades of both answers to one prompt."""

    judge: str
    rubric: str
    baseline: Grade
    candidate: Grade


# -- what it comes to --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """How one judge stands: what its votes are worth in this comparison."""

    judge: str
    identity: str  # hash of model name, words, form and sampling
    standing: Literal["trusted", "advisory", "rejected", "unlocked"]  # unlocked: it has no lock, or another's
    reasons: tuple[str, ...] = ()
    figures: Json = field(default_factory=dict)  # of its lock: kappa, sensitivity, ...
    cost: Json = field(default_factory=dict)  # {"num_calls", "num_prompt_tokens", "num_tokens", "seconds", "money"}


@dataclass(frozen=True, slots=True)
class JudgesKappa:
    """How far two judges agree on the winner beyond chance, with its 95 % interval."""

    one: str
    other: str
    value: float
    ci_low: float
    ci_high: float
    n: int  # pairs of answers on which both have a verdict


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
    advisory: bool  # a judge of these is not trusted: together they decide nothing
    about: str = ""  # what the rubric says of itself
    kappas: tuple[JudgesKappa, ...] = ()  # of every two of several judges
    num_labelled: int = 0  # prompts of this comparison whose true winner is known
    prediction_powered: WinRate | None = None  # what those labels and the judge together say; None: too few labels


@dataclass(frozen=True, slots=True)
class MeanGrade:
    """The mean grade of both sides in [0, 1], averaged prompt by prompt, and its paired difference."""

    name: str  # "grade": the mean of all criteria; else a criterion
    baseline: float
    candidate: float
    difference: float  # candidate - baseline
    ci_low: float | None  # 95 %
    ci_high: float | None
    n: int  # prompts with a grade on both sides


@dataclass(frozen=True, slots=True)
class GradeComparison:
    """What judges made of the answers to one task, each by itself, A against B."""

    task: str
    rubric: str
    judges: tuple[Judged, ...]
    num_pairs: int  # of answers
    num_identical: int  # the same text twice: graded once
    num_by_outcome: int  # of both sides, answers that never came to their end: worth 0 without a call
    num_no_verdict: int  # pairs of which an answer has no grade
    grades: tuple[MeanGrade, ...]  # "grade" first, then each criterion
    worst: float | None  # the difference if every missing grade were the worst for the candidate; None: none is missing
    best: float | None
    advisory: bool
    agreement: float | None = None  # of several judges, on which side's answer is the better one; None: there is one
    kappas: tuple[JudgesKappa, ...] = ()
    about: str = ""


def winner_of(choice: Choice | None, candidate_first: bool) -> Winner | None:
    """Return whom a choice names."""
    if choice is None or choice == "tie":
        return choice
    return "candidate" if (choice == "first") == candidate_first else "baseline"
