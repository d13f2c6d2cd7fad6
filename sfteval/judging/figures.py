"""Preferences in, one row of the scoreboard and everything that stands beside it out.

The unit is the prompt: judges are heard by majority, then the samples of a prompt are averaged, and only then is
anything tested. The row compares the share of preference that each side got, so that its difference is net preference:
wins less losses. Contests without a verdict are left out and bounded, never counted as a loss. Does not ask anybody.
Source: research on judges, 3.5; correction of a rate: `stats.calibration`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sfteval.compare import compare_scores
from sfteval.judge.preferences import agreement, majority, worth
from sfteval.judging.contests import Match
from sfteval.judging.labels import num_labelled, with_labels
from sfteval.judging.seats import Panel, kappas
from sfteval.stats import FloatArray, JudgeErrors, corrected_rate, design_effect, with_settled
from sfteval.stats.length_control import LengthControlled, length_controlled
from sfteval.types import PREFERENCE, JudgeComparison, MetricComparison, Preference, Task, Usage, WinRate


@dataclass(frozen=True, slots=True)
class Heard:
    """One task's matches with the preference of every judge on each."""

    task: Task
    rubric: str
    matches: Sequence[Match]
    by_judge: Sequence[Sequence[Preference]]  # [judge][match]
    about: str = ""  # what the rubric says of itself

    def winners(self) -> list[float | None]:
        """Return what each match is worth to the candidate, by majority; None: no verdict."""
        return [worth(majority(each)) for each in zip(*self.by_judge, strict=True)]


@dataclass(frozen=True, slots=True)
class Prompts:
    """Worth to the candidate prompt by prompt."""

    wins: FloatArray  # [n] in [0, 1]
    extra_length: FloatArray  # [n] characters that the candidate's answers have more, on average
    clusters: tuple[str, ...]


def judged_metric(
    heard: Heard, worths: Sequence[float | None], *, gating: bool, seed: int, alpha: float
) -> MetricComparison:
    """Return the row of the scoreboard; `worths` are of the matches, in their order."""
    prompts = by_prompt(heard.matches, worths)
    task = replace(heard.task, gating=(PREFERENCE,) if gating else ())
    return compare_scores(task, PREFERENCE, 1.0 - prompts.wins, prompts.wins, prompts.clusters, seed, alpha)


def judge_comparison(heard: Heard, panel: Panel, known: Sequence[float | None], *, seed: int) -> JudgeComparison:
    """Return everything that stands beside the row; `known` is what each match is truly worth, where somebody knows."""
    worths = heard.winners()
    prompts = by_prompt(heard.matches, worths)
    first = heard.by_judge[0]
    owed = sum(value is None for value in worths)
    controlled = length_controlled(prompts.wins, prompts.extra_length, prompts.clusters)
    return JudgeComparison(
        task=heard.task.name,
        rubric=heard.rubric,
        about=heard.about,
        judges=panel.with_costs(_used(each) for each in heard.by_judge),
        num_contests=len(heard.matches),
        num_identical=sum(one.by == "identical" for one in first),
        num_by_outcome=sum(one.by == "outcome" for one in first),
        num_no_verdict=owed,
        num_flips=sum(one.is_flip for each in heard.by_judge for one in each),
        agreement=agreement(list(zip(*heard.by_judge, strict=True))) if len(panel.seats) > 1 else None,
        win_rate=_win_rate(PREFERENCE, heard.task, prompts, seed),
        criteria=tuple(_criteria(heard, seed)),
        worst=_mean(by_prompt(heard.matches, filled(worths, 0.0)).wins) if owed else None,
        best=_mean(by_prompt(heard.matches, filled(worths, 1.0)).wins) if owed else None,
        length_controlled=_controlled(controlled, len(prompts.wins)),
        length_disagrees=controlled is not None and controlled.disagrees,
        corrected=_corrected(heard, worths, panel.errors),
        advisory=not panel.may_decide,
        kappas=kappas(heard.by_judge),
        num_labelled=num_labelled(heard.matches, known),
        prediction_powered=with_labels(heard.matches, worths, known),
    )


def by_prompt(matches: Sequence[Match], worths: Sequence[float | None]) -> Prompts:
    """Average the samples of every prompt; a prompt of which no sample has a verdict is left out."""
    wins: dict[str, list[float]] = defaultdict(list)
    extra: dict[str, list[float]] = defaultdict(list)
    clusters: dict[str, str] = {}
    for match, value in zip(matches, worths, strict=True):
        if value is not None:
            sample = match.pair.sample
            wins[sample.id].append(value)
            extra[sample.id].append(float(len(match.contest.candidate) - len(match.contest.baseline)))
            clusters[sample.id] = sample.cluster or f"={sample.id}"
    return Prompts(_means(wins), _means(extra), tuple(clusters.values()))


def filled(worths: Iterable[float | None], value: float) -> list[float | None]:
    """Return the worths with every missing verdict counted as one side's."""
    return [value if worth is None else worth for worth in worths]


def _criteria(heard: Heard, seed: int) -> Iterable[WinRate]:
    """Yield the win rate of each criterion; what no judge was asked about says nothing about any criterion."""
    names = {name: None for each in heard.by_judge for one in each for name in one.criteria}
    for name in names:
        votes = [
            worth(majority(replace(one, winner=one.criteria.get(name)) for one in each))
            for each in zip(*heard.by_judge, strict=True)
        ]
        prompts = by_prompt(heard.matches, votes)
        if len(prompts.wins):
            yield _win_rate(name, heard.task, prompts, seed)


def _win_rate(name: str, task: Task, prompts: Prompts, seed: int) -> WinRate:
    if not len(prompts.wins):
        return WinRate(name, 0.5, None, None, 0)
    row = compare_scores(task, name, 1.0 - prompts.wins, prompts.wins, prompts.clusters, seed)
    low, high = (None if end is None else (end + 1.0) / 2.0 for end in (row.ci_low, row.ci_high))
    return WinRate(name, _mean(prompts.wins), low, high, len(prompts.wins))


def _controlled(found: LengthControlled | None, n: int) -> WinRate | None:
    if found is None:
        return None
    return WinRate("length-controlled", found.win_rate, found.interval.low, found.interval.high, n)


def _corrected(heard: Heard, worths: Sequence[float | None], errors: JudgeErrors | None) -> WinRate | None:
    """Return the win rate with the judge's known errors undone, where it was asked; ties are halves of a win."""
    asked = by_prompt(heard.matches, [None if m.is_settled else w for m, w in zip(heard.matches, worths, strict=True)])
    if errors is None or errors.youden <= 0.0 or not len(asked.wins):
        return None
    prompts = {match.pair.sample.id for match in heard.matches if not match.is_settled}
    others = [None if match.pair.sample.id in prompts else w for match, w in zip(heard.matches, worths, strict=True)]
    settled = by_prompt(heard.matches, others).wins
    num_independent = max(1, round(len(asked.wins) / design_effect(asked.wins, asked.clusters)))
    found = with_settled(corrected_rate(_mean(asked.wins), num_independent, errors), len(asked.wins), settled)
    low, high = found.interval.low, found.interval.high
    return WinRate("corrected", found.value, low, high, len(asked.wins) + len(settled))


def _used(preferences: Iterable[Preference]) -> Usage:
    return sum((vote.usage for one in preferences for vote in one.votes), start=Usage())


def _means(values: Mapping[str, Sequence[float]]) -> FloatArray:
    return np.array([float(np.mean(each)) for each in values.values()])


def _mean(values: FloatArray) -> float:
    return float(np.mean(values))
