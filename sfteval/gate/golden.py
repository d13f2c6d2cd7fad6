"""Golden samples in, what became of each out: named samples that a candidate may not lose.

A sample is lost when the candidate's mean over its answers is lower on a gating metric (or on the first, where none
gates). One that has no score on both sides guards nothing, and is said not to be comparable: no data is never a pass.
Does not know the other metrics.
"""

from collections.abc import Iterator, Mapping, Sequence

from sfteval.rules import TaskRule
from sfteval.types import Comparison, Guard, Pair, Verdict


def golden_guards(comparison: Comparison, tasks: Mapping[str, TaskRule]) -> Iterator[Guard]:
    """Yield one guard for each golden sample."""
    for task, rule in tasks.items():
        rows = [metric for metric in comparison.metrics if metric.task == task]
        names = [metric.metric for metric in rows if metric.gating] or [metric.metric for metric in rows[:1]]
        for sample_id in rule.golden:
            pairs = [pair for pair in comparison.pairs if pair.task == task and pair.sample.id == sample_id]
            yield _guard(task, sample_id, names, pairs)


def _guard(task: str, sample_id: str, metrics: Sequence[str], pairs: Sequence[Pair]) -> Guard:
    lost = []
    for metric in metrics:
        a = _mean([pair.baseline.metrics.get(metric) for pair in pairs])
        b = _mean([pair.candidate.metrics.get(metric) for pair in pairs])
        if a is None or b is None:
            said = f"{task}, golden sample {sample_id}: {metric} is missing on one side or both"
            return Guard("golden", task, sample_id, Verdict.NOT_COMPARABLE, said)
        if b < a:
            lost.append(f"{metric} {a:.3g} to {b:.3g}")
    if lost:
        said = f"{task}, golden sample {sample_id} is lost: {', '.join(lost)}"
        return Guard("golden", task, sample_id, Verdict.REGRESS, said)
    return Guard("golden", task, sample_id, Verdict.PASS, f"{task}, golden sample {sample_id} is kept")


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of all answers' values; None where one is missing, or all are."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
