"""Does the training format leak into answers that did not ask for it?

In: raw replies to prompts that look like nothing in the training data, of the checkpoint and of its base model; out:
the rate of each mark (`leaks`), with Wilson's interval, and what it is more than the base model's, with Tango's. The
worst mark decides. Without a base model the rates stand for themselves.
Source: research on probes, A3-P6. The lines are our defaults.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.errors import DataError
from sfteval.probes.leaks import Marks, marks_of
from sfteval.probes.pairs import check_same, compare_means
from sfteval.probes.saying import (
    SEVERITY,
    as_json,
    check_ids,
    estimate,
    evidence,
    inconclusive,
    percent,
    skipped,
    worst,
)
from sfteval.stats import wilson_interval
from sfteval.stats.binary import tango_interval
from sfteval.types import Estimate, Json, ProbeDifference, ProbeResult, ProbeVerdict, Reply

NAME = "format_leak"
WARN_RATE, FAIL_RATE = 0.01, 0.05  # more than the base model's
MIN_REPLIES = 20  # that a mark applies to
MARGIN_RATE = 0.05  # two checkpoints that differ by less tie
WORDS = {
    "thinks_when_off": "thinks when told not to",
    "empty_think_when_on": "does not think when told to",
    "json_unasked": "answers in JSON unasked",
    "training_keys": "writes keys of the trained schema unasked",
    "training_opener": "begins as training answers do",
    "no_end": "does not come to an end",
    "role_token": "writes role markers",
    "answer_in_think": "leaves its answer in the thought",
    "other_script": "answers in another script",
}


def probe(
    replies: Sequence[Reply],
    base: Sequence[Reply] = (),
    *,
    openers: frozenset[str] = frozenset(),
    keys: frozenset[str] = frozenset(),
    who: str = "The checkpoint",
) -> ProbeResult:
    """Say whether any mark of the training format shows where it should not.

    Raises: DataError for replies that share an id, and for a base model that was asked other prompts.
    """
    check_ids(NAME, [reply.id for reply in replies])
    if not replies:
        return skipped(NAME, "No prompt from outside the training data was answered.")
    theirs = {reply.id: marks_of(reply, openers, keys) for reply in base}
    own = {reply.id: marks_of(reply, openers, keys) for reply in replies}
    if theirs and set(theirs) != set(own):
        raise DataError(
            f"probe {NAME}",
            expected="the same prompts on checkpoint and base model",
            got=f"{len(set(theirs) ^ set(own))} that only one answered",
            next_move="Ask both the same",
        )
    excesses = {name: found for name in WORDS if (found := excess_of(name, own, theirs)) is not None}
    numbers: dict[str, Any] = {"rates": {name: _rate(name, own) for name in excesses}, "has_base": bool(theirs)}
    numbers["excess"] = {name: as_json(found) for name, found in excesses.items()}
    numbers["by_flag"] = _by_flag(replies, own)
    if not excesses:
        few = f"no mark applies to {MIN_REPLIES} of the {len(replies)} replies."
        return inconclusive(NAME, f"Too little data: {few}", numbers)
    verdicts = {name: verdict_of(found) for name, found in excesses.items()}
    return ProbeResult(NAME, worst(list(verdicts.values())), _sentence(verdicts, excesses, numbers, who), numbers)


def compare(
    a: Sequence[Reply],
    b: Sequence[Reply],
    *,
    openers: frozenset[str] = frozenset(),
    keys: frozenset[str] = frozenset(),
) -> ProbeDifference:
    """Compare the share of replies that show any mark on two checkpoints.

    Raises: NotComparableError for different prompts.
    """
    check_same(NAME, [reply.id for reply in a], [reply.id for reply in b])
    sides = [{reply.id: float(any(marks_of(reply, openers, keys).values())) for reply in side} for side in (a, b)]
    return compare_means(NAME, "share of replies with any leak", *sides, margin=MARGIN_RATE)


def excess_of(name: str, own: Mapping[str, Marks], base: Mapping[str, Marks]) -> Estimate | None:
    """Return one mark's rate less the base model's, over prompts to which it applies; None where they are few."""
    kept = [key for key in own if own[key][name] is not None and (not base or base[key][name] is not None)]
    if len(kept) < MIN_REPLIES:
        return None
    marked = [bool(own[key][name]) for key in kept]
    if not base:
        return estimate(sum(marked) / len(kept), wilson_interval(sum(marked), len(kept)), len(kept))
    before = [bool(base[key][name]) for key in kept]
    gained = sum(now and not then for now, then in zip(marked, before, strict=True))
    lost = sum(then and not now for now, then in zip(marked, before, strict=True))
    return estimate((gained - lost) / len(kept), tango_interval(gained, lost, len(kept)), len(kept))


def verdict_of(excess: Estimate) -> ProbeVerdict:
    """Return the verdict on one mark's excess, in [-1, 1]."""
    if excess.low is None or excess.high is None:
        return "inconclusive"
    if excess.low > FAIL_RATE:
        return "fail"
    if excess.low > WARN_RATE:
        return "warn"
    return "pass" if excess.high < FAIL_RATE else "inconclusive"


def _rate(name: str, own: Mapping[str, Marks]) -> Json:
    marked = [bool(marks[name]) for marks in own.values() if marks[name] is not None]
    interval = wilson_interval(sum(marked), len(marked))
    return {"value": sum(marked) / len(marked), "low": interval.low, "high": interval.high, "n": len(marked)}


def _by_flag(replies: Sequence[Reply], own: Mapping[str, Marks]) -> Json:
    """Return how many replies show each mark, {flag: {mark: {"num", "n"}}}, of those to which it applies."""
    flags = {reply.id: reply.flag for reply in replies}
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for name, marks in own.items():
        for mark, shows in marks.items():
            if shows is not None:
                cell = counts.setdefault(flags[name], {}).setdefault(mark, {"num": 0, "n": 0})
                cell["num"] += shows
                cell["n"] += 1
    return counts


def _sentence(verdicts: Mapping[str, ProbeVerdict], excesses: Mapping[str, Estimate], numbers: Json, who: str) -> str:
    name = max(verdicts, key=lambda one: (SEVERITY.index(verdicts[one]), excesses[one].value or 0.0))
    more = " more than its base model" if numbers["has_base"] else ""
    share, sure = percent(excesses[name].value or 0.0), evidence(excesses[name], shares=True)
    if verdicts[name] == "pass":
        most = f"the most frequent: it {WORDS[name]} in {share} of replies{more} {sure}."
        return f"{who} leaks none of {len(verdicts)} marks of the training format; {most}"
    return f"{who} {WORDS[name]} in {share} of replies{more} {sure}."
