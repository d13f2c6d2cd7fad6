"""Can one tell from the likelihoods which answers were trained on?

In: scored answers of both splits, with the base model's scores; out: the area under the curve of each attack, its
DeLong interval, true positives at 5 % false ones. The verdict stands on the better of two attacks that ask the base
model (gain over the base, and windows); the others are columns. Two controls make the result invalid: words alone that
tell the splits apart, and a base model that does.
Source: research on probes, A3-P2; lines are our defaults: fine-tunes of three epochs are widely detectable, so a
warning is common.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sfteval.probes import attacks
from sfteval.probes.blind import blind_scores
from sfteval.probes.curves import roc_points
from sfteval.probes.loss_gap import gain, is_known, nll
from sfteval.probes.pairs import check_same, compare_roc
from sfteval.probes.saying import MIN_ITEMS, as_json, check_ids, evidence, inconclusive, skipped
from sfteval.probes.splits import Value, of_split, smaller_split, values_of
from sfteval.stats.roc import LEVEL, roc_area, true_positives_at
from sfteval.types import Estimate, Json, ProbeDifference, ProbeResult, ProbeVerdict, ScoredItem, Span

NAME = "membership"
WARN_AREA, FAIL_AREA = 0.60, 0.75
SHIFTED_AREA = 0.60  # of a control; above it the splits differ whatever was learned
CONTROL_LEVEL = 0.999  # the folds of the blind control hang together: its areas spread 1.4 times as far (simulated)
FALSE_POSITIVES = 0.05
STRICT_FALSE_POSITIVES, MIN_STRICT = 0.01, 500  # a bar at 1 % needs so many held-out items
DECISIVE = ("gain", "windows")
MARGIN_AREA = 0.10  # our default: two checkpoints that differ by less tie
Scores = Mapping[str, tuple[Value, ...]]


def probe(items: Sequence[ScoredItem], who: str = "The checkpoint", seed: int = 0) -> ProbeResult:
    """Say whether training answers can be told from held-out ones.

    Raises: DataError as `loss_gap.probe` does.
    """
    check_ids(NAME, [item.id for item in items])
    kept = [item for item in items if is_known(item.answer.model)]
    if not kept:
        return skipped(NAME, "No answer has log probabilities: the backend cannot tell them, or no data was given.")
    scores, num_fallbacks = scores_of(kept)
    if smaller_split(scores["loss"]) < MIN_ITEMS:
        few = f"{smaller_split(scores['loss'])} scored answers in the smaller split; at least {MIN_ITEMS} are needed."
        return inconclusive(NAME, f"Too little data: {few}")
    areas = {name: area for name, values in scores.items() if (area := _area(values, _level(name))) is not None}
    blind = _blind_area(kept, seed)
    numbers: dict[str, Any] = {
        "areas": {name: as_json(area) for name, area in areas.items()},
        "true_positives_at_5": {name: _caught(scores[name], FALSE_POSITIVES) for name in areas},
        "blind": as_json(blind),
        "num_ez_fallbacks": num_fallbacks,
    }
    if len(of_split(scores["loss"], "held_out")) >= MIN_STRICT:
        numbers["true_positives_at_1"] = {name: _caught(scores[name], STRICT_FALSE_POSITIVES) for name in areas}
    shown = strongest(areas) or "loss"
    numbers["curve"] = {"attack": shown, "points": roc_points(scores[shown])}
    verdict, sentence = _judged(areas, blind, numbers, who)
    return ProbeResult(NAME, verdict, sentence, numbers)


def compare(a: Sequence[ScoredItem], b: Sequence[ScoredItem]) -> ProbeDifference:
    """Compare how well gains over the base tell the splits apart on two checkpoints; the losses without a base.

    Raises: NotComparableError for different items.
    """
    check_same(NAME, [item.id for item in a], [item.id for item in b])
    name = "gain" if all(item.answer.base is not None for item in (*a, *b)) else "loss"
    number = gain if name == "gain" else log_likelihood
    sides = [values_of(side, lambda item: number(item.answer)) for side in (a, b)]
    return compare_roc(NAME, f"area under the curve by {name}", *sides, margin=MARGIN_AREA)


def scores_of(items: Sequence[ScoredItem]) -> tuple[Scores, int]:
    """Return every attack's scores by name, and how many items had too few errors for the error zone.

    `items` have log probabilities. An attack that misses something for any item has no scores.
    """
    named: dict[str, Callable[[ScoredItem], float | None]] = {
        "loss": lambda item: log_likelihood(item.answer),
        "zlib": lambda item: attacks.zlib_score(item.answer.model.logprobs, item.text),
        "min_k": lambda item: attacks.min_k(item.answer.model.logprobs),
        "min_k_plus": _min_k_plus,
        "gain": lambda item: gain(item.answer),
        "windows": _windows,
        "base": _base_loss,
    }
    found = {name: values_of(items, number) for name, number in named.items()}
    complete = {name: values for name, values in found.items() if len(values) == len(items)}
    sums = [_error_sums(item) for item in items]
    if "gain" not in complete or not any(one is not None for one in sums):
        return complete, 0
    ratios = [attacks.error_zone(*one[:2]) if one and one[2] >= attacks.MIN_ERRORS else None for one in sums]
    placed = attacks.placed(ratios, np.array([value.number for value in complete["gain"]]))
    zones = zip(complete["gain"], placed, strict=True)
    complete["error_zone"] = tuple(value._replace(number=float(place)) for value, place in zones)
    return complete, sum(ratio is None for ratio in ratios)


def verdict_of(area: Estimate) -> ProbeVerdict:
    """Return the verdict on the area under a decisive attack's curve, in [0, 1]."""
    if area.value is None or area.low is None or area.high is None:
        return "inconclusive"
    if area.low > FAIL_AREA:
        return "fail"
    if area.value > WARN_AREA:
        return "warn" if area.low > 0.5 else "inconclusive"
    return "pass" if area.high < FAIL_AREA else "inconclusive"


