"""Does it hold to the very wording of the training prompts?

In: what answers to a prompt as it stands and to its other forms (`variants`) were worth, on both splits; out: the drop
in score on training and on held-out prompts, their gap, the rise of the true answer's loss, and how often the answers
stay the same. A drop on training prompts alone is memory of their wording; one on held-out prompts is a brittle model.
Source: research on probes, A3-P4; C-BOD, arXiv 2502.07445 (2.75 % mean drop on rephrased items). The lines are our
defaults.
"""

from collections.abc import Sequence

import numpy as np

from sfteval.probes.pairs import check_same, compare_gaps
from sfteval.probes.saying import MIN_ITEMS, as_json, check_ids, estimate, evidence, inconclusive, percent, skipped
from sfteval.probes.splits import SPLITS, gap_of, mean_of, smaller_split, values_of
from sfteval.stats import PairedResult, compare_paired
from sfteval.types import Estimate, Json, ProbeDifference, ProbeResult, ProbeVerdict, Rephrased

NAME = "perturb"
FAIL_GAP = 0.05  # drop in score, training - held-out
FAIL_DROP, ALPHA = 0.05, 0.05  # on held-out prompts
RULED_OUT = 0.10  # a pass needs intervals that end below this: twice the line, which 256 prompts can show
MARGIN_DROP = 0.05  # two checkpoints that differ by less tie


def probe(items: Sequence[Rephrased], who: str = "The checkpoint") -> ProbeResult:
    """Say whether other words for the same question cost score.

    Raises: DataError for items that share an id.
    """
    check_ids(NAME, [item.id for item in items])
    drops = values_of(items, drop)
    if not drops:
        return skipped(NAME, "No prompt was asked in other words.")
    if smaller_split(drops) < MIN_ITEMS:
        few = f"{smaller_split(drops)} rephrased prompts in the smaller split; at least {MIN_ITEMS} are needed."
        return inconclusive(NAME, f"Too little data: {few}")
    gap = gap_of(drops, scale=1.0)
    held_out = _held_out(items)
    held_out_drop = estimate(-held_out.difference, held_out.ci.mirrored() if held_out.ci else None, held_out.n)
    agreements = values_of(items, agreement)
    rises = values_of(items, loss_rise)
    numbers: Json = {
        "gap": as_json(gap),
        "held_out_drop": as_json(held_out_drop),
        "held_out_p_value": held_out.p_value,
        "loss_rise_gap": as_json(gap_of(rises)),
        **{f"loss_rise_{split}": mean_of(rises, split) for split in SPLITS},
        **{f"drop_{split}": mean_of(drops, split) for split in SPLITS},
        **{f"agreement_{split}": mean_of(agreements, split) for split in SPLITS},
    }
    verdict = verdict_of(gap, held_out_drop, held_out.p_value)
    return ProbeResult(NAME, verdict, _sentence(numbers, gap, who), numbers)


def compare(a: Sequence[Rephrased], b: Sequence[Rephrased]) -> ProbeDifference:
    """Compare how far the drops on training prompts lie above held-out ones on two checkpoints.

    Raises: NotComparableError for different items.
    """
    check_same(NAME, [item.id for item in a], [item.id for item in b])
    sides = [values_of(side, drop) for side in (a, b)]
    return compare_gaps(NAME, "drop in other words, train - held-out", *sides, margin=MARGIN_DROP)


def drop(item: Rephrased) -> float | None:
    """Return the score that other words cost on average, in [-1, 1]."""
    return item.score - float(np.mean(item.variant_scores)) if item.variant_scores else None


def agreement(item: Rephrased) -> float | None:
    """Return the share of the variants whose answer is the original's, spaces and case aside."""
    if len(item.answers) < 2:
        return None
    first, *others = (" ".join(answer.lower().split()) for answer in item.answers)
    return sum(other == first for other in others) / len(others)


def loss_rise(item: Rephrased) -> float | None:
    """Return by how many nats a token the true answer is less likely under other words, on average."""
    if item.gold_nll is None or not item.variant_gold_nlls:
        return None
    return float(np.mean(item.variant_gold_nlls)) - item.gold_nll


def verdict_of(gap: Estimate | None, held_out: Estimate, p_value: float | None) -> ProbeVerdict:
    """Return the verdict on the drops' gap and on the drop of held-out prompts with its p value."""
    if gap is not None and (gap.low or 0.0) > FAIL_GAP:
        return "fail"
    if (held_out.value or 0.0) > FAIL_DROP and p_value is not None and p_value < ALPHA:
        return "fail"
    ends = (None if gap is None else gap.high, held_out.high)
    return "pass" if all(end is not None and end < RULED_OUT for end in ends) else "inconclusive"


def _held_out(items: Sequence[Rephrased]) -> PairedResult:
    kept = [item for item in items if item.split == "held_out" and item.variant_scores]
    original = np.array([item.score for item in kept], dtype=np.float64)
    rephrased = np.array([np.mean(item.variant_scores) for item in kept], dtype=np.float64)
    clusters = [item.cluster for item in kept]
    return compare_paired(original, rephrased, clusters, margin=FAIL_DROP)


def _sentence(numbers: Json, gap: Estimate | None, who: str) -> str:
    sure = "" if gap is None else f" {evidence(gap, shares=True)}"
    train, held_out = percent(numbers["drop_train"]), percent(numbers["drop_held_out"])
    said = f"{who} loses {train} of its score on training prompts in other words, {held_out} on held-out ones{sure}"
    rises = [numbers[f"loss_rise_{split}"] for split in SPLITS]
    if None in rises:
        return f"{said}."
    return f"{said}; the true answer's loss changes by {rises[0]:+.2f} and {rises[1]:+.2f} nats a token."
