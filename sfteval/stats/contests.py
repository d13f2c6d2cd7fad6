"""Contests between two checkpoints, one score a prompt, in; the candidate's win rate with its interval and test out.

A prompt's score is the mean over its orders, repeats and judges: 1 where the candidate won, 0 where it lost, 1/2 for a
tie. Two orders of one contest are one score: counted as two prompts they call noise a finding in 9 of 100. Ties count
half in the rate and widen nothing; the test is the sign test over the prompts that have a winner (mid-p), its interval
Tango's. Where scores lie between, and where prompts share a stem, it is what `compare_paired` makes of wins minus
losses. Swapping the sides turns the rate into 1 - rate. Does not know judges, lengths or verdicts.
Source: Agresti 2002, Categorical Data Analysis, section 10.1 (the sign test of matched pairs); research, 3.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sfteval.errors import DataError
from sfteval.stats.interval import FloatArray, Interval
from sfteval.stats.paired import DECIMALS, compare_paired


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often the candidate wins, prompt by prompt."""

    n: int  # prompts
    num_clusters: int
    wins: int  # prompts with a score above 1/2
    ties: int
    losses: int
    rate: float  # mean score, in [0, 1]; 1/2: nobody is ahead
    ci: Interval | None  # 95 %, two-sided; None: cannot be given
    gate_ci: Interval | None  # 1 - 2 alpha, two-sided
    p_value: float | None  # two-sided, of a rate of 1/2
    p_regress: float | None  # one-sided, small: the candidate loses
    method: str


def win_rate(
    scores: FloatArray, clusters: Sequence[str] | None = None, *, alpha: float = 0.05, seed: int = 0
) -> WinRate:
    """Return the candidate's win rate; scores `[n]` in [0, 1], `clusters` names each prompt's stem ("": its own).

    Raises: DataError for no scores, or scores outside [0, 1].
    """
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 1 or len(found) == 0 or not np.all((found >= 0.0) & (found <= 1.0)):
        raise DataError(
            "win rate",
            expected="one score in [0, 1] for each prompt",
            got=f"an array of shape {found.shape}",
            next_move="Give 1 for a win, 0 for a loss, 1/2 for a tie, and leave out contests without a verdict",
        )
    result = compare_paired(*_sides(found), clusters, margin=0.0, alpha=alpha, seed=seed)
    return WinRate(
        n=result.n,
        num_clusters=result.num_clusters,
        wins=result.b_only,
        ties=result.n - result.b_only - result.a_only,
        losses=result.a_only,
        rate=round((result.difference + 1.0) / 2.0, DECIMALS),
        ci=_as_rate(result.ci),
        gate_ci=_as_rate(result.gate_ci),
        p_value=result.p_value,
        p_regress=result.p_regress,
        method=f"ties half, {result.method}",
    )


def _sides(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return losses and wins, whose difference is 2 (score - 1/2): as counts where every contest has a result."""
    if np.all(np.isin(scores, (0.0, 0.5, 1.0))):
        return (scores < 0.5).astype(np.float64), (scores > 0.5).astype(np.float64)
    return 1.0 - scores, scores


def _as_rate(interval: Interval | None) -> Interval | None:
    """Return an interval of wins minus losses as one of the rate."""
    if interval is None:
        return None
    low, high = (min(1.0, max(0.0, (end + 1.0) / 2.0)) for end in (interval.low, interval.high))
    return Interval(low, high, interval.level, interval.method)