def strongest(areas: Mapping[str, Estimate]) -> str | None:
    """Return the attack that the verdict stands on: the better of those that decide; None: there is none of them."""
    decisive = [name for name in DECISIVE if name in areas]
    return max(decisive, key=lambda name: areas[name].value or 0.0, default=None)


def is_shifted(control: Estimate) -> bool:
    """Tell whether a control separates the splits, beyond what so few items do by chance."""
    return (control.value or 0.0) > SHIFTED_AREA and (control.low or 0.0) > 0.5


def _judged(areas: Mapping[str, Estimate], blind: Estimate | None, numbers: Json, who: str) -> tuple[ProbeVerdict, str]:
    if blind is not None and is_shifted(blind):
        return "invalid", f"Words alone tell the splits apart, not memory: area {blind.value:.2f} {evidence(blind)}."
    base = areas.get("base")
    if base is not None and is_shifted(base):
        return "invalid", f"The base model tells the splits apart as well: area {base.value:.2f} {evidence(base)}."
    name = strongest(areas)
    if name is None:
        return "inconclusive", "Without the base model's scores nobody knows what was learned and what was easy."
    area, caught = areas[name], numbers["true_positives_at_5"][name]
    sentence = (
        f"{who}: an attack by {name} tells training answers from held-out ones with an area of {area.value:.2f} "
        f"{evidence(area)} and finds {100.0 * caught:.0f}% of them at 5% false alarms."
    )
    return verdict_of(area), sentence


def _area(values: Sequence[Value], level: float) -> Estimate | None:
    train, held_out = of_split(values, "train"), of_split(values, "held_out")
    if min(len(train), len(held_out)) < 2:
        return None
    found = roc_area(train, held_out, level)
    return Estimate(found.area, found.ci.low, found.ci.high, len(values), found.ci.method)


def log_likelihood(span: Span) -> float | None:
    """Return the mean log probability of a span's tokens, in nats; None where it is not known."""
    loss = nll(span)
    return None if loss is None else -loss


def _level(name: str) -> float:
    return CONTROL_LEVEL if name == "base" else LEVEL


def _caught(values: Sequence[Value], false_positives: float) -> float:
    return true_positives_at(of_split(values, "train"), of_split(values, "held_out"), false_positives)


def _blind_area(items: Sequence[ScoredItem], seed: int) -> Estimate | None:
    if not any(item.text for item in items):
        return None
    is_train = [item.split == "train" for item in items]
    scores = blind_scores([item.text for item in items], is_train, [item.cluster for item in items], seed)
    values = [Value(i.id, i.split, i.cluster, float(score)) for i, score in zip(items, scores, strict=True)]
    return _area(values, CONTROL_LEVEL)


def _min_k_plus(item: ScoredItem) -> float | None:
    scores = item.answer.model
    if not len(scores.means) == len(scores.deviations) == len(scores.logprobs):
        return None
    return attacks.min_k(attacks.standardised(scores.logprobs, scores.means, scores.deviations))


def _windows(item: ScoredItem) -> float | None:
    model, base = item.answer.model, item.answer.base
    if base is None or not is_known(base):
        return None
    return attacks.windowed([-value for value in model.logprobs], [-value for value in base.logprobs])


def _base_loss(item: ScoredItem) -> float | None:
    base = item.answer.base
    return float(np.mean(base.logprobs)) if base is not None and is_known(base) else None


def _error_sums(item: ScoredItem) -> tuple[float, float, int] | None:
    model, base = item.answer.model, item.answer.base
    if base is None or not is_known(base) or len(model.is_greedy) != len(model.logprobs) or None in model.is_greedy:
        return None
    return attacks.error_zone_sums(model.logprobs, base.logprobs, model.is_greedy)
