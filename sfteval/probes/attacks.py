"""One scored span in, how much it looks like training data out: the attacks' scores, high means trained on.

All are pure functions of log probabilities in nats. `is_greedy` tells where a token was not the likeliest (an error);
means and deviations over the vocabulary are known only to local weights. Does not know splits or areas.
Source: zlib, Carlini et al. 2021, arXiv 2012.07805; Min-K%, Shi et al. 2024, arXiv 2310.16789; Min-K%++, Zhang et al.
2024, arXiv 2404.02936; windows (WBC), arXiv 2601.02751; error zone (EZ), arXiv 2601.12104.
"""

import math
import zlib
from collections.abc import Sequence

import numpy as np

from sfteval.stats import FloatArray

LOWEST_SHARE = 0.2
WINDOWS = (2, 3, 4, 6, 9, 13, 18, 25, 32, 40)  # tokens
EPSILON_NATS = 1e-6
MIN_ERRORS = 2


def zlib_score(logprobs: Sequence[float], text: str) -> float:
    """Return the log probability of an answer for each byte of its compressed text."""
    return math.fsum(logprobs) / len(zlib.compress(text.encode("utf-8", "replace")))


def min_k(scores: Sequence[float], share: float = LOWEST_SHARE) -> float:
    """Return the mean of the lowest share of scores, at least one of them."""
    lowest = np.sort(np.asarray(scores, dtype=np.float64))[: max(1, int(len(scores) * share))]
    return float(np.mean(lowest))


def standardised(logprobs: Sequence[float], means: Sequence[float], deviations: Sequence[float]) -> list[float]:
    """Return each token's log probability in standard deviations of the whole vocabulary's, for Min-K%++."""
    rows = zip(logprobs, means, deviations, strict=True)
    return [(value - mean) / max(deviation, EPSILON_NATS) for value, mean, deviation in rows]


def windowed(nll_model: Sequence[float], nll_base: Sequence[float], windows: Sequence[int] = WINDOWS) -> float:
    """Return how often the checkpoint holds a window likelier than the base does, averaged over the windows' lengths.

    Windows that are longer than the span are cut to it.
    """
    gains = np.asarray(nll_base, dtype=np.float64) - np.asarray(nll_model, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    lengths = sorted({min(length, len(gains)) for length in windows})
    return float(np.mean([np.mean(sums[length:] - sums[:-length] > 0.0) for length in lengths]))


def error_zone_sums(
    logprobs: Sequence[float], base_logprobs: Sequence[float], is_greedy: Sequence[bool | None]
) -> tuple[float, float, int]:
    """Return the sums of gains and of losses over the base where the checkpoint errs, and how many errors there are."""
    errors = np.array([greedy is False for greedy in is_greedy], dtype=bool)
    gains = (np.asarray(logprobs, dtype=np.float64) - np.asarray(base_logprobs, dtype=np.float64))[errors]
    return float(gains[gains > 0.0].sum()), float(-gains[gains < 0.0].sum()), int(errors.sum())


def error_zone(gains: float, losses: float) -> float:
    """Return the log ratio of gains to losses.

    The published score, gains / losses, is set to 0 without losses, which puts an item that is known by heart below
    all others; the logarithm with an epsilon keeps the order.
    """
    return math.log((gains + EPSILON_NATS) / (losses + EPSILON_NATS))


def placed(scores: Sequence[float | None], references: FloatArray) -> FloatArray:
    """Return scores as quantiles in (0, 1); where there is none, the quantile of the item's reference score.

    The references' quantiles are over all items, the scores' over those that have one.
    """
    known = np.array([score is not None for score in scores], dtype=bool)
    found = _quantiles(references)
    if known.any():
        found[known] = _quantiles(np.array([score for score in scores if score is not None], dtype=np.float64))
    return found


def _quantiles(values: FloatArray) -> FloatArray:
    ordered = np.sort(values)
    middle = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2.0
    return np.asarray(middle / len(values), dtype=np.float64)
