"""One task with several answers to a prompt, both sides, in; where its noise comes from and what to buy of, out.

The spread of a mean difference has two parts: prompts differ, and answers to one prompt differ. More prompts lower
both, more answers only the second. Does not test anything: answers are averaged within their prompt before that.
Source: Miller 2024, arXiv 2411.00640, sections 3.1 and 5; research on statistics, 3.3.
"""

from collections.abc import Iterator

from sfteval.stats import VarianceSplit, ragged, split_variance
from sfteval.types import Spread, TaskRun

MOSTLY = 0.5  # from this share of the noise on, prompts are what helps


def spreads(a: TaskRun, b: TaskRun) -> Iterator[Spread]:
    """Yield one Spread for each gating metric (the first where none gates); nothing where prompts have one answer."""
    if max(len(a.scores), len(b.scores)) <= len(a.task.samples):
        return
    for metric in a.task.gating or a.task.metrics[:1]:
        found = spread(a, b, metric)
        if found is not None and found.num_samples > 1.0:
            yield found


def spread(a: TaskRun, b: TaskRun, metric: str) -> Spread | None:
    """Return where the noise of one metric comes from; None with fewer than two prompts that both sides answered."""
    left, right = by_sample(a, metric), by_sample(b, metric)
    names = [sample.id for sample in a.task.samples if sample.id in left and sample.id in right]
    if len(names) < 2:
        return None
    rows = [left[name] for name in names], [right[name] for name in names]
    split = split_variance(*map(ragged, rows))
    num_samples = sum(len(row) for side in rows for row in side) / (2 * len(names))
    return Spread(
        task=a.task.name,
        metric=metric,
        num_prompts=len(names),
        num_samples=num_samples,
        prompts=split.prompts,
        baseline=split.baseline,
        candidate=split.candidate,
        share_of_prompts=split.share_of_prompts(num_samples),
        advice=advice(split, num_samples),
    )


def by_sample(run: TaskRun, metric: str) -> dict[str, list[float]]:
    """Return the known values of a metric, by the id of their sample."""
    found: dict[str, list[float]] = {}
    for score in run.scores:
        value = score.metrics.get(metric)
        if value is not None:
            found.setdefault(score.sample_id, []).append(float(value))
    return found


def advice(split: VarianceSplit, num_samples: float) -> str:
    """Return in one sentence what narrows the interval: more prompts, or more answers to each."""
    share, narrowing = split.share_of_prompts(num_samples), split.narrowing(num_samples)
    if share is None or narrowing is None:
        return "Nothing varies: the answers to a prompt agree, and the prompts do not differ between the sides."
    by_prompts, by_samples = narrowing
    gain = f"twice the prompts narrow the interval by {by_prompts:.0%}, twice the answers by {by_samples:.0%}"
    if split.baseline is None and split.candidate is None:
        return "One answer to each prompt: what is noise of sampling and what of prompts cannot be told apart."
    if share >= MOSTLY:
        return f"{share:.0%} of the noise is between prompts: buy prompts ({gain})."
    noise = f"{1.0 - share:.0%} of the noise is between answers to one prompt"
    return f"{noise}: where no prompts are left to add, more answers help ({gain})."
