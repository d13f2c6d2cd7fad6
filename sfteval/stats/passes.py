"""How reliable an agent is: successes of several tries of each task in, the share of tasks that k tries all pass, out.

pass^k is the probability that k independent tries of a task all succeed, estimated without bias from n of them with c
successes as C(c, k) / C(n, k), and averaged over tasks. pass^1 is the mean success; it falls with k where an agent is
lucky and not reliable. Source: tau-bench, Yao et al. 2024 (arXiv 2406.12045), section 4.
"""

import math
from collections.abc import Sequence

from sfteval.errors import DataError


def pass_hat_k(tries: Sequence[tuple[int, int]], k: int) -> float:
    """Return pass^k in [0, 1]; `tries` are (successes c, tries n) of each task.

    Raises: DataError for k below 1, no task, a task with fewer than k tries, or more successes than tries.
    """
    if k < 1 or not tries or any(n < k or not 0 <= c <= n for c, n in tries):
        raise DataError(
            "pass^k",
            expected=f"at least one task, each with at least k = {k} tries and no more successes than tries",
            got=f"{len(tries)} tasks, the first {list(tries[:3])}",
            next_move="Choose a k from 1 to the fewest tries of any task",
        )
    return sum(math.comb(c, k) / math.comb(n, k) for c, n in tries) / len(tries)
