"""Scores of constraints in, shares out: per instruction id, per group, per number of instructions, and pooled.

Instruction level is pooled: all instructions of all answers, each counted once, as published. An answer that was
truncated or empty followed nothing; one that transport lost is not counted. Shares of one prompt's instructions hang
together, so that nothing here has an interval: the unit of inference is the prompt.
Source: IFEval, Zhou et al. 2023, section 2.2; lm-eval 0.4.13 for the names of the four metrics.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sfteval.types import Outcome, Score

MODES = ("strict", "loose", "strict_reference", "loose_reference")
LM_EVAL_NAMES = ("prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc")
Key = TypeVar("Key", str, int)


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of `num` were followed in each mode, as shares; None where one of them has no verdict."""

    num: int
    strict: float | None
    loose: float | None
    strict_reference: float | None
    loose_reference: float | None


def by_instruction(scores: Iterable[Score]) -> dict[str, Shares]:
    """Return the shares of each instruction id, over all instructions that bear it."""
    return _shares((entry["id"], entry) for score in scores for entry in verdicts_of(score))


def by_group(scores: Iterable[Score]) -> dict[str, Shares]:
    """Return the shares of each group of ids, what stands before the colon."""
    return _shares((entry["id"].partition(":")[0], entry) for score in scores for entry in verdicts_of(score))


def by_number(scores: Iterable[Score]) -> dict[int, Shares]:
    """Return the shares of prompts followed in full, by how many instructions a prompt has."""
    return _shares((len(entries), whole_prompt(entries)) for entries in map(verdicts_of, scores) if entries)


def pooled(scores: Iterable[Score]) -> Shares:
    """Return the shares of all instructions together."""
    return share_of([entry for score in scores for entry in verdicts_of(score)])


def prompts(scores: Iterable[Score]) -> Shares:
    """Return the shares of prompts followed in full."""
    return share_of([whole_prompt(entries) for entries in map(verdicts_of, scores) if entries])


def lm_eval_table(scores: Iterable[Score], *, reference: bool = False) -> dict[str, float | None]:
    """Return the four figures of IFEval under lm-eval's names, by our rules or by the published ones."""
    kept = list(scores)
    whole, each = prompts(kept), pooled(kept)
    if reference:
        figures = (whole.strict_reference, each.strict_reference, whole.loose_reference, each.loose_reference)
    else:
        figures = (whole.strict, each.strict, whole.loose, each.loose)
    return dict(zip(LM_EVAL_NAMES, figures, strict=True))


def without_masked(scores: Iterable[Score]) -> Iterator[Score]:
    """Yield the scores of prompts without a known defect."""
    return (score for score in scores if "masked" not in score.detail)


def verdicts_of(score: Score) -> list[Mapping[str, Any]]:
    """Return the verdicts on one answer's instructions; all false where the answer is none."""
    entries: list[Mapping[str, Any]] = list(score.detail.get("instructions", ()))
    if score.outcome is Outcome.OK:
        return entries
    return [{**entry, **{mode: None if entry[mode] is None else False for mode in MODES}} for entry in entries]


def whole_prompt(entries: Sequence[Mapping[str, Any]]) -> dict[str, bool | None]:
    """Return the verdicts on a whole prompt: every instruction followed; None where one of them has no verdict."""
    return {
        mode: None if any(entry[mode] is None for entry in entries) else all(entry[mode] for entry in entries)
        for mode in MODES
    }


def _shares(named: Iterable[tuple[Key, Mapping[str, Any]]]) -> dict[Key, Shares]:
    verdicts: dict[Key, list[Mapping[str, Any]]] = {}
    for key, entry in named:
        verdicts.setdefault(key, []).append(entry)
    return {key: share_of(verdicts[key]) for key in sorted(verdicts)}


def share_of(entries: Sequence[Mapping[str, Any]]) -> Shares:
    """Return how many of these verdicts are true, in each mode."""
    followed: dict[str, float | None] = {}
    for mode in MODES:
        verdicts = [entry[mode] for entry in entries]
        followed[mode] = sum(verdicts) / len(verdicts) if verdicts and None not in verdicts else None
    return Shares(len(entries), **followed)
