"""Figures of `make bench-train`, computed from the runs in train.json; pure functions of what was measured.

A rate is real tokens over seconds, the first step dropped. A ratio is taken within one run, where both sides met the
same machine, and then the median of the runs that both took part in.
"""

import re
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.train_job import OURS, PEER_DEFAULT

Found = dict[str, Any]  # a parsed part of train.json

MIB = 2**20
SETTLED = 0.1  # of our fastest: half of what the target asks of TRL's default


def rate(amounts: Sequence[float], seconds: Sequence[float]) -> float:
    """Return amount per second over all steps but the first."""
    return sum(amounts[1:]) / sum(seconds[1:])


def rates(found: Found, clock: str = "seconds") -> dict[int, float]:
    """Return a setting's tokens per second (or per CPU second), by run."""
    return {one["run"]: rate(found["tokens"], one[clock]) for one in found["runs"]}


def median_rate(found: Found, clock: str = "seconds") -> float:
    """Return a setting's median tokens per second."""
    return statistics.median(rates(found, clock).values())


def ratio(top: Found, bottom: Found) -> float:
    """Return how many times faster `top` is: the median over the runs that both took part in."""
    above, below = rates(top), rates(bottom)
    return statistics.median(above[run] / below[run] for run in above.keys() & below.keys())


def fastest(settings: Found, names: Iterable[str]) -> str | None:
    """Return the setting with the highest median rate among those names that were measured."""
    return max((name for name in names if name in settings), key=lambda name: median_rate(settings[name]), default=None)


def peers(settings: Found) -> list[str]:
    """Return the names of TRL's settings, fastest first."""
    names = [name for name in settings if name not in OURS]
    return sorted(names, key=lambda name: median_rate(settings[name]), reverse=True)


def family(setting: str) -> str:
    """Return a setting's way of batching, whatever its precision and flags."""
    return re.split(r"[+:]", setting)[0]


def still_running(settings: Found, keep: float) -> set[str]:
    """Return what is worth another run: ours, and what came near the peer's best in run 1.

    The peer's default too, unless it is so slow (a minute and more of every run) that no other run could matter.
    """
    first = {name: rate(found["tokens"], found["runs"][0]["seconds"]) for name, found in settings.items()}
    bar = keep * max((first[name] for name in first if name not in OURS), default=0.0)
    bars = {PEER_DEFAULT: SETTLED * max((first[name] for name in first if name in OURS), default=0.0)}
    return {name for name in first if name in OURS or first[name] >= min(bars.get(name, bar), bar)}


def growth(cases: Sequence[Found], vocabulary: int) -> Found:
    """Return what the largest supervised share added to the smallest's peak, in bytes, at one vocabulary."""
    few, *_, many = sorted((one for one in cases if one["vocabulary"] == vocabulary), key=lambda one: one["supervised"])
    rows = many["supervised"] - few["supervised"]
    grown = many["bytes_peak"] - few["bytes_peak"]
    return {"vocabulary": vocabulary, "rows": rows, "grown": grown, "logits": rows * vocabulary * 4}
