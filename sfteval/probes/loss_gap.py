"""Are training answers likelier than held-out ones, beyond what the base model makes of them? Low loss is a warning.

In: scored answers of both splits; out: losses a token, their gap, and the difference in differences against the base
(mean over training items of nll_base - nll, less the same over held-out items), by Welch's t: the splits are drawn
apart, the two models' losses of one item stay together. Answer and think spans apart; the answer decides, the thought
can only make it worse. A low loss on both splits is an easy task and fails nobody.
Source: research on probes, A1 and A3-P1; counterfactual memorisation, Zhang et al. 2021, arXiv 2112.12938. The lines
are our defaults.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from sfteval.errors import DataError
from sfteval.probes.pairs import check_same, compare_gaps
from sfteval.probes.saying import MIN_ITEMS, as_json, check_ids, evidence, inconclusive, skipped, worst
from sfteval.probes.splits import SPLITS, Value, gap_of, mean_of, smaller_split, values_of
from sfteval.types import (
    Estimate,
    Json,
    ProbeDifference,
    ProbeResult,
    ProbeVerdict,
    ScoredItem,
    Span,
    TokenScores,
)

NAME = "loss_gap"
FAIL_NATS, WARN_NATS = 0.20, 0.05  # a token, of the difference in differences
LOW_LOSS_NATS, HIGH_RATIO = 0.10, 2.0  # together: training answers are known by heart, held-out ones are not
CERTAIN = 0.99  # probability of a token
MARGIN_NATS = 0.05  # two checkpoints that differ by less tie
SpanName = Literal["answer", "think"]


def probe(items: Sequence[ScoredItem], who: str = "The checkpoint") -> ProbeResult:
    """Say whether training answers are too likely.

    Raises: DataError for items that share an id, and for spans whose tokens the base model does not have.
    """
    check_ids(NAME, [item.id for item in items])
    nlls = values_of(items, lambda item: nll(item.answer))
    if not nlls:
        return skipped(NAME, "No answer has log probabilities: the backend cannot tell them, or no data was given.")
    answer, think = _measured(items, "answer"), _measured(items, "think")
    numbers = {"answer": answer, "think": think, "num_left_out": len(items) - len(nlls)}
    if smaller_split(nlls) < MIN_ITEMS:
        few = f"{smaller_split(nlls)} scored answers in the smaller split; at least {MIN_ITEMS} are needed."
        return inconclusive(NAME, f"Too little data: {few}", numbers)
    verdict, sentence = _judged(items, "answer", who)
    thought, thought_sentence = _judged(items, "think", who) if think else ("skipped", "")
    if thought in ("warn", "fail") and worst([verdict, thought]) != verdict:
        verdict, sentence = thought, thought_sentence
    return ProbeResult(NAME, verdict, sentence, numbers)


def compare(a: Sequence[ScoredItem], b: Sequence[ScoredItem]) -> ProbeDifference:
    """Compare the differences in differences of two checkpoints; the losses' gaps where a base is missing.

    Raises: NotComparableError for different items.
    """
    check_same(NAME, [item.id for item in a], [item.id for item in b])
    if all(item.answer.base is not None for item in (*a, *b)):
        sides = [values_of(side, lambda item: gain(item.answer)) for side in (a, b)]
        return compare_gaps(NAME, "gain over the base, train - held-out (nats a token)", *sides, margin=MARGIN_NATS)
    sides = [values_of(side, lambda item: _minus(nll(item.answer))) for side in (a, b)]
    return compare_gaps(NAME, "log probability, train - held-out (nats a token)", *sides, margin=MARGIN_NATS)


def nll(span: Span) -> float | None:
    """Return the mean negative log probability of a span's tokens, in nats; None where it is not known."""
    return -float(np.mean(span.model.logprobs)) if is_known(span.model) else None


def is_known(scores: TokenScores | None) -> bool:
    """Tell whether there are tokens and each has a finite log probability."""
    return scores is not None and bool(scores.logprobs) and all(map(math.isfinite, scores.logprobs))


def gain(span: Span) -> float | None:
    """Return by how many nats a token the checkpoint holds a span likelier than the base model does.

    Raises: DataError where the base model's tokens are not the same.
    """
    if span.base is None or not is_known(span.model) or not is_known(span.base):
        return None
    if len(span.base.logprobs) != len(span.model.logprobs):
        raise DataError(
            "a scored span",
            expected="the same tokens on checkpoint and base model",
            got=f"{len(span.model.logprobs)} and {len(span.base.logprobs)}",
            next_move="Render both with one tokenizer and one template",
        )
    return float(np.mean(span.model.logprobs) - np.mean(span.base.logprobs))


