"""How many prompts a question needs, and what a number of prompts can see.

`variance` is that of one prompt's difference: discordant share minus squared difference for right-or-wrong answers.
Does not know how it was measured. Source: Connor 1987 (McNemar); Miller 2024, arXiv 2411.00640, section 5.
"""

import math

import numpy as np
from scipy.stats import binom, norm

POWER = 0.8


def num_prompts_non_inferior(variance: float, margin: float, alpha: float = 0.05, power: float = POWER) -> int | None:
    """Return the prompts needed to show `difference > -margin` (one-sided) when both are equal; None at margin 0.

    At least as many as an interval without any discordance needs to clear the margin.
    """
    if margin <= 0.0:
        return None
    z_alpha = float(norm.isf(alpha))
    needed = max(0.0, z_alpha + float(norm.isf(1.0 - power))) ** 2 * variance / margin**2
    silent = z_alpha**2 * (1.0 - margin) / margin
    return math.ceil(max(needed, silent, 1.0))


def num_prompts_decisive(half_width: float, num_prompts: int, reach: float, alpha: float = 0.05) -> int | None:
    """Return the prompts at which a difference that stays as it is would lie clear of a bound, so far away; None at 0.

    `half_width` is that of the interval at 1 - 2 alpha over `num_prompts`.
    """
    if reach <= 0.0:
        return None
    variance = (half_width / float(norm.isf(alpha))) ** 2 * num_prompts
    return num_prompts_non_inferior(variance, min(reach, 1.0), alpha)


def num_prompts_mcnemar(discordant: float, difference: float, alpha: float = 0.05, power: float = POWER) -> int:
    """Return the prompts needed to see a difference in right-or-wrong answers, two-sided."""
    z_alpha, z_power = float(norm.isf(alpha / 2.0)), float(norm.isf(1.0 - power))
    root = z_alpha * math.sqrt(discordant) + z_power * math.sqrt(discordant - difference**2)
    return math.ceil((root / difference) ** 2)


def num_prompts_superior(variance: float, difference: float, alpha: float = 0.05, power: float = POWER) -> int:
    """Return the prompts needed to see a mean difference of any scores, two-sided.

    `variance` is that of one prompt's difference with the samples that it gets (`VarianceSplit.variance`).
    """
    z = max(0.0, float(norm.isf(alpha / 2.0)) + float(norm.isf(1.0 - power)))
    return max(1, math.ceil(z**2 * variance / difference**2))


def minimal_detectable_effect(variance: float, num_prompts: int, alpha: float = 0.05, power: float = POWER) -> float:
    """Return the smallest difference that so many prompts show with this power, two-sided."""
    return (float(norm.isf(alpha / 2.0)) + float(norm.isf(1.0 - power))) * math.sqrt(variance / num_prompts)


def power_non_inferior(variance: float, margin: float, num_prompts: int, alpha: float = 0.05) -> float:
    """Return how surely so many prompts show `difference > -margin` (one-sided) when both are equal."""
    reach = margin * math.sqrt(num_prompts / variance) if variance > 0.0 else math.inf
    return float(norm.sf(float(norm.isf(alpha)) - reach))


def power_superior(variance: float, difference: float, num_prompts: int, alpha: float = 0.05) -> float:
    """Return how surely so many prompts show a mean difference of any scores, two-sided."""
    z = float(norm.isf(alpha / 2.0))
    reach = abs(difference) * math.sqrt(num_prompts / variance) if variance > 0.0 else math.inf
    return float(norm.sf(z - reach) + norm.cdf(-z - reach))


def power_mcnemar(num_prompts: int, a_only: float, b_only: float, alpha: float = 0.05) -> float:
    """Return how surely so many prompts show that the candidate is worse, one-sided, summed over all outcomes.

    `a_only` and `b_only` are the shares of prompts that only one side gets right; the test is mid-p McNemar. No
    approximation, and therefore slow beyond some thousand prompts.
    """
    discordant = a_only + b_only
    if discordant <= 0.0:
        return 0.0
    power = 0.0
    for num, chance in enumerate(binom.pmf(np.arange(num_prompts + 1), num_prompts, discordant)):
        counts = np.arange(num + 1)  # of `b_only`
        p_values = binom.cdf(counts, num, 0.5) - 0.5 * binom.pmf(counts, num, 0.5)
        power += float(chance) * float(np.sum(binom.pmf(counts, num, b_only / discordant)[p_values < alpha]))
    return power
