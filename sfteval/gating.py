"""A plan in, a decided Comparison out, whose regressions were asked for twice where that is wanted.

What regresses is asked again with fresh answers: other seeds, and a run folder of its own under `confirm`, so that a
stored first stage stays as it is and an interrupted second one goes on where it was. Does not know what two stages say
together; that is the gate's.
"""

from dataclasses import replace

from sfteval.identity import content_hash
from sfteval.pipeline import ComparePlan, compare_checkpoints
from sfteval.probing.plan import NO_PROBES
from sfteval.progress import Progress
from sfteval.types import Comparison, Verdict


async def gate_checkpoints(plan: ComparePlan, progress: Progress, *, confirm: int = 0) -> Comparison:
    """Compare and decide; with `confirm`, a regression stands if so many fresh answers to each prompt show it again."""
    first = await compare_checkpoints(plan, progress)
    if not confirm or first.verdict is not Verdict.REGRESS:
        return first
    from sfteval.gate import cannot_confirm, confirmed, rules_again, with_note  # here: they bring scipy

    if reason := cannot_confirm(first):
        return with_note(first, reason)
    rules = rules_again(first, plan.rules)
    again = replace(
        plan.run,
        tasks=tuple(rules.tasks or ()),
        samples=confirm,
        runs=plan.run.runs / "confirm",
        seed=fresh_seed(plan.run.seed),
    )
    unprobed = replace(plan, run=again, rules=rules, probing=NO_PROBES, save_baseline=None)
    second = await compare_checkpoints(unprobed, progress)
    return confirmed(first, second, confirm)


def fresh_seed(seed: int) -> int:
    """Return another seed, always the same one: a gate that is called again asks nothing twice."""
    return int(content_hash(["confirm", seed])[:7], 16)