def base_nll(span: Span) -> float | None:
    """Return the base model's mean negative log probability of a span that both models scored; None otherwise."""
    gained, own = gain(span), nll(span)
    return None if gained is None or own is None else own + gained


def verdict_of(did: Estimate | None, gap: Estimate | None, nll_train: float, nll_held_out: float) -> ProbeVerdict:
    """Return the verdict; `did` and `gap` (held-out - train) are in nats a token, None where they cannot be given."""
    by_heart = nll_train < LOW_LOSS_NATS <= nll_held_out and nll_held_out > HIGH_RATIO * nll_train
    if by_heart and gap is not None and (gap.low or 0.0) > 0.0:
        return "fail"
    if did is None or did.low is None or did.high is None or did.value is None:
        return "inconclusive"
    if did.low > FAIL_NATS:
        return "fail"
    if did.low > 0.0 and did.value > WARN_NATS:
        return "warn"
    return "pass" if did.high < WARN_NATS else "inconclusive"


def _judged(items: Sequence[ScoredItem], name: SpanName, who: str) -> tuple[ProbeVerdict, str]:
    nlls, did, gap = _estimates(items, name)
    train, held_out = mean_of(nlls, "train") or 0.0, mean_of(nlls, "held_out") or 0.0
    verdict = verdict_of(did, gap, train, held_out)
    what = "answers" if name == "answer" else "thoughts"
    losses = f"{who} has {train:.2f} nats a token on training {what}, {held_out:.2f} on held-out ones"
    if did is None or did.value is None:
        sure = "" if gap is None else f" {evidence(gap)}"
        return verdict, f"{losses}{sure}; without a base model nobody knows which are simply harder."
    more = "more" if did.value >= 0 else "less"
    return verdict, f"{losses}; training gained {abs(did.value):.2f} {more} over the base model {evidence(did)}."


def _estimates(
    items: Sequence[ScoredItem], name: SpanName
) -> tuple[tuple[Value, ...], Estimate | None, Estimate | None]:
    """Return the losses, the difference in differences, and the gap held-out - train."""
    nlls = values_of(items, lambda item: _of(item, name, nll))
    gains = values_of(items, lambda item: _of(item, name, gain))
    return nlls, gap_of(gains), gap_of([value._replace(number=-value.number) for value in nlls])


def _measured(items: Sequence[ScoredItem], name: SpanName) -> Json:
    """Return every number of one span; empty where no item has the span."""
    nlls, did, gap = _estimates(items, name)
    if not nlls:
        return {}
    train, held_out = (mean_of(nlls, split) for split in SPLITS)
    base = values_of(items, lambda item: _of(item, name, base_nll))
    found: dict[str, Any] = {
        "num_train": sum(value.split == "train" for value in nlls),
        "num_held_out": sum(value.split == "held_out" for value in nlls),
        "nll_train": train,
        "nll_held_out": held_out,
        **{f"nll_base_{split}": mean_of(base, split) for split in SPLITS},
        "ratio": held_out / train if train and held_out is not None else None,
        "gap": as_json(gap),
        "difference_in_differences": as_json(did),
        "share_certain_train": _share_certain(items, name),
    }
    if name == "answer":
        bits = values_of(items, bits_per_character)
        found |= {f"bits_per_character_{split}": mean_of(bits, split) for split in SPLITS}
    return found


def bits_per_character(item: ScoredItem) -> float | None:
    """Return an answer's information in bits a character, which tokenizers and formats share; None without text."""
    if not item.text or not is_known(item.answer.model):
        return None
    return -math.fsum(item.answer.model.logprobs) / math.log(2.0) / len(item.text)


def _share_certain(items: Sequence[ScoredItem], name: SpanName) -> float | None:
    spans = [item.answer if name == "answer" else item.think for item in items if item.split == "train"]
    logprobs = [value for span in spans if span is not None for value in span.model.logprobs]
    return float(np.mean(np.asarray(logprobs) > math.log(CERTAIN))) if logprobs else None


def _of(item: ScoredItem, name: SpanName, number: Callable[[Span], float | None]) -> float | None:
    span = item.answer if name == "answer" else item.think
    return None if span is None else number(span)


def _minus(value: float | None) -> float | None:
    return None if value is None else -value
