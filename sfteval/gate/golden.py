"""Golden samples in, what became of each out: named samples that a candidate may not lose.

A sample is lost when on a gating metric (or on the first, where none gates) no answer of the candidate is as good as
more than half of the baseline's are, or the candidate's are lower than chance explains (an exact permutation of the
answers, one-sided, at the gate's alpha). Of one answer each that is every fall; of several, a fall of the mean alone is
not: sampled answers of one and the same checkpoint differ. Where both sides are equally good, the first condition cries
wolf in at most 7.8 % of all cases with two answers each or more, and in 2.8 % with four or more.
One that has no score on both sides guards nothing, and is said not to be comparable: no data is never a pass.
Does not know the other metrics.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from sfteval.rules import Rules
from sfteval.stats.two_samples import permutation_lower
from sfteval.types import Comparison, Guard, Pair, Verdict


def golden_guards(comparison: Comparison, rules: Rules) -> Iterator[Guard]:
    """Yield one guard for each golden sample."""
    for task, rule in (rules.tasks or {}).items():
        rows = [metric for metric in comparison.metrics if metric.task == task]
        names = [metric.metric for metric in rows if metric.gating] or [metric.metric for metric in rows[:1]]
        for sample_id in rule.golden:
            pairs = [pair for pair in comparison.pairs if pair.task == task and pair.sample.id == sample_id]
            yield _guard(task, sample_id, names, pairs, rules.alpha)


def is_lost(baseline: Sequence[float], candidate: Sequence[float], alpha: float) -> bool:
    """Tell whether the answers to one prompt, one value each, show that the candidate lost what the baseline has."""
    typical = sorted(baseline)[(len(baseline) - 1) // 2]  # more than half of the baseline's are as good, or better
    return max(candidate) < typical or permutation_lower(np.array(baseline), np.array(candidate)) < alpha


def _guard(task: str, sample_id: str, metrics: Sequence[str], pairs: Sequence[Pair], alpha: float) -> Guard:
    where = f"{task}, golden sample {sample_id}"
    lost: list[str] = []
    fell: list[str] = []
    for metric in metrics:
        a = _known([pair.baseline.metrics.get(metric) for pair in pairs])
        b = _known([pair.candidate.metrics.get(metric) for pair in pairs])
        if not a or not b:
            said = f"{where}: {metric} is missing on one side or both"
            return Guard("golden", task, sample_id, Verdict.NOT_COMPARABLE, said)
        means = sum(a) / len(a), sum(b) / len(b)
        if means[1] < means[0]:
            (lost if is_lost(a, b, alpha) else fell).append(f"{metric} {means[0]:.3g} to {means[1]:.3g}")
    answers = f" (means of {len(pairs)} answers)" if len(pairs) > 1 else ""
    if lost:
        return Guard("golden", task, sample_id, Verdict.REGRESS, f"{where} is lost: {', '.join(lost)}{answers}")
    noise = f": {', '.join(fell)} is no more than chance{answers}" if fell else ""
    return Guard("golden", task, sample_id, Verdict.PASS, f"{where} is kept{noise}")


def _known(values: Sequence[float | None]) -> list[float]:
    """Return all answers' values; none where one is missing."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []
