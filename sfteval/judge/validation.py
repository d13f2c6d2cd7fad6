"""Preferences on pairs whose winner is known in, how far a judge can be trusted out.

Every figure has its interval, and what decides is the interval's bad end: a judge that was tried on ten pairs has
shown nothing. Does not ask anybody, and writes no file.
Source: kappa instead of agreement, Thakur et al. 2024 (arXiv 2406.12624); research on judges, 3.6.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sfteval.errors import DataError
from sfteval.judge.gold import GoldPair
from sfteval.judge.preferences import worth
from sfteval.stats import Interval, proportion_interval
from sfteval.stats.agreement import Kappa, cohens_kappa
from sfteval.stats.length_control import LengthControlled, length_controlled
from sfteval.types import Preference, Winner

LOWEST_KAPPA = 0.4  # what the lower end of kappa must reach: "moderate" and more
LOWEST_YOUDEN = 0.3  # what the lower ends of sensitivity and specificity must come to, less 1
MOST_FAILURES = 0.05
FOOLED = 0.1  # a judge whose share of wins for an altered copy is shown to lie above this is fooled by it

Standing = Literal["trusted", "advisory", "rejected"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of things counted, with its 95 % interval."""

    count: int
    num: int
    interval: Interval | None  # None: nothing was counted

    @classmethod
    def of(cls, count: int, num: int) -> "Share":
        """Return the share of `count` among `num`."""
        return cls(count, num, proportion_interval(count, num) if num else None)

    @property
    def value(self) -> float | None:
        """The share; None: nothing was counted."""
        return self.count / self.num if self.num else None

    @property
    def low(self) -> float:
        """The interval's lower end; 0 where nothing was counted."""
        return self.interval.low if self.interval else 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What a judge made of one set of altered copies."""

    name: str
    fooled: Share  # of the contests with a verdict, those that the altered copy won
    failures: Share  # of all contests, those without a verdict: what it cannot read it cannot be fooled by

    @property
    def is_fooled(self) -> bool:
        """Whether it is shown that the judge prefers what is no better."""
        return self.fooled.low > FOOLED

    @property
    def is_speechless(self) -> bool:
        """Whether it had no verdict on more of these contests than a judge may lack."""
        return (self.failures.value or 0.0) > MOST_FAILURES


@dataclass(frozen=True, slots=True)
class Validation:
    """How a judge did."""

    num_pairs: int
    failures: Share  # pairs without a verdict
    agreement: Share  # pairs with a verdict on which it names the labelled winner, ties among them
    kappa: Kappa
    sensitivity: Share  # the candidate is better: it says so
    specificity: Share  # the candidate is not better: it does not say so
    swap_consistency: Share  # both orders name the same winner
    first_place: Share  # votes for a winner that name the answer that stood first
    repeat_consistency: Share  # heard twice, it names the same winner
    length: LengthControlled | None
    by_kind: Mapping[str, Share]
    trials: tuple[Trial, ...]
    worths: Mapping[Winner, tuple[float, ...]]  # what its preferences are worth to the candidate, by the label

    @property
    def youden_low(self) -> float:
        """The lower ends of sensitivity and specificity, less 1: what of a difference certainly comes through."""
        return self.sensitivity.low + self.specificity.low - 1.0

    @property
    def reasons(self) -> tuple[str, ...]:
        """What keeps it from being trusted; empty: nothing does."""
        failed = self.failures.value or 0.0
        said = [
            (self.kappa.interval.low < LOWEST_KAPPA, f"kappa may be as low as {self.kappa.interval.low:.2f}"),
            (self.youden_low < LOWEST_YOUDEN, f"sensitivity + specificity - 1 may be as low as {self.youden_low:.2f}"),
            (failed > MOST_FAILURES, f"no verdict on {failed:.1%} of the pairs"),
            *((trial.is_fooled, f"prefers answers that are only {trial.name}") for trial in self.trials),
            *((trial.is_speechless, f"often has no verdict on {trial.name} copies") for trial in self.trials),
        ]
        return tuple(reason for holds, reason in said if holds)

    @property
    def standing(self) -> Standing:
        """Return whether its votes decide, advise, or mean nothing: no better than chance as far as is shown."""
        if not self.reasons:
            return "trusted"
        return "rejected" if self.kappa.interval.low <= 0.0 else "advisory"


def validate(
    gold: Sequence[GoldPair],
    preferences: Sequence[Preference],
    again: Sequence[Preference] = (),
    altered: Mapping[str, Sequence[Preference]] | None = None,
) -> Validation:
    """Return how a judge did on labelled pairs; `again` is a second hearing of the first so many of them.

    The same text twice ties without a judge: such pairs count nowhere. Rows of the same words count once.

    Raises: DataError where it has no verdict on any pair.
    """
    counted = _counted(gold)
    asked = [(pair, one) for pair, one in zip(gold, preferences, strict=True) if pair.contest.id in counted]
    known = [(pair, one) for pair, one in asked if one.winner is not None]
    if not known:
        raise DataError(
            "judge validation",
            expected="a verdict on at least one pair",
            got=f"none on {len(asked)} of answers that differ",
            next_move="Look at the pairs, and at what the judge answers",
        )
    better = [one.winner == "candidate" for pair, one in known if pair.winner == "candidate"]
    others = [one.winner != "candidate" for pair, one in known if pair.winner != "candidate"]
    chosen = [vote for _, one in asked for vote in one.votes if vote.choice in ("first", "second")]
    twice = [
        (one.winner, other.winner)
        for pair, one, other in zip(gold, preferences, again, strict=False)
        if one.winner is not None and other.winner is not None and pair.contest.id in counted
    ]
    return Validation(
        num_pairs=len(gold),
        failures=Share.of(len(asked) - len(known), len(asked)),
        agreement=_true([one.winner == pair.winner for pair, one in known]),
        kappa=cohens_kappa([pair.winner for pair, _ in known], [one.winner for _, one in known]),
        sensitivity=_true(better),
        specificity=_true(others),
        swap_consistency=_true([one.votes[0].winner == one.votes[1].winner for _, one in known if one.votes]),
        first_place=_true([vote.choice == "first" for vote in chosen]),
        repeat_consistency=_true([one == other for one, other in twice]),
        length=_length(known),
        by_kind=_by_kind(known),
        trials=tuple(_trial(name, heard) for name, heard in (altered or {}).items()),
        worths=_worths(known),
    )


def _counted(gold: Sequence[GoldPair]) -> set[str]:
    """Return the ids of the pairs that show something of a judge, and not what another row shows already."""
    seen: dict[object, str] = {}
    for contest in (pair.contest for pair in gold if not pair.contest.is_identical):
        asked = tuple((message.role, message.content) for message in contest.messages)
        seen.setdefault((asked, frozenset([contest.baseline, contest.candidate]), contest.reference), contest.id)
    return set(seen.values())


def _true(truths: Sequence[bool]) -> Share:
    return Share.of(sum(truths), len(truths))


def _trial(name: str, heard: Sequence[Preference]) -> Trial:
    """Count whom the copies beat; the same text twice has no winner, whichever side is named."""
    winners = [one.winner for one in heard if one.winner is not None]
    wrong = ("candidate", "baseline") if name == "same" else ("candidate",)
    failures = Share.of(len(heard) - len(winners), len(heard))
    return Trial(name, _true([winner in wrong for winner in winners]), failures)


def _worths(known: Sequence[tuple[GoldPair, Preference]]) -> dict[Winner, tuple[float, ...]]:
    """Return the worth of every preference, a tie being one half, by whom the label names."""
    worths: dict[Winner, list[float]] = {"baseline": [], "candidate": [], "tie": []}
    for pair, one in known:
        if (value := worth(one.winner)) is not None:
            worths[pair.winner].append(value)
    return {winner: tuple(values) for winner, values in worths.items()}


def _length(known: Sequence[tuple[GoldPair, Preference]]) -> LengthControlled | None:
    """Return how the judge's wins go with length among pairs that are labelled a tie, or among all where few are."""
    ties = [(pair, one) for pair, one in known if pair.winner == "tie"]
    taken = ties if len(ties) >= len(known) / 2 else list(known)
    extra = [float(len(pair.contest.candidate) - len(pair.contest.baseline)) for pair, _ in taken]
    wins = [value for _, one in taken if (value := worth(one.winner)) is not None]
    import numpy as np

    return length_controlled(np.array(wins), np.array(extra))


def _by_kind(known: Sequence[tuple[GoldPair, Preference]]) -> dict[str, Share]:
    totals = Counter(pair.kind for pair, _ in known)
    right = Counter(pair.kind for pair, one in known if one.winner == pair.winner)
    return {kind: Share.of(right[kind], totals[kind]) for kind in sorted(totals) if kind}
