"""An agent task with several tries of each item in, pass^k out: of one side, and of both beside each other.

pass^k is how many of the items k tries all pass; it falls with k where an agent is lucky and not reliable. k doubles up
to the fewest tries of any item; a try without a score is none. Does not test anything, and decides nothing.
Source: tau-bench, Yao et al. 2024 (arXiv 2406.12045), section 4.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sfteval.compare.spread import by_sample
from sfteval.stats.passes import pass_hat_k
from sfteval.types import PassComparison, TaskRun

SCORER, METRIC = "agent", "success"


def passes(a: TaskRun, b: TaskRun) -> Iterator[PassComparison]:
    """Yield pass^2, pass^4, ... of both sides over the items that both tried; nothing where items have one try."""
    left, right = tries(a), tries(b)
    both = [sample.id for sample in a.task.samples if sample.id in left and sample.id in right]
    rows = [left[name] for name in both], [right[name] for name in both]
    for k in powers(fewest([*rows[0], *rows[1]])):
        baseline, candidate = (pass_hat_k(side, k) for side in rows)
        yield PassComparison(a.task.name, k, len(both), baseline, candidate, candidate - baseline)


def task_passes(run: TaskRun) -> Mapping[str, tuple[float, int]]:
    """Return {"pass^2": (its value in [0, 1], over so many items), ...} of one side; empty for other tasks."""
    found = list(tries(run).values())
    return {f"pass^{k}": (pass_hat_k(found, k), len(found)) for k in powers(fewest(found))}


def tries(run: TaskRun) -> dict[str, tuple[int, int]]:
    """Return (successes, tries) of each item of an agent task, by its id; empty for other tasks."""
    if run.task.scorer != SCORER:
        return {}
    return {name: (values.count(1.0), len(values)) for name, values in by_sample(run, METRIC).items()}


def fewest(found: Iterable[tuple[int, int]]) -> int:
    """Return the fewest tries of any item."""
    return min((n for _, n in found), default=0)


def powers(most: int) -> Sequence[int]:
    """Return 2, 4, 8, ... up to `most`."""
    return [2**power for power in range(1, most.bit_length())]
