"""One task of two runs in, BudgetCurve out: what both sides are worth where every answer may cost the same.

An answer that needs more than so many tokens, thought included, counts as failed at that budget: this is what the limit
would have left of it. Nothing is asked again, so that a model which knew of the limit and thought less is not seen.
Answers are averaged within their prompt first. A task on which nobody thinks has no curve, nor has one whose tokens are
not known of every answer. Does not know what a curve looks like.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sfteval.compare.metric import LEVEL, ends
from sfteval.stats import FloatArray, Interval, cluster_codes, compare_paired
from sfteval.stats.clustered import MIN_CLUSTERS, clustered_standard_error
from sfteval.stats.graded import constant_interval, t_interval
from sfteval.types import BudgetCurve, BudgetPoint, Generation, Lengths, Outcome, Pair, Reading, Score, TaskRun

ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # of each power of ten: budgets that a person would choose
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
DECIMALS = 12  # behind that is rounding


@dataclass(frozen=True, slots=True)
class Spent:
    """What one side's answers were worth and took, answer by answer; `[answers]` each."""

    values: FloatArray  # in [0, 1]
    tokens: FloatArray
    prompts: NDArray[np.int64]  # the prompt of each answer, from 0

    def at(self, budget: float) -> FloatArray:
        """Return each prompt's mean `[prompts]` where an answer may take `budget` tokens."""
        fitting = np.where(self.tokens <= budget, self.values, 0.0)
        return np.asarray(np.bincount(self.prompts, weights=fitting) / np.bincount(self.prompts), dtype=np.float64)

    def means(self, budgets: FloatArray) -> FloatArray:
        """Return the mean over prompts `[budgets]` at each budget."""
        counts = np.bincount(self.prompts)
        order = np.argsort(self.tokens, kind="stable")
        weights = (self.values / counts[self.prompts] / len(counts))[order]
        reached = np.concatenate([[0.0], np.cumsum(weights)])
        return np.asarray(reached[np.searchsorted(self.tokens[order], budgets, side="right")], dtype=np.float64)


def compare_budgets(a: TaskRun, b: TaskRun, pairs: Sequence[Pair], seed: int) -> BudgetCurve | None:
    """Return the curve of a task's first gating metric, else its first; None where nobody thinks or counts tokens."""
    metric = next(iter(a.task.gating or a.task.metrics), "")
    if not any(pair.baseline_reading.think or pair.candidate_reading.think for pair in pairs):
        return None
    known = [
        pair for pair in pairs if None not in (pair.baseline.metrics.get(metric), pair.candidate.metrics.get(metric))
    ]
    clusters = {pair.sample.id: pair.sample.cluster for pair in known}
    numbers = {name: number for number, name in enumerate(clusters)}
    prompts = np.array([numbers[pair.sample.id] for pair in known], dtype=np.int64)
    baseline = _spent(a, known, [pair.baseline for pair in known], metric, prompts)
    candidate = _spent(b, known, [pair.candidate for pair in known], metric, prompts)
    if baseline is None or candidate is None:
        return None
    return BudgetCurve(
        task=a.task.name,
        metric=metric,
        n=len(clusters),
        points=tuple(_points(baseline, candidate, list(clusters.values()), seed)),
        leads_from=leads_from(baseline, candidate),
        baseline=_lengths(baseline, [pair.baseline_reading for pair in known]),
        candidate=_lengths(candidate, [pair.candidate_reading for pair in known]),
    )


def _spent(
    run: TaskRun, pairs: Sequence[Pair], scores: Sequence[Score], metric: str, prompts: NDArray[np.int64]
) -> Spent | None:
    """Return one side; None without answers, where tokens are unknown, or where failing is not the worst."""
    counts = _counts(run)
    tokens = np.array([counts.get((pair.sample.id, pair.sample_index), 0) for pair in pairs], dtype=np.float64)
    values = np.array([score.metrics[metric] for score in scores], dtype=np.float64)
    is_share = bool(np.all((values >= 0.0) & (values <= 1.0)))
    return Spent(values, tokens, prompts) if len(tokens) and np.all(tokens > 0.0) and is_share else None


