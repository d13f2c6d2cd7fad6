"""Several metrics at once: p values in, p values that may be compared with one alpha out.

Holm for the gating metrics (family-wise error, under any dependence), Benjamini-Hochberg for diagnostic ones. Does not
know which metric is which.
"""

from collections.abc import Sequence

from sfteval.errors import DataError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted by Holm's step-down method, in the same order."""
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p values adjusted for the false discovery rate, in the same order."""
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Sequence[float], method: str) -> tuple[float, ...]:
    if any(not 0.0 <= p <= 1.0 for p in p_values):
        next_move = "Leave out the metrics without a p value"
        raise DataError("p values", expected="numbers in [0, 1]", got=list(p_values), next_move=next_move)
    if len(p_values) < 2:
        return tuple(p_values)  # and statsmodels, which is slow to load, is not needed
    from statsmodels.stats.multitest import multipletests

    return tuple(float(p) for p in multipletests(p_values, method=method)[1])
