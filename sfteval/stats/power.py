"""How many prompts a question needs, and what a number of prompts can see.

`variance` is that of one prompt's difference: discordant share minus squared difference for right-or-wrong answers.
Does not know how it was measured. Source: Connor 1987 (McNemar); Miller 2024, arXiv 2411.00640, section 5.
"""

import math

from scipy.stats import norm

POWER = 0.8


def num_prompts_non_inferior(variance: float, margin: float, alpha: float = 0.05, power: float = POWER) -> int | None:
    """Return the prompts needed to show `difference > -margin` (one-sided) when both are equal; None at margin 0.

    At least as many as an interval without any discordance needs to clear the margin.
    """
    if margin <= 0.0:
        return None
    z_alpha = float(norm.isf(alpha))
    needed = (z_alpha + float(norm.isf(1.0 - power))) ** 2 * variance / margin**2
    silent = z_alpha**2 * (1.0 - margin) / margin
    return math.ceil(max(needed, silent, 1.0))


def num_prompts_mcnemar(discordant: float, difference: float, alpha: float = 0.05, power: float = POWER) -> int:
    """Return the prompts needed to see a difference in right-or-wrong answers, two-sided."""
    z_alpha, z_power = float(norm.isf(alpha / 2.0)), float(norm.isf(1.0 - power))
    root = z_alpha * math.sqrt(discordant) + z_power * math.sqrt(discordant - difference**2)
    return math.ceil((root / difference) ** 2)


def num_prompts_superior(variance: float, difference: float, alpha: float = 0.05, power: float = POWER) -> int:
    """Return the prompts needed to see a mean difference of any scores, two-sided.

    `variance` is that of one prompt's difference with the samples that it gets (`VarianceSplit.variance`).
    """
    z = float(norm.isf(alpha / 2.0)) + float(norm.isf(1.0 - power))
    return max(1, math.ceil(z**2 * variance / difference**2))


def minimal_detectable_effect(variance: float, num_prompts: int, alpha: float = 0.05, power: float = POWER) -> float:
    """Return the smallest difference that so many prompts show with this power, two-sided."""
    return (float(norm.isf(alpha / 2.0)) + float(norm.isf(1.0 - power))) * math.sqrt(variance / num_prompts)
