"""What the gate said in many replays: counts of verdicts, their shares, and how well those are known."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.stats import Interval, proportion_interval
from sfteval.types import Verdict


@dataclass(frozen=True, slots=True)
class Rates:
    """The verdicts of so many replays in which the candidate had truly lost `drop`."""

    drop: float
    num_replays: int
    verdicts: Mapping[Verdict, int]

    def share(self, verdict: Verdict) -> float:
        """Return the share of replays with this verdict."""
        return self.verdicts.get(verdict, 0) / self.num_replays

    def interval(self, verdict: Verdict) -> Interval:
        """Return the interval of that share: how well so many replays know it."""
        return proportion_interval(self.verdicts.get(verdict, 0), self.num_replays)
