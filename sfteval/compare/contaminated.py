"""One task's figures over all prompts, over those that nobody was trained on, and over the others: the same statistics.

Which prompts stand in training data is for `sfteval.probes.contamination` to say; where the two sides were trained on
different data, a prompt is dirty that stands in either. `annotated` puts the figures into a comparison, with a warning
where the clean prompts say something else than all of them. Does not know by which rule a prompt is dirty, or what the
gate makes of it: the verdict stays that of all prompts.
Source: scores on all, clean and dirty items, Brown et al. 2020 (arXiv 2005.14165) appendix C.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sfteval.compare.metric import ALPHA, compare_metric, paired_table
from sfteval.types import (
    Comparison,
    ContaminatedTask,
    Finding,
    MetricComparison,
    Pair,
    Suite,
    Task,
    TaskRun,
    Verdict,
)

SIDES = ("baseline", "candidate")
FINDING_WORDS = {Finding.NOT_SHOWN: "no difference is shown", Finding.EQUIVALENT: "both are equivalent"}
Dirty = Mapping[str, Mapping[str, Collection[str]]]  # {side: {task: ids of samples that it was trained on}}


@dataclass(frozen=True, slots=True)
class ByContamination:
    """One metric over all prompts of a task, and over each part; a part without prompts has `n` = 0."""

    all: MetricComparison
    clean: MetricComparison
    dirty: MetricComparison

    @property
    def gains(self) -> tuple[float, float] | None:
        """By how much each side (baseline, candidate) is better on dirty prompts; None: one part has no prompt."""
        sides = [(part.baseline, part.candidate) for part in (self.dirty, self.clean)]
        (dirty_a, dirty_b), (clean_a, clean_b) = sides
        if dirty_a is None or dirty_b is None or clean_a is None or clean_b is None:
            return None
        return dirty_a - clean_a, dirty_b - clean_b


def annotated(
    comparison: Comparison, suites: Sequence[Suite], dirty: Dirty, *, seed: int = 0, alpha: float = ALPHA
) -> Comparison:
    """Return a decided comparison with its contaminated tasks, and a warning where their clean prompts say otherwise.

    `dirty` is {"baseline": {task: ids}, "candidate": {task: ids}}; of a side that is missing there nobody knows, and a
    task that is missing is clean. `suites` are those that were compared, `seed` and `alpha` those of the comparison.
    """
    found = tuple(
        one
        for suite in suites
        for task in suite.tasks
        if (one := _contaminated(comparison, task, dirty, seed, alpha)) is not None
    )
    unknown = [side for side in SIDES if side not in dirty]
    warnings = (said for one in found for said in _warnings(one, unknown))
    return replace(comparison, contaminated=found, warnings=(*comparison.warnings, *warnings))


def by_contamination(
    task: Task, table: pd.DataFrame, dirty: Collection[str], seed: int, alpha: float = ALPHA
) -> tuple[ByContamination, ...]:
    """Return the task's metrics in parts; `table` is a `paired_table`, `dirty` the ids of samples trained on."""
    is_dirty = table["sample_id"].isin(list(dirty))
    return tuple(
        ByContamination(
            *(compare_metric(task, metric, part, seed, alpha) for part in (table, table[~is_dirty], table[is_dirty]))
        )
        for metric in task.metrics
    )


def _contaminated(comparison: Comparison, task: Task, dirty: Dirty, seed: int, alpha: float) -> ContaminatedTask | None:
    """Return what contamination does to one task; None where no prompt that was compared is dirty."""
    pairs = [pair for pair in comparison.pairs if pair.task == task.name]
    asked = dict.fromkeys(pair.sample.id for pair in pairs)
    ids = [_of_side(dirty, side, task.name, asked) for side in SIDES]
    if not any(ids):
        return None
    shown = replace(task, metrics=_shown(task))
    parts = by_contamination(shown, _table(shown, pairs), {*ids[0], *ids[1]}, seed, alpha)
    rows = {(row.task, row.metric): row for row in comparison.metrics}
    return ContaminatedTask(
        task=task.name,
        num_prompts=len(asked),
        baseline_dirty=ids[0],
        candidate_dirty=ids[1],
        all=tuple(rows.get((task.name, part.all.metric), part.all) for part in parts),
        clean=tuple(part.clean for part in parts),
        dirty=tuple(part.dirty for part in parts),
    )


def _of_side(dirty: Dirty, side: str, task: str, asked: Collection[str]) -> tuple[str, ...]:
    named = set(dirty.get(side, {}).get(task, ()))
    return tuple(sample_id for sample_id in asked if sample_id in named)


def _shown(task: Task) -> tuple[str, ...]:
    """Return the metrics that decide, else the first; a judge's preference has no score on either side."""
    return tuple(name for name in task.gating if name in task.metrics) or task.metrics[:1]


def _table(task: Task, pairs: Sequence[Pair]) -> pd.DataFrame:
    a, b = (TaskRun(task, (), (), tuple(getattr(pair, side) for pair in pairs)) for side in SIDES)
    return paired_table(a, b)


def _warnings(found: ContaminatedTask, unknown: Collection[str]) -> Iterator[str]:
    """Yield one sentence for each metric of which the clean prompts say something else than all prompts."""
    for whole, clean in zip(found.all, found.clean, strict=True):
        if whole.finding is clean.finding or whole.verdict is Verdict.NOT_COMPARABLE:
            continue
        ids = {"baseline": found.baseline_dirty, "candidate": found.candidate_dirty}
        a, b = ("unknown" if side in unknown else f"{len(ids[side]):,}" for side in SIDES)
        num = len({*ids["baseline"], *ids["candidate"]})
        trained_on = f"{num:,} of {found.num_prompts:,} prompts stand in training data (A {a}, B {b})"
        yield (
            f"{found.task}: {trained_on}; on {whole.metric}, {_said(whole)} over all of them, "
            f"and over the {clean.n:,} others {_said(clean)}"
        )


def _said(row: MetricComparison) -> str:
    if row.difference is None:
        return "nothing can be said"
    bounds = "" if row.ci_low is None or row.ci_high is None else f" [{row.ci_low:+.3f}, {row.ci_high:+.3f}]"
    return f"{FINDING_WORDS.get(row.finding, f'B is {row.finding}')} ({row.difference:+.3f}{bounds})"
