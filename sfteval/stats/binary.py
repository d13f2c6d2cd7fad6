"""Paired right-or-wrong answers: counts of discordant pairs in, McNemar's tests and Tango's score interval out.

`b_only` counts the pairs that only the candidate got right, `a_only` those that only the baseline did;
`difference = (b_only - a_only) / num_pairs`. Written by hand because neither scipy nor statsmodels has them (mid-p,
Tango). Does not know clusters, margins of a gate, or several metrics.
Source: Tango 1998, Statistics in Medicine 17:891; Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13:91.
"""

import math

from scipy.optimize import brentq
from scipy.stats import binom, norm

from sfteval.stats.interval import Interval

MID_P, TANGO = "mid-p McNemar", "Tango score"


def proportion_interval(count: int, num: int, level: float = 0.95) -> Interval:
    """Return Clopper and Pearson's interval of one proportion; never too narrow."""
    from statsmodels.stats.proportion import proportion_confint  # slow to load, and rarely wanted

    low, high = proportion_confint(count, num, alpha=1.0 - level, method="beta")
    return Interval(float(low), float(high), level, "Clopper-Pearson")


def wilson_interval(count: int, num: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of one proportion; close to its level, and narrower than Clopper and Pearson's.

    Source: Wilson 1927, JASA 22:209.
    """
    from statsmodels.stats.proportion import proportion_confint  # slow to load, and rarely wanted

    low, high = proportion_confint(count, num, alpha=1.0 - level, method="wilson")
    return Interval(float(low), float(high), level, "Wilson score")


def mid_p(b_only: int, a_only: int) -> float:
    """Return the two-sided mid-p value of McNemar's test; 1 without discordant pairs."""
    return min(1.0, 2.0 * mid_p_worse(min(b_only, a_only), max(b_only, a_only)))


def mid_p_worse(b_only: int, a_only: int) -> float:
    """Return the one-sided mid-p value, small when the candidate is worse; 1/2 without discordant pairs."""
    discordant = b_only + a_only
    return float(binom.cdf(b_only, discordant, 0.5) - 0.5 * binom.pmf(b_only, discordant, 0.5))


def exact_p(b_only: int, a_only: int) -> float:
    """Return the two-sided exact conditional p value of McNemar's test; conservative."""
    return min(1.0, 2.0 * float(binom.cdf(min(b_only, a_only), b_only + a_only, 0.5)))


def tango_interval(b_only: int, a_only: int, num_pairs: int, level: float = 0.95) -> Interval:
    """Return the score interval of the paired difference.

    Inverts McNemar's score test at each difference; stays honest at n = 20, where Wald covers 78 %, and is
    +-z^2/(n+z^2) without discordant pairs. The upper end is computed as the mirrored lower one, so that swapping the
    sides mirrors the interval to the bit.
    """
    return Interval(*tango_ends(b_only, a_only, num_pairs, float(norm.isf((1.0 - level) / 2.0))), level, TANGO)


def tango_ends(b_only: float, a_only: float, num_pairs: float, z: float) -> tuple[float, float]:
    """Return the ends at a quantile `z`; the counts need not be whole."""
    return _tango_low(b_only, a_only, num_pairs, z), -_tango_low(a_only, b_only, num_pairs, z)


def tango_non_inferiority_z(b_only: int, a_only: int, num_pairs: int, margin: float) -> float:
    """Return the score statistic of `difference > -margin`; large when the candidate is not inferior."""
    gap = b_only - a_only + num_pairs * margin
    variance = _variance(b_only, a_only, num_pairs, -margin)
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap)


def tango_non_inferiority_p(b_only: int, a_only: int, num_pairs: int, margin: float) -> float:
    """Return the one-sided p value of `difference > -margin`."""
    return float(norm.sf(tango_non_inferiority_z(b_only, a_only, num_pairs, margin)))


def _variance(b_only: float, a_only: float, n: float, difference: float) -> float:
    """Return n^2 times the variance of the difference, at the constrained maximum of the likelihood."""
    linear = -b_only - a_only + (2 * n - b_only + a_only) * difference
    constant = -a_only * difference * (1.0 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8.0 * n * constant))
    q = (root - linear) / (4.0 * n)
    return n * (2.0 * q + difference * (1.0 - difference))


def _tango_low(b_only: float, a_only: float, n: float, z: float) -> float:
    """Solve S(d) = z for d below the estimate."""
    if a_only == n:
        return -1.0
    if a_only == 0 and b_only in (0, n):  # closed forms where the equation touches its own end
        return -z * z / (n + z * z) if b_only == 0 else (n - z * z) / (n + z * z)

    def equation(difference: float) -> float:
        gap = b_only - a_only - n * difference
        return gap * gap - z * z * _variance(b_only, a_only, n, difference)

    return float(brentq(equation, -1.0, (b_only - a_only) / n, xtol=1e-15))
