"""One task's figures without the prompts that have a known defect: the same statistics over fewer prompts.

A scorer says that a prompt has a defect in `detail.masked`, with the reason. Does not know which prompts those are, or
what the gate makes of the difference.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from sfteval.compare.metric import ALPHA, compare_metric
from sfteval.types import MetricComparison, Pair, Task


def masked_prompts(pairs: Sequence[Pair]) -> dict[str, str]:
    """Return the ids of the prompts with a known defect, each with its reason."""
    details = [(pair.sample.id, side.detail) for pair in pairs for side in (pair.baseline, pair.candidate)]
    return {sample_id: str(detail["masked"]) for sample_id, detail in details if detail.get("masked")}


def without_masked(
    task: Task, table: pd.DataFrame, masked: Mapping[str, str], seed: int, alpha: float = ALPHA
) -> tuple[MetricComparison, ...]:
    """Return the task's metrics over all other prompts."""
    kept = table[~table["sample_id"].isin(list(masked))]
    return tuple(compare_metric(task, metric, kept, seed, alpha) for metric in task.metrics)
