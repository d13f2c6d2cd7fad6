"""Both sides' verdicts on instructions in, shares with intervals out: pooled, per id, per group, per number.

Instructions of one prompt hang together, so each share is an average over instructions whose clusters are their prompts
(or the prompts' stems). Answers to one prompt are averaged first. Fewer than `MIN_CLUSTERS` prompts give no interval.
Does not know where verdicts come from, or by whose rules they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from sfteval.compare.metric import ends
from sfteval.scorers.breakdown import whole_prompt
from sfteval.stats import compare_paired
from sfteval.stats.clustered import MIN_CLUSTERS
from sfteval.types import Pair, Part

Verdicts = Sequence[Mapping[str, Any]]
Kind = Literal["pooled", "shares", "id", "group", "number"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair of answers with both sides' verdicts on the prompt's instructions, in the sample's order."""

    pair: Pair
    baseline: Verdicts
    candidate: Verdicts

    def has(self, *modes: str) -> bool:
        """Tell whether every instruction has a verdict in these modes, on both sides."""
        return all(verdict[mode] is not None for verdict in (*self.baseline, *self.candidate) for mode in modes)


def all_parts(judged: Sequence[Judged], mode: str, suffix: str, seed: int) -> tuple[Part, ...]:
    """Return every part; ids, groups and numbers by `mode`, pooled and shares strict and loose with the suffix.

    Ids and groups come by how much they changed, those without an interval last.
    """
    if not judged:
        return ()
    clusters = {one.pair.sample.id: one.pair.sample.cluster or f"={one.pair.sample.id}" for one in judged}
    each, whole = _instructions(judged, mode), _prompts(judged, mode)
    return (
        *_levels(judged, suffix, clusters, seed),
        *_by_change(_grouped("id", each, each["id"], clusters, seed)),
        *_by_change(_grouped("group", each, each["id"].str.partition(":")[0], clusters, seed)),
        *_grouped("number", whole, whole["number"], clusters, seed),
    )


def _levels(judged: Sequence[Judged], suffix: str, clusters: Mapping[str, str], seed: int) -> Iterator[Part]:
    """Yield the instruction level: all instructions each once, beside the mean of the prompts' shares."""
    tables = {how: _instructions(judged, how + suffix) for how in ("strict", "loose")}
    for how, rows in tables.items():
        yield _part("pooled", how, rows, clusters, seed)
    for how, rows in tables.items():
        shares = rows.groupby("sample_id", sort=False)[["a", "b"]].mean().reset_index()
        yield _part("shares", how, shares, clusters, seed)


def _instructions(judged: Sequence[Judged], mode: str) -> pd.DataFrame:
    """Return one row per instruction of a prompt: sample_id, position, id, and each side's mean over the answers."""
    rows = [
        (one.pair.sample.id, position, a["id"], float(a[mode]), float(b[mode]))
        for one in judged
        for position, (a, b) in enumerate(zip(one.baseline, one.candidate, strict=True))
    ]
    return _averaged(rows, ["sample_id", "position", "id"])


def _prompts(judged: Sequence[Judged], mode: str) -> pd.DataFrame:
    """Return one row per prompt: sample_id, its number of instructions, and how often each side followed them all."""
    rows = [
        (
            one.pair.sample.id,
            len(one.baseline),
            float(bool(whole_prompt(one.baseline)[mode])),
            float(bool(whole_prompt(one.candidate)[mode])),
        )
        for one in judged
    ]
    return _averaged(rows, ["sample_id", "number"])


def _averaged(rows: Sequence[tuple[Any, ...]], keys: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*keys, "a", "b"])
    return frame.groupby(keys, sort=False).mean().reset_index()


def _grouped(
    kind: Kind, rows: pd.DataFrame, labels: "pd.Series[Any]", clusters: Mapping[str, str], seed: int
) -> Iterator[Part]:
    """Yield one part for each value of the labels, in the labels' order."""
    for label, group in rows.groupby(labels, sort=True):
        yield _part(kind, str(label), group, clusters, seed)


def _by_change(parts: Iterator[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (part.ci_low is None, -abs(part.difference), -part.n, part.value))


def _part(kind: Kind, value: str, rows: pd.DataFrame, clusters: Mapping[str, str], seed: int) -> Part:
    result = compare_paired(
        rows["a"].to_numpy(dtype=float),
        rows["b"].to_numpy(dtype=float),
        [clusters[sample_id] for sample_id in rows["sample_id"]],
        margin=0.0,  # a diagnostic: nothing gates on it
        seed=seed,
    )
    is_enough = result.num_clusters >= MIN_CLUSTERS
    low, high = ends(result.ci if is_enough else None)
    too_few = f"none: {result.num_clusters} independent prompts, at least {MIN_CLUSTERS} needed"
    return Part(
        kind=kind,
        value=value,
        n=result.n,
        num_clusters=result.num_clusters,
        baseline=result.baseline,
        candidate=result.candidate,
        difference=result.difference,
        ci_low=low,
        ci_high=high,
        method=result.method if is_enough else too_few,
    )
