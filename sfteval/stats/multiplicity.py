"""Several metrics at once: p values in, p values that may be compared with one alpha out.

Holm for the gating metrics (family-wise error, under any dependence), Benjamini-Hochberg for diagnostic ones. Holm is
written out here: statsmodels' collects garbage on every call, 27 ms and more each time that a replay of the gate asks;
it is the test's oracle. Does not know which metric is which.
Source: Holm 1979, Scandinavian Journal of Statistics 6:65; Benjamini and Hochberg 1995, JRSS B 57:289.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control

from sfteval.errors import DataError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted by Holm's step-down method, in the same order."""
    _check(p_values)
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * np.asarray(p_values, dtype=np.float64)[order]))
    return tuple(adjusted.tolist())


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted for the false discovery rate, in the same order."""
    _check(p_values)
    return tuple(np.asarray(false_discovery_control(p_values), dtype=np.float64).tolist()) if p_values else ()


def _check(p_values: Sequence[float]) -> None:
    if any(not 0.0 <= p <= 1.0 for p in p_values):
        next_move = "Leave out the metrics without a p value"
        raise DataError("p values", expected="numbers in [0, 1]", got=list(p_values), next_move=next_move)