def _counts(run: TaskRun) -> Mapping[tuple[str, int], int]:
    """Return the tokens of each answer, 0 where they are not known.

    The scores of pooled seeds are numbered anew, so that an answer goes by its place where every one has a score.
    """
    if len(run.generations) == len(run.scores):
        answers = zip(run.scores, run.generations, strict=True)
        return {(score.sample_id, score.sample_index): _tokens(answer) for score, answer in answers}
    return {(answer.sample_id, answer.sample_index): _tokens(answer) for answer in run.generations}


def _tokens(answer: Generation) -> int:
    """Return what an answer took; one without a word took its end."""
    return answer.num_tokens or int(not answer.text)


def round_budgets(least: float, most: float) -> list[int]:
    """Return round numbers from the last one below `least` to the first one not below `most`."""
    powers = range(len(str(int(most))) + 1)
    numbers = sorted({int(step * 10**power) for power in powers for step in ROUND})
    first = max((place for place, number in enumerate(numbers) if number < least), default=0)
    last = next(place for place, number in enumerate(numbers) if number >= most)
    return numbers[first : last + 1]


def _points(a: Spent, b: Spent, clusters: Sequence[str], seed: int) -> Iterator[BudgetPoint]:
    """Yield both sides at every round budget."""
    tokens = np.concatenate([a.tokens, b.tokens])
    for budget in round_budgets(float(tokens.min()), float(tokens.max())):
        baseline, candidate = a.at(budget), b.at(budget)
        low, high = ends(_interval(baseline, candidate, clusters, seed))
        difference = round(float(np.mean(candidate - baseline)), DECIMALS) + 0.0
        yield BudgetPoint(budget, float(np.mean(baseline)), float(np.mean(candidate)), difference, low, high)


def _interval(a: FloatArray, b: FloatArray, clusters: Sequence[str], seed: int) -> Interval | None:
    """Return the interval of right and wrong prompts as the scoreboard does, of shares without resampling them."""
    if np.all(np.isin(a, (0.0, 1.0))) and np.all(np.isin(b, (0.0, 1.0))):
        return compare_paired(a, b, clusters, margin=0.0, seed=seed).ci
    codes, differences = cluster_codes(clusters), b - a
    num_clusters = int(codes.max()) + 1
    if num_clusters < MIN_CLUSTERS:
        return None
    error, mean = clustered_standard_error(differences, codes), float(np.mean(differences))
    if round(error, DECIMALS) == 0.0:
        return constant_interval(mean, num_clusters, LEVEL)
    return t_interval(mean, error, num_clusters - 1, LEVEL, f"cluster-robust t ({num_clusters} clusters)")


def leads_from(a: Spent, b: Spent) -> int | None:
    """Return the fewest tokens from which on the side that ends ahead stays ahead; None: they end equal."""
    budgets = np.unique(np.concatenate([a.tokens, b.tokens]))
    ahead = np.round(b.means(budgets) - a.means(budgets), DECIMALS)
    if ahead[-1] == 0.0:
        return None
    behind = np.flatnonzero(ahead * ahead[-1] <= 0.0)
    return int(budgets[behind[-1] + 1 if len(behind) else 0])


def _lengths(side: Spent, readings: Sequence[Reading]) -> Lengths:
    thoughts = [reading.num_think_tokens for reading in readings if reading.think]
    known = [count for count in thoughts if count is not None]
    outcomes = [reading.outcome for reading in readings]
    return Lengths(
        num_answers=len(readings),
        num_thoughts=len(thoughts),
        num_cut_in_thought=outcomes.count(Outcome.TRUNCATED_THINK),
        num_cut_in_answer=outcomes.count(Outcome.TRUNCATED_ANSWER),
        tokens=_quantiles(side.tokens),
        think_tokens=_quantiles(np.array(known, dtype=np.float64)) if len(known) == len(thoughts) else (),
    )


def _quantiles(counts: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(counts, QUANTILES)) if len(counts) else ()
