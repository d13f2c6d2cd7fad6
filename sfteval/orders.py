"""The stages of `pipeline` in two other orders: in rounds until the gate has decided, and seed by seed of training.

Like `pipeline` it knows the order and nothing else; what a round asks is `rounds`', what figures hold after it is
`compare`'s. An interrupted call goes on with the same rounds, for they follow from the seed, the suites and the scores.
Brings pandas and scipy.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from sfteval.backends import held_open, open_backends
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.compare import compare_seeds, compare_so_far, with_seeds
from sfteval.contract.watch import own_answers
from sfteval.gate import decide
from sfteval.judging.verdict import check_judges
from sfteval.pipeline import ComparePlan, both, run
from sfteval.preflight import check_contracts, load_suites, named_apart, rehearse, seeds_of
from sfteval.probing.compared import with_probes
from sfteval.progress import Progress, silent_progress
from sfteval.provenance import run_key, run_path, with_context
from sfteval.rounds import Asked, first_round, next_round, with_early_stop
from sfteval.rules import gated, with_tasks
from sfteval.scorers.rules import by_rules
from sfteval.types import Comparison, Suite


async def compare_until_decided(plan: ComparePlan, progress: Progress) -> Comparison:
    """Ask both checkpoints the same prompts in rounds and compare after each, until every gating metric is decided."""
    a, b = checkpoints = named_apart(
        with_overrides(resolve_checkpoint(plan.baseline), dict(plan.baseline_set)),
        with_overrides(resolve_checkpoint(plan.candidate), dict(plan.candidate_set)),
    )
    golden = {name: rule.golden for name, rule in (plan.rules.tasks or {}).items()}
    asked = first_round(_suites(plan), seed=plan.run.seed, golden=golden)
    check_contracts(checkpoints, allow_drift=plan.run.allow_template_drift)
    asking = [checkpoint for checkpoint in checkpoints if checkpoint.kind != "scores"]
    async with (
        open_backends(asking, plan.run.backend, plan.run.serving) as opened,
        held_open(opened, asking) as backends,
    ):
        for checkpoint in asking:
            path = run_path(checkpoint, plan.run.runs)
            await rehearse(checkpoint, backends, asked.whole, path, seed=plan.run.seed)
        if not backends.together:
            progress.say("the two cannot be open at the same time: each round opens both anew")
        together = backends.together and run_key(a) != run_key(b)
        num_own, started = [0, 0], time.monotonic()
        following: Asked | None = asked
        while following is not None:
            asked = following
            progress.say(asked.said())
            left = replace(plan.run, policy=plan.run.policy.after(time.monotonic() - started))
            added = await both(
                run(a, backends, asked.added, left, progress),
                run(b, backends, asked.added, left, progress),
                together=together,
            )
            num_own = [num + own_answers(one.settings) for num, one in zip(num_own, added, strict=True)]
            runs = await both(  # nothing is owed any more: all that was asked so far, scored as one run
                run(a, backends, asked.suites, left, silent_progress(), num_own=num_own[0]),
                run(b, backends, asked.suites, left, silent_progress(), num_own=num_own[1]),
                together=together,
            )
            with progress.stage("comparing"):
                compared = compare_so_far(*runs, asked, seed=plan.run.seed, alpha=plan.rules.alpha)
                comparison = _decided(compared, asked.suites, plan)
            following = next_round(asked, comparison)
    policy, seed = plan.run.policy, plan.run.seed
    stopped = with_early_stop(comparison, asked, prices=(policy.input_price, policy.output_price))
    return await with_probes(stopped, asked.suites, plan.probing, progress, seed=seed, alpha=plan.rules.alpha)


async def compare_recipes(plan: ComparePlan, progress: Progress) -> Comparison:
    """Ask and score every seed of both recipes, one after the other, then compare the recipes and decide."""
    baseline = seeds_of(plan.baseline, plan.baseline_set)
    candidate = seeds_of(plan.candidate, plan.candidate_set)
    checkpoints, suites = (*baseline, *candidate), _suites(plan)
    check_contracts(checkpoints, allow_drift=plan.run.allow_template_drift)
    async with open_backends(checkpoints, plan.run.backend, plan.run.serving) as backends:
        for checkpoint in checkpoints:
            await rehearse(checkpoint, backends, suites, run_path(checkpoint, plan.run.runs), seed=plan.run.seed)
        runs = [await run(checkpoint, backends, suites, plan.run, progress) for checkpoint in checkpoints]
    a, b = runs[: len(baseline)], runs[len(baseline) :]
    with progress.stage("comparing"):
        compared = compare_seeds(a, b, seed=plan.run.seed, alpha=plan.rules.alpha)
        return with_seeds(_decided(compared, suites, plan), a, b)


def _suites(plan: ComparePlan) -> tuple[Suite, ...]:
    loaded = load_suites(plan.run.suites, limit=plan.run.limit, samples=plan.run.samples)
    suites = with_tasks(gated(by_rules(loaded, plan.run.scorer_mode), plan.rules), plan.run.tasks)
    check_judges(plan.judging, suites)
    return suites


def _decided(compared: Comparison, suites: Sequence[Suite], plan: ComparePlan) -> Comparison:
    told = with_context(compared, suites, command=plan.command, seed=plan.run.seed, limit=plan.run.limit)
    return decide(told, plan.rules)
