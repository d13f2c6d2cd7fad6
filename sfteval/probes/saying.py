"""Estimates and reasons in, the pieces of a result out: shares and intervals in words, results without a number.

Does not know any probe.
"""

from collections.abc import Sequence
from dataclasses import asdict

from sfteval.errors import DataError
from sfteval.stats import Interval
from sfteval.types import Estimate, Json, ProbeResult, ProbeVerdict

MIN_ITEMS = 20  # of a split, for a verdict; our default: with fewer every interval is wider than the lines are apart
SEVERITY: tuple[ProbeVerdict, ...] = ("skipped", "pass", "inconclusive", "warn", "fail", "invalid")


def skipped(probe: str, reason: str) -> ProbeResult:
    """Return the result of a probe that could not be asked; `reason` is a full sentence."""
    return ProbeResult(probe, "skipped", reason, {})


def inconclusive(probe: str, reason: str, numbers: Json | None = None) -> ProbeResult:
    """Return the result of a probe with too little data; `reason` is a full sentence."""
    return ProbeResult(probe, "inconclusive", reason, numbers or {})


def worst(verdicts: Sequence[ProbeVerdict]) -> ProbeVerdict:
    """Return the verdict that decides where several were found; none at all is `skipped`."""
    return max(verdicts, key=SEVERITY.index, default="skipped")


def estimate(value: float, interval: Interval | None, n: int) -> Estimate:
    """Return a number with its interval."""
    if interval is None:
        return Estimate(value, n=n)
    return Estimate(value, interval.low, interval.high, n, interval.method)


def as_json(found: Estimate | None) -> Json | None:
    """Return an estimate as `results.json` holds it."""
    return None if found is None else asdict(found)


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100.0 * share:.1f}%"


def evidence(found: Estimate, *, shares: bool = False) -> str:
    """Return how sure an estimate is, in brackets: its items and its interval."""
    if found.low is None or found.high is None:
        return f"(n={found.n})"
    if shares:
        low, high = (round(100.0 * end, 1) + 0.0 for end in (found.low, found.high))
        return f"(n={found.n}, CI {low:.1f} to {high:.1f})"
    low, high = (round(end, 2) + 0.0 for end in (found.low, found.high))  # + 0.0: never minus zero
    return f"(n={found.n}, CI {low:.2f} to {high:.2f})"


def check_ids(probe: str, ids: Sequence[str]) -> None:
    """Refuse items that share an id.

    Raises: DataError.
    """
    if len(set(ids)) < len(ids):
        got = f"{len(ids)} items with {len(set(ids))} ids"
        raise DataError(f"probe {probe}", expected="one id for each item", got=got, next_move="Give each item its own")
