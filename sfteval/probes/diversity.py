"""Do its answers to open prompts still differ, as the base model's do?

In: several drawn answers to each open prompt, of the checkpoint and of its base model, without their thoughts; out:
length-corrected distinct n-grams (EAD), the effective number of answers (Vendi), the entropy of the first answer token,
averaged over prompts, and their ratios to the base model's. A task with one right answer is no open prompt. Without a
base model there is no line to judge by.
Source: research on probes, A3-P5; GEM, Li et al. 2025, arXiv 2408.16673, for the effect. The lines are our defaults.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sfteval.errors import DataError
from sfteval.probes.pairs import check_same, compare_means
from sfteval.probes.saying import as_json, check_ids, estimate, evidence, inconclusive, skipped, worst
from sfteval.probes.variety import distinct, expected_distinct, first_token_entropy, ngram_vendi
from sfteval.stats.two_samples import ratio_of_means
from sfteval.types import Drawn, Estimate, ProbeDifference, ProbeResult, ProbeVerdict

NAME = "diversity"
FAIL_RATIO, WARN_RATIO = 0.60, 0.80  # to the base model
MIN_PROMPTS, MIN_ANSWERS = 10, 2
DECISIVE = ("ead_2", "vendi")
MARGIN_ANSWERS = 0.5  # effective answers; two checkpoints that differ by less tie
Measure = Callable[[Drawn], float | None]


def probe(
    drawn: Sequence[Drawn], base: Sequence[Drawn], *, vocabulary: int, who: str = "The checkpoint"
) -> ProbeResult:
    """Say whether answers have become more alike; `vocabulary` is the tokenizer's number of tokens.

    Raises: DataError for prompts that share an id, and for a base model that was asked others.
    """
    check_ids(NAME, [one.id for one in drawn])
    if not drawn:
        return skipped(NAME, "There is no open prompt: where one answer is right, answers should be alike.")
    if base and {one.id for one in base} != {one.id for one in drawn}:
        raise DataError(
            f"probe {NAME}",
            expected="the same prompts on checkpoint and base model",
            got=f"{len(drawn)} and {len(base)} prompts",
            next_move="Ask both the same",
        )
    theirs = {one.id: one for one in base}
    ratios = {name: found for name in DECISIVE if (found := _ratio(drawn, theirs, _measures(vocabulary)[name]))}
    numbers: dict[str, Any] = {
        name: {"checkpoint": _mean(drawn, number), "base": _mean(base, number)}
        for name, number in _measures(vocabulary).items()
    }
    numbers |= {"ratios": {name: as_json(found) for name, found in ratios.items()}, "num_prompts": len(drawn)}
    if not ratios:
        few = f"{len(drawn)} open prompts of the checkpoint and {len(base)} of its base model have several answers"
        return inconclusive(NAME, f"Too little data: {few}; {MIN_PROMPTS} of both are needed.", numbers)
    verdicts = {name: verdict_of(found) for name, found in ratios.items()}
    return ProbeResult(NAME, worst(list(verdicts.values())), _sentence(ratios, who), numbers)


def compare(a: Sequence[Drawn], b: Sequence[Drawn]) -> ProbeDifference:
    """Compare the effective number of answers to a prompt on two checkpoints.

    Raises: NotComparableError for different prompts.
    """
    check_same(NAME, [one.id for one in a], [one.id for one in b])
    sides = [{one.id: ngram_vendi(one.answers) for one in side if _is_enough(one)} for side in (a, b)]
    return compare_means(NAME, "effective answers to a prompt", *sides, margin=MARGIN_ANSWERS, lower_is_better=False)


def verdict_of(ratio: Estimate) -> ProbeVerdict:
    """Return the verdict on one measure's ratio to the base model's; 1 is as diverse."""
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return "inconclusive"
    if ratio.high < FAIL_RATIO:
        return "fail"
    if ratio.high < WARN_RATIO:
        return "warn"
    return "pass" if ratio.low > FAIL_RATIO and ratio.value >= WARN_RATIO else "inconclusive"


def _measures(vocabulary: int) -> dict[str, Measure]:
    return {
        "ead_1": lambda one: expected_distinct(one.answers, 1, vocabulary),
        "ead_2": lambda one: expected_distinct(one.answers, 2, vocabulary),
        "ead_3": lambda one: expected_distinct(one.answers, 3, vocabulary),
        "distinct_2": lambda one: distinct(one.answers, 2),
        "vendi": lambda one: ngram_vendi(one.answers) if _is_enough(one) else None,
        "first_token_entropy_nats": lambda one: first_token_entropy(one.answers),
    }


def _ratio(drawn: Sequence[Drawn], base: dict[str, Drawn], number: Measure) -> Estimate | None:
    """Return mean over mean, over prompts that both answered often enough."""
    both = [(one, base[one.id]) for one in drawn if one.id in base and _is_enough(one) and _is_enough(base[one.id])]
    pairs = [
        (a, b) for a, b in ((number(one), number(other)) for one, other in both) if a is not None and b is not None
    ]
    if len(pairs) < MIN_PROMPTS:
        return None
    over, under = np.array(pairs, dtype=np.float64).T
    interval = ratio_of_means(over, under)
    return None if interval is None else estimate(float(over.mean() / under.mean()), interval, len(pairs))


def _is_enough(one: Drawn) -> bool:
    return len(one.answers) >= MIN_ANSWERS


def _mean(drawn: Sequence[Drawn], number: Measure) -> float | None:
    found = [value for one in drawn if (value := number(one)) is not None]
    return float(np.mean(found)) if found else None


def _sentence(ratios: dict[str, Estimate], who: str) -> str:
    words = {"ead_2": "distinct pairs of tokens", "vendi": "effective answers to a prompt"}
    parts = [
        f"{found.value or 0.0:.2f} times as many {words[name]} {evidence(found)}" for name, found in ratios.items()
    ]
    return f"{who} has {' and '.join(parts)} as its base model."
