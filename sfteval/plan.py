"""What a margin costs: a pilot's scores or an assumption in, prompts, answers, tokens and money out.

A row says how many prompts, with so many samples each, show with the asked power that a candidate which is in truth
as good as the baseline is not worse by the margin (what the gate passes), and how many show a difference as large as
the margin. Prompts that share a stem count for less: the pilot's design effect raises the numbers. The seeds of
training are not in it: it plans for these two checkpoints. Does not ask anything.
Source: research on statistics, 3.3 and 3.8; Miller 2024, arXiv 2411.00640, section 5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.errors import DataError
from sfteval.stats import (
    VarianceSplit,
    design_effect,
    num_prompts_non_inferior,
    num_prompts_superior,
    ragged,
    split_variance,
)
from sfteval.types import Generation, Run, TaskRun

MILLION = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Pilot:
    """What is known of one metric before the real comparison."""

    task: str
    metric: str
    split: VarianceSplit
    design_effect: float = 1.0  # how many times the variance is raised by prompts that hang together
    num_prompts: int | None = None  # None: an assumption
    num_samples: float = 1.0  # answers to a prompt on one side, mean of both
    prompt_tokens: float | None = None  # of one question, mean of both sides
    answer_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One way to reach a margin."""

    task: str
    metric: str
    margin: float
    num_samples: int  # answers to each prompt, on each side
    num_prompts: int  # to show "not worse by the margin"
    num_prompts_superior: int  # to show a difference of the margin's size, two-sided
    num_answers: int  # both sides together, for `num_prompts`
    num_tokens: int | None  # prompt and answer
    money: float | None


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked of the comparison."""

    margins: tuple[float, ...]  # differences, in (0, 1)
    num_samples: tuple[int, ...] = (1,)
    power: float = 0.8
    alpha: float = 0.05  # one-sided for "not worse", two-sided for a difference
    input_price: float = 0.0  # money for a million tokens
    output_price: float = 0.0


def plan(pilots: Sequence[Pilot], aim: Aim) -> tuple[PlanRow, ...]:
    """Return a row for each metric, margin and number of samples."""
    return tuple(
        _row(pilot, margin, num_samples, aim)
        for pilot in pilots
        for margin in aim.margins
        for num_samples in aim.num_samples
        if num_samples == 1 or pilot.split.baseline is not None or pilot.split.candidate is not None
    )


def assumed(discordant: float, within: float | None = None, tokens: tuple[float, float] | None = None) -> Pilot:
    """Return the pilot of right-or-wrong answers of which so large a share differs between two equal checkpoints.

    `within` is the share of that which is sampling, the rest is prompts on which the two differ (None: not known);
    `tokens` are those of one question and one answer.
    """
    split = VarianceSplit(discordant, None, None)
    if within is not None:
        split = VarianceSplit(discordant * (1.0 - within), discordant * within / 2.0, discordant * within / 2.0)
    asked, said = tokens or (None, None)
    return Pilot("assumed", f"{discordant:.0%} of prompts differ", split, prompt_tokens=asked, answer_tokens=said)


def pilots_of(baseline: Run, candidate: Run) -> Iterator[Pilot]:
    """Yield what two stored runs of the same tasks tell of every gating metric, or of the first where none gates.

    Raises: DataError where the two have no prompt in common.
    """
    others = {run.task.name: run for run in candidate.tasks}
    for run in baseline.tasks:
        for metric in run.task.gating or run.task.metrics[:1]:
            yield _pilot(run, others[run.task.name], metric)


def _pilot(a: TaskRun, b: TaskRun, metric: str) -> Pilot:
    from sfteval.compare.spread import by_sample  # here: it brings pandas, which an assumption should not wait for

    left, right = by_sample(a, metric), by_sample(b, metric)
    names = [sample.id for sample in a.task.samples if sample.id in left and sample.id in right]
    if len(names) < 2:
        raise DataError(
            f"task {a.task.name}, {metric}",
            expected="two or more prompts that both runs answered",
            got=str(len(names)),
            next_move="Take two runs of the same suite",
        )
    scores = ragged([left[name] for name in names]), ragged([right[name] for name in names])
    clusters = {sample.id: sample.cluster for sample in a.task.samples}
    differences = np.nanmean(scores[1], axis=1) - np.nanmean(scores[0], axis=1)
    prompt_tokens, answer_tokens = _tokens([*a.generations, *b.generations])
    return Pilot(
        task=a.task.name,
        metric=metric,
        split=split_variance(*scores),
        design_effect=design_effect(differences, [clusters[name] for name in names]),
        num_prompts=len(names),
        num_samples=sum(len(side[name]) for side in (left, right) for name in names) / (2 * len(names)),
        prompt_tokens=prompt_tokens,
        answer_tokens=answer_tokens,
    )


def _tokens(answers: Sequence[Generation]) -> tuple[float | None, float | None]:
    """Return the mean tokens of a question and of an answer; None where nobody counted them."""
    counted = [answer for answer in answers if answer.num_tokens]
    if not counted:
        return None, None
    asked = sum(answer.num_prompt_tokens for answer in counted) / len(counted)
    return asked, sum(answer.num_tokens for answer in counted) / len(counted)


def _row(pilot: Pilot, margin: float, num_samples: int, aim: Aim) -> PlanRow:
    variance = pilot.split.variance(num_samples) * pilot.design_effect
    needed = num_prompts_non_inferior(variance, margin, aim.alpha, aim.power)
    assert needed is not None  # margins are above 0
    num_answers = 2 * needed * num_samples
    tokens = money = None
    if pilot.prompt_tokens is not None and pilot.answer_tokens is not None:
        tokens = round(num_answers * (pilot.prompt_tokens + pilot.answer_tokens))
        spent = pilot.prompt_tokens * aim.input_price + pilot.answer_tokens * aim.output_price
        money = num_answers * spent / MILLION if aim.input_price or aim.output_price else None
    superior = num_prompts_superior(variance, margin, aim.alpha, aim.power)
    return PlanRow(pilot.task, pilot.metric, margin, num_samples, needed, superior, num_answers, tokens, money)
