"""One task's figures over all prompts, over those that nobody was trained on, and over the others: the same statistics.

Which prompts stand in training data is for `sfteval.probes.contamination` to say; where the two sides were trained on
different data, a prompt is dirty that stands in either. Does not know by which rule, or what the gate makes of it.
Source: scores on all, clean and dirty items, Brown et al. 2020 (arXiv 2005.14165) appendix C.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from sfteval.compare.metric import ALPHA, compare_metric
from sfteval.types import MetricComparison, Task


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
