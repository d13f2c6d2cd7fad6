"""A Comparison's probes in, their metrics and the rows of `probes.csv` out, under the same names on every experiment.

A probe's numbers are nested as the probe made them; their path is the name (`probe/loss_gap/answer/gap`). An estimate
gives its value, its interval and its n; lists are for charts and stay in the report. Does not know any probe.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from sfteval.types import Comparison, ProbeDifference, ProbeResult

PROBE_COLUMNS = ("probe", "side", "measure", "value", "ci_lo", "ci_hi", "p_value", "n", "verdict", "sentence")

Row = tuple[Any, ...]


class Measure(NamedTuple):
    """One number of a probe under its path."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


def side_metrics(comparison: Comparison, side: Literal["baseline", "candidate"]) -> dict[str, float | None]:
    """Return every number of one side's probes, and what the two sides are compared by."""
    metrics: dict[str, float | None] = {}
    for result in _of(comparison, side):
        for measure in measures(result.numbers):
            metrics |= _named(f"probe/{result.probe}/{measure.name}", measure)
    compared = {_name(found): getattr(found, side) for found in comparison.probe_differences}
    return metrics | compared


def difference_metrics(comparison: Comparison) -> dict[str, float | None]:
    """Return the differences between the sides' probes with their intervals."""
    metrics: dict[str, float | None] = {}
    for found in comparison.probe_differences:
        name = f"delta/{_name(found)}"
        metrics |= {
            name: found.difference,
            f"{name}/ci_lo": found.ci_low,
            f"{name}/ci_hi": found.ci_high,
            f"{name}/p_value": found.p_value,
            f"{name}/n": float(found.n),
        }
    return metrics


def side_rows(comparison: Comparison, side: Literal["baseline", "candidate"]) -> list[Row]:
    """Return the rows of one side: a probe's verdict and sentence, then its numbers."""
    rows: list[Row] = []
    for result in _of(comparison, side):
        rows.append((result.probe, side, "", None, None, None, None, None, result.verdict, result.sentence))
        rows.extend(
            (result.probe, side, one.name, one.value, one.low, one.high, None, one.n, result.verdict, "")
            for one in measures(result.numbers)
        )
    return rows


def difference_rows(comparison: Comparison) -> list[Row]:
    """Return the rows of the comparison: what differs between the sides, and what belongs to neither."""
    rows: list[Row] = [
        (one.probe, "", "", None, None, None, None, None, one.verdict, one.sentence) for one in _of(comparison, None)
    ]
    for one in comparison.probe_differences:
        numbers = (one.difference, one.ci_low, one.ci_high, one.p_value, one.n)
        rows.append((one.probe, "difference", one.measure, *numbers, str(one.finding), one.sentence))
    return rows


def measures(numbers: Mapping[str, Any], path: str = "") -> Iterator[Measure]:
    """Yield the numbers of a probe, flat."""
    for key, value in numbers.items():
        name = f"{path}/{key}" if path else str(key)
        if _is_number(value):
            yield Measure(name, float(value))
        elif isinstance(value, Mapping) and {"value", "low", "high"} <= value.keys():
            if _is_number(value["value"]):
                yield Measure(name, float(value["value"]), value["low"], value["high"], value.get("n"))
        elif isinstance(value, Mapping):
            yield from measures(value, name)


def _named(name: str, measure: Measure) -> dict[str, float | None]:
    metrics: dict[str, float | None] = {name: measure.value}
    beside = {"ci_lo": measure.low, "ci_hi": measure.high, "n": measure.n}
    return metrics | {f"{name}/{key}": float(one) for key, one in beside.items() if one is not None}


def _of(comparison: Comparison, side: str | None) -> Iterator[ProbeResult]:
    return (result for result in comparison.probes if result.side == side)


def _name(found: ProbeDifference) -> str:
    return f"probe/{found.probe}/{found.measure}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
