"""Losses of planted secrets and of references that nobody planted in, exposure in bits out.

Exposure by rank is log2 of the number of references less log2 of the secret's rank among them: at most log2 of their
number. Beyond that, a skew normal distribution fitted to the references extends the scale. A secret that was never
planted has 1 / ln 2 = 1.44 bits on average. Does not know the secrets.
Source: Carlini et al. 2019, arXiv 1802.08232, sections 4.2 and 4.3.
"""

import math

import numpy as np
from scipy.stats import skewnorm

from sfteval.errors import DataError
from sfteval.stats.interval import FloatArray

NULL_MEAN_BITS = 1.0 / math.log(2.0)
MAX_EXTRAPOLATED_BITS = 64.0  # so far out a fit to some thousand references says nothing any more


def exposure_by_rank(losses: FloatArray, references: FloatArray) -> FloatArray:
    """Return the exposure in bits of each loss `[n]` among the references' losses `[R]`; low losses are exposed."""
    sorted_references = np.sort(_checked(references))
    ranks = 1.0 + np.searchsorted(sorted_references, _checked(losses), side="left")
    return np.asarray(math.log2(len(sorted_references)) - np.log2(ranks), dtype=np.float64)


def exposure_by_fit(losses: FloatArray, references: FloatArray) -> FloatArray:
    """Return the exposure in bits of each loss by a skew normal fitted to the references; at most 64 bits."""
    found = _checked(references)
    if len(found) < 3 or float(np.ptp(found)) == 0.0:
        raise DataError(
            "references of canaries",
            expected="at least three losses that differ",
            got=f"{len(found)} losses",
            next_move="Score more canaries that nobody planted",
        )
    fitted = skewnorm.fit(found)
    with np.errstate(divide="ignore"):
        bits = -np.log2(np.asarray(skewnorm.cdf(_checked(losses), *fitted), dtype=np.float64))
    return np.minimum(MAX_EXTRAPOLATED_BITS, np.maximum(0.0, bits))


def _checked(losses: FloatArray) -> FloatArray:
    found = np.asarray(losses, dtype=np.float64)
    if found.ndim != 1 or len(found) == 0 or not np.all(np.isfinite(found)):
        raise DataError(
            "losses of canaries",
            expected="at least one finite number",
            got=f"an array of shape {found.shape}",
            next_move="Leave out canaries without a loss",
        )
    return found
