"""Wins and lengths in, the win rate at equal length out.

A logistic model of the win on the difference of lengths: its intercept is the win rate where both answers are as long.
The interval comes from the intercept's own covariance, robust or by cluster, so that what the model does not explain is
in it. Beside the raw rate and never in its place: a better answer may be longer because it is better.
Source: Dubois et al. 2024, arXiv 2404.04475 (the idea); standard error: research on judges, 3.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from warnings import catch_warnings, simplefilter

import numpy as np

from sfteval.stats.clustered import MIN_CLUSTERS, cluster_codes
from sfteval.stats.interval import FloatArray, Interval

MIN_PROMPTS = 100
MOST_LOGITS = 15.0  # an intercept beyond this is a fit that ran away


@dataclass(frozen=True, slots=True)
class LengthControlled:
    """The win rate at equal length."""

    win_rate: float
    interval: Interval
    slope: float  # log odds of a win for a candidate that is longer by one standard deviation or more
    slope_interval: Interval
    disagrees: bool  # the raw rate lies on the other side of one half


def length_controlled(
    wins: FloatArray, extra_length: FloatArray, clusters: Sequence[str] | None = None
) -> LengthControlled | None:
    """Return the win rate at equal length; None: too few prompts or clusters, one outcome only, or no fit.

    `wins` `[n]` are 0, 1/2 or 1, `extra_length` `[n]` candidate minus baseline in any unit.
    """
    y, extra = np.asarray(wins, dtype=np.float64), np.asarray(extra_length, dtype=np.float64)
    spread = float(np.std(extra))
    if len(y) < MIN_PROMPTS or np.all(y == y[0]) or spread == 0.0:
        return None
    codes = None if clusters is None else cluster_codes(clusters)
    num = len(y) if codes is None else int(codes.max()) + 1
    if num < MIN_CLUSTERS:
        return None
    import statsmodels.api as sm  # slow to load, and rarely wanted
    from scipy.stats import norm, t

    design = np.column_stack([np.ones(len(y)), np.tanh(extra / spread)])
    model = sm.GLM(y, design, family=sm.families.Binomial())
    how: dict[str, object] = {"cov_type": "HC1"}
    reach = float(norm.isf(0.025))
    if codes is not None and num < len(y):
        how = {"cov_type": "cluster", "cov_kwds": {"groups": codes}}
        reach = float(t.isf(0.025, num - 1))  # few clusters know their own spread badly
    with catch_warnings():
        simplefilter("ignore")  # a fit that does not converge is told by what comes out
        found = model.fit(**how)
    (level, slope), (level_error, slope_error) = found.params, found.bse
    if not np.all(np.isfinite([level, slope, level_error, slope_error])) or abs(level) > MOST_LOGITS:
        return None
    method = "logistic, " + ("by cluster" if "cov_kwds" in how else "HC1")
    low, high = _logistic(level - reach * level_error), _logistic(level + reach * level_error)
    slopes = (float(slope - reach * slope_error), float(slope + reach * slope_error))
    rate, raw = _logistic(level), float(np.mean(y))
    return LengthControlled(
        win_rate=rate,
        interval=Interval(low, high, 0.95, method),
        slope=float(slope),
        slope_interval=Interval(*slopes, 0.95, method),
        disagrees=(rate - 0.5) * (raw - 0.5) < 0.0,
    )


def _logistic(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-logit)))
