"""How far is it from the base model where nothing was trained?

In: for answers that the base model drew to prompts outside the training data, both models' log probabilities; scores of
both on a general suite; losses of both on general text. Each may be missing. Out: the divergence KL(base || checkpoint)
a token, what is retained (McNemar or sign flips, by prompt), the ratio of losses. The divergence on prompts of the task
that was trained stands beside them and decides nothing: to learn is to move there.
Source: research on probes, A3-P7; RL's Razor, Shenfeld et al. 2025, arXiv 2509.04259 (KL foretells forgetting). The
lines are our defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sfteval.probes.loss_gap import gain, nll
from sfteval.probes.pairs import check_same, compare_means
from sfteval.probes.saying import MIN_ITEMS, as_json, estimate, evidence, inconclusive, skipped, worst
from sfteval.stats import compare_paired
from sfteval.stats.two_samples import mean_interval, ratio_of_means
from sfteval.types import Estimate, Json, ProbeDifference, ProbeResult, ProbeVerdict, Span

NAME = "forgetting"
FAIL_DROP = 0.05  # of the share right on the general suite
WARN_KL_NATS = 0.5  # a token
WARN_LOSS_RATIO = 1.10
MARGIN_KL_NATS = 0.05  # two checkpoints that differ by less tie


@dataclass(frozen=True, slots=True)
class General:
    """What both models make of what was not trained; each part may be empty."""

    drawn_by_base: Mapping[str, Span]  # {prompt id: the base model's own answer}
    scores: Mapping[str, tuple[float, float]]  # {sample id: (base, checkpoint)}, in [0, 1]
    texts: Mapping[str, Span]  # {text id: general text}
    drawn_on_task: Mapping[str, Span] = field(default_factory=dict)  # the base model's own answers to held-out prompts


def probe(general: General, who: str = "The checkpoint") -> ProbeResult:
    """Say how much of the base model is left."""
    if not (general.drawn_by_base or general.scores or general.texts):
        return skipped(NAME, "Neither general answers, nor scores, nor texts of the base model were given.")
    parts = {
        "kl": _if_enough(divergence(general.drawn_by_base)),
        "retention": _if_enough(retention(general.scores)),
        "loss_ratio": _if_enough(loss_ratio(general.texts)),
    }
    task = _if_enough(divergence(general.drawn_on_task))
    numbers: Json = {**{name: as_json(found) for name, found in parts.items()}, "kl_task": as_json(task)}
    known = {name: found for name, found in parts.items() if found is not None}
    if not known:
        return inconclusive(NAME, f"Too little data: no part has {MIN_ITEMS} items of both models.", numbers)
    verdict = worst([verdict_of(name, found) for name, found in known.items()])
    return ProbeResult(NAME, verdict, _sentence(known, task, who), numbers)


def compare(a: Mapping[str, Span], b: Mapping[str, Span]) -> ProbeDifference:
    """Compare the divergence from the base model of two checkpoints on the same answers that the base model drew.

    Raises: NotComparableError for different answers.
    """
    check_same(NAME, list(a), list(b))
    return compare_means(NAME, "KL from the base model (nats a token)", _kls(a), _kls(b), margin=MARGIN_KL_NATS)


def divergence(drawn_by_base: Mapping[str, Span]) -> Estimate | None:
    """Return KL(base || checkpoint) in nats a token, estimated on answers that the base model drew."""
    found = np.array(list(_kls(drawn_by_base).values()), dtype=np.float64)
    return estimate(float(found.mean()), mean_interval(found), len(found)) if len(found) > 1 else None


def retention(scores: Mapping[str, tuple[float, float]]) -> Estimate | None:
    """Return the mean score of the checkpoint less that of the base model, in [-1, 1]."""
    if not scores:
        return None
    base, own = np.array(list(scores.values()), dtype=np.float64).T
    paired = compare_paired(base, own, margin=FAIL_DROP)
    return estimate(paired.difference, paired.ci, paired.n)


def loss_ratio(texts: Mapping[str, Span]) -> Estimate | None:
    """Return the checkpoint's loss a token on general text over the base model's."""
    losses = {name: value for name, span in texts.items() if (value := nll(span)) is not None}
    gains = {name: value for name, span in texts.items() if (value := gain(span)) is not None}
    own = np.array([losses[name] for name in gains], dtype=np.float64)
    base = own + np.array(list(gains.values()), dtype=np.float64)
    if len(own) < 2 or (interval := ratio_of_means(own, base)) is None:
        return None
    return estimate(float(own.mean() / base.mean()), interval, len(own))


def verdict_of(name: str, found: Estimate) -> ProbeVerdict:
    """Return the verdict on one part: `retention` may fail, `kl` and `loss_ratio` may warn."""
    if found.value is None or found.low is None or found.high is None:
        return "inconclusive"
    if name == "retention":
        if found.value < -FAIL_DROP and found.high < 0.0:
            return "fail"
        return "pass" if found.low > -FAIL_DROP else "inconclusive"
    line = WARN_KL_NATS if name == "kl" else WARN_LOSS_RATIO
    if found.value > line:
        return "warn"
    return "pass" if found.high < line else "inconclusive"


def _kls(drawn_by_base: Mapping[str, Span]) -> dict[str, float]:
    return {name: -value for name, span in drawn_by_base.items() if (value := gain(span)) is not None}


def _if_enough(found: Estimate | None) -> Estimate | None:
    return found if found is not None and found.n >= MIN_ITEMS else None


def _sentence(known: Mapping[str, Estimate], task: Estimate | None, who: str) -> str:
    words = {
        "kl": "is {:.2f} nats a token away on its answers",
        "retention": "scores {:+.3f} on the general suite",
        "loss_ratio": "has {:.2f} times the loss on general text",
    }
    said = [f"{words[name].format(found.value)} {evidence(found)}" for name, found in known.items()]
    learned = "" if task is None else f"; on what it was trained for, {task.value:.2f} nats a token {evidence(task)}"
    return f"{who}, beside its base model, {', '.join(said)}{learned}."
