"""One task of constraints in, how its instructions were followed out: by part, and by our rules against the published.

Every answer is scored by both rules; the task's deciding metric says whose count. What a repair changes is counted over
the verdicts that both rules have: a published one is missing where it is random, or where its data is not installed.
Does not know how a constraint is checked. Source: IFEval, Zhou et al. 2023, section 2.2 (pooling).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sfteval.compare.parts import Judged, Verdicts, all_parts
from sfteval.scorers.breakdown import MODES, Shares, lm_eval_table, share_of, verdicts_of, whole_prompt
from sfteval.scorers.repairs import repair_of
from sfteval.types import InstructionComparison, Pair, Repair, RuleDelta, Task

REFERENCE = "_reference"
PUBLISHED = ("strict_reference", "loose_reference")


def compare_instructions(task: Task, pairs: Sequence[Pair], seed: int) -> InstructionComparison:
    """Compare how both sides followed the instructions of one task; answers that transport lost are left out."""
    answered = (Judged(pair, verdicts_of(pair.baseline), verdicts_of(pair.candidate)) for pair in pairs)
    judged = [one for one in answered if one.baseline and one.candidate]  # what transport lost has no verdicts
    by_both = [one for one in judged if one.has(*PUBLISHED)]
    mode = _deciding_mode(task)
    suffix = REFERENCE if mode.endswith(REFERENCE) else ""
    counts = _disagreements(judged, mode.removesuffix(REFERENCE))
    missing = _without_reference(judged)
    prompts = {one.pair.sample.id for one in judged}
    return InstructionComparison(
        task=task.name,
        rules="reference" if suffix else "fixed",
        mode=mode,
        num_prompts=len(prompts),
        num_without_reference=len({one.pair.sample.id for one in judged if not one.has(*PUBLISHED)}),
        without_reference=dict(sorted(missing.items(), key=lambda item: (-item[1], item[0]))),
        num_judged=sum(repair.n for repair in counts),
        parts=all_parts(by_both if suffix else judged, mode, suffix, seed),
        deltas=tuple(_deltas(by_both)),
        repairs=tuple(sorted(filter(_changed, counts), key=lambda repair: (-_changed(repair), repair.id))),
        papers={"fixed": _papers(judged), "reference": _papers(by_both, reference=True)},
    )


def left_out(compared: InstructionComparison) -> str | None:
    """Return how many prompts do not count where the published rules decide; None: all do."""
    if compared.rules == "fixed" or not compared.num_without_reference:
        return None
    return (
        f"{compared.task}: {compared.num_without_reference:,} of {compared.num_prompts:,} prompts have no published "
        "verdict and are left out on both sides"
    )


def _deciding_mode(task: Task) -> str:
    """Return the mode of the first metric that gates, else of the first: `prompt_strict` is counted by `strict`."""
    gating = [name for name in task.metrics if name in task.gating]
    deciding = next(iter((*gating, *task.metrics)), "")
    mode = deciding.partition("_")[2]
    return mode if mode in MODES else MODES[0]


def _deltas(judged: Sequence[Judged]) -> Iterator[RuleDelta]:
    """Yield prompt level and pooled instruction level, strict and loose, by both rules."""
    a, b = (_levels([getattr(one, side) for one in judged]) for side in ("baseline", "candidate"))
    for level in a if judged else ():
        for how in ("strict", "loose"):
            ours, theirs = ([getattr(side[level], name) for side in (a, b)] for name in (how, how + REFERENCE))
            yield RuleDelta(
                metric=f"{level}_{how}",
                n=a[level].num,
                baseline=ours[0],
                baseline_reference=theirs[0],
                baseline_delta=ours[0] - theirs[0],
                candidate=ours[1],
                candidate_reference=theirs[1],
                candidate_delta=ours[1] - theirs[1],
            )


def _levels(verdicts: Sequence[Verdicts]) -> dict[str, Shares]:
    return {
        "prompt": share_of([whole_prompt(each) for each in verdicts]),
        "pooled": share_of([verdict for each in verdicts for verdict in each]),
    }


def _disagreements(judged: Sequence[Judged], how: str) -> list[Repair]:
    """Return for each id how often only one of the two rules passes an answer, on either side."""
    counts: dict[str, Counter[str]] = {}
    for one in judged:
        for a, b in zip(one.baseline, one.candidate, strict=True):
            if a[how + REFERENCE] is None or b[how + REFERENCE] is None:
                continue
            count = counts.setdefault(a["id"], Counter())
            count["n"] += 1
            count[f"baseline_{_disagreement(a, how)}"] += 1
            count[f"candidate_{_disagreement(b, how)}"] += 1
    return [
        Repair(
            id=name,
            sentence=repair_of(name),
            n=count["n"],
            baseline_gained=count["baseline_gained"],
            baseline_lost=count["baseline_lost"],
            candidate_gained=count["candidate_gained"],
            candidate_lost=count["candidate_lost"],
        )
        for name, count in counts.items()
    ]


def _disagreement(verdict: Mapping[str, Any], how: str) -> str:
    ours, theirs = verdict[how], verdict[how + REFERENCE]
    return "none" if ours == theirs else "gained" if ours else "lost"


def _changed(repair: Repair) -> int:
    return repair.baseline_gained + repair.baseline_lost + repair.candidate_gained + repair.candidate_lost


def _without_reference(judged: Sequence[Judged]) -> Counter[str]:
    """Count the instructions without a published verdict on either side, by id; each once, whatever the samples."""
    missing = {
        (one.pair.sample.id, position, a["id"])
        for one in judged
        for position, sides in enumerate(zip(one.baseline, one.candidate, strict=True))
        for a in sides
        if any(a[mode] is None for mode in PUBLISHED)
    }
    return Counter(name for _, _, name in missing)


def _papers(judged: Sequence[Judged], *, reference: bool = False) -> dict[str, Any]:
    """Return the four figures under lm-eval's names, for both sides, and over how many answers they are."""
    sides = {side: [getattr(one.pair, side) for one in judged] for side in ("baseline", "candidate")}
    return {"n": len(judged)} | {side: lm_eval_table(scores, reference=reference) for side, scores in sides.items()}
