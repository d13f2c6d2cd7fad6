"""Other published intervals of a paired difference: oracles beside Tango's, and what others use in its place.

Tables are (both right, first only, second only, both wrong), the difference is (first only - second only) / n.
Source: Newcombe 1998, Statistics in Medicine 17:2635 (methods 8 and 10); Bonett and Price 2012, JEBS 37:479; Wald.
"""

import math

from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

Table = tuple[int, int, int, int]


def wald(table: Table, level: float = 0.95) -> tuple[float, float]:
    _, b, c, _ = table
    n = sum(table)
    return _around((b - c) / n, math.sqrt(b + c - (b - c) ** 2 / n) / n, level)


def bonett_price(table: Table, level: float = 0.95) -> tuple[float, float]:
    _, b, c, _ = table
    n = sum(table) + 2
    first, second = (b + 1) / n, (c + 1) / n
    return _around(first - second, math.sqrt((first + second - (first - second) ** 2) / n), level)


def newcombe(table: Table, level: float = 0.95, *, corrected: bool = True) -> tuple[float, float]:
    a, b, c, _ = table
    n = sum(table)
    first, second = (a + b) / n, (a + c) / n
    (low1, high1), (low2, high2) = (
        proportion_confint(count, n, alpha=1 - level, method="wilson") for count in (a + b, a + c)
    )
    phi = _phi(table, corrected)
    below, above = (first - low1, high2 - second), (high1 - first, second - low2)
    lower, upper = (math.sqrt(x * x - 2 * phi * x * y + y * y) for x, y in (below, above))
    return first - second - lower, first - second + upper


def _phi(table: Table, corrected: bool) -> float:
    a, b, c, d = table
    product = (a + b) * (c + d) * (a + c) * (b + d)
    cross = a * d - b * c
    if corrected and cross > 0:
        cross = max(cross - sum(table) / 2, 0)
    return cross / math.sqrt(product) if product else 0.0


def _around(centre: float, error: float, level: float) -> tuple[float, float]:
    half = float(norm.isf((1 - level) / 2)) * error
    return centre - half, centre + half
