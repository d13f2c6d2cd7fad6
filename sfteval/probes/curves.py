"""Numbers of training and held-out items in, the few points that a small chart is drawn from out.

Shares, in [0, 1], at fixed places: the same size for ten items and for ten thousand. Does not know what the numbers
are, or how a chart looks.
"""

from collections.abc import Sequence

import numpy as np

from sfteval.probes.splits import SPLITS, Value, of_split
from sfteval.types import Json

NUM_STEPS = 64
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 50, 64, 96, 128, 192, 256, 384, 512)  # tokens
DECIMALS = 4


def roc_points(values: Sequence[Value]) -> list[list[float]]:
    """Return at most 66 points (false positives, true positives) of a score's curve, from (0, 0) to (1, 1).

    Above each bar lie so many held-out and so many training items; points between two bars are left out.
    """
    train, held_out = (np.sort(of_split(values, split)) for split in SPLITS)
    if not len(train) or not len(held_out):
        return []
    bars = np.unique(np.concatenate([train, held_out]))[::-1]
    true, false = (1.0 - np.searchsorted(split, bars, "left") / len(split) for split in (train, held_out))
    steps = np.linspace(0.0, 1.0, NUM_STEPS + 1)
    places = np.unique(np.searchsorted(false, steps + 1e-12, "right") - 1)
    kept = [(float(false[place]), float(true[place])) for place in places if place >= 0]
    return [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in dict.fromkeys([(0.0, 0.0), *kept])]


def survival(values: Sequence[Value]) -> Json:
    """Return the share of each split's numbers that reach each of some lengths; a split without items has none."""
    shares = {split: of_split(values, split) for split in SPLITS}
    return {
        "tokens": list(LENGTHS),
        **{
            split: [round(float(np.mean(found >= length)), DECIMALS) for length in LENGTHS] if len(found) else []
            for split, found in shares.items()
        },
    }
