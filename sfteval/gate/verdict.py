"""Gating metrics in, one Verdict out, each from one interval.

pass: the interval lies above -margin (non-inferior). regress: it lies below zero after Holm, and does not pass.
Anything else is inconclusive, with the number of prompts that would decide. All gating metrics must pass for a pass
(an intersection-union test, no correction needed); one that regresses is enough (Holm over all of them).
Golden samples that are lost are a regression however the metrics stand.
Prompts with a known defect count; beside the verdict stands what it would be without them, by the same rule.
Does not know how the interval was made. Source: research/judge_and_statistics.md 3.7-3.8.
"""

from dataclasses import replace

from sfteval.gate.golden import golden_guards
from sfteval.gate.headline import headline
from sfteval.gate.validity import invalid_tasks, one_sided
from sfteval.rules import STANDARD, Rules
from sfteval.stats import holm, num_prompts_decisive
from sfteval.types import Comparison, Finding, Guard, MetricComparison, Sensitivity, Verdict


def decide(comparison: Comparison, rules: Rules = STANDARD) -> Comparison:
    """Return the comparison with a verdict for every gating metric and guard, one for all, and its headline."""
    guarded = replace(comparison, guards=tuple(golden_guards(comparison, rules)))
    decided = _with_verdicts(guarded, rules)
    if comparison.sensitivity is not None:
        decided = replace(decided, sensitivity=_without_masked(guarded, comparison.sensitivity, rules))
    if record := rules.record():
        decided = replace(decided, reproduce={**decided.reproduce, "gate": record})
    return replace(decided, headline=headline(decided, _reasons(guarded, rules)))


def _with_verdicts(comparison: Comparison, rules: Rules) -> Comparison:
    invalid, partial = invalid_tasks(comparison, rules.max_missing), _partial(comparison, rules)
    adjusted = _holm(comparison)
    metrics = tuple(
        _decided(metric, adjusted, metric.task in invalid or partial.get(metric) is not None, rules)
        for metric in comparison.metrics
    )
    reasons = _reasons(comparison, rules)
    reasons.extend(guard.said for guard in comparison.guards if guard.verdict is not Verdict.PASS)
    verdict = overall(metrics, comparison.guards, nothing=len(invalid) == len(comparison.outcomes))
    return replace(comparison, metrics=metrics, warnings=(*comparison.warnings, *reasons), verdict=verdict)


def _partial(comparison: Comparison, rules: Rules) -> dict[MetricComparison, str | None]:
    """Return, for each gating metric, why too many prompts have its value on one side only; None: they have not."""
    gating = (metric for metric in comparison.metrics if metric.gating)
    return {metric: one_sided(metric, comparison.pairs, rules.max_missing) for metric in gating}


def _reasons(comparison: Comparison, rules: Rules) -> list[str]:
    """Return why figures mean nothing, task by task, then metric by metric."""
    invalid = invalid_tasks(comparison, rules.max_missing)
    return [
        *(f"{task}: {reason}" for task, reason in sorted(invalid.items())),
        *(f"{metric.task}: {reason}" for metric, reason in _partial(comparison, rules).items() if reason),
    ]


def _without_masked(comparison: Comparison, sensitivity: Sensitivity, rules: Rules) -> Sensitivity:
    """Decide once more over the other prompts; tasks without masked prompts stand as they are, in Holm's family too.

    How many answers are missing is asked of the whole run.
    """
    others = {(metric.task, metric.metric): metric for metric in sensitivity.metrics}
    metrics = tuple(others.get((metric.task, metric.metric), metric) for metric in comparison.metrics)
    pairs = tuple(pair for pair in comparison.pairs if pair.sample.id not in sensitivity.masked.get(pair.task, {}))
    decided = _with_verdicts(replace(comparison, metrics=metrics, pairs=pairs), rules)
    kept = tuple(metric for metric in decided.metrics if (metric.task, metric.metric) in others)
    return replace(sensitivity, metrics=kept, verdict=decided.verdict)


def _holm(comparison: Comparison) -> dict[tuple[str, str], float]:
    gating = [metric for metric in comparison.metrics if metric.gating and metric.p_regress is not None]
    values = holm([metric.p_regress for metric in gating if metric.p_regress is not None])
    return {(metric.task, metric.metric): value for metric, value in zip(gating, values, strict=True)}


def _decided(
    metric: MetricComparison, adjusted: dict[tuple[str, str], float], invalid: bool, rules: Rules
) -> MetricComparison:
    if invalid or metric.n == 0:
        verdict = Verdict.NOT_COMPARABLE if metric.gating else None
        return replace(metric, verdict=verdict, finding=Finding.NOT_SHOWN, n_needed=None)
    if not metric.gating:
        return replace(metric, n_needed=_more_needed(metric, rules))
    p_adjusted = adjusted.get((metric.task, metric.metric))
    verdict = _verdict(metric, p_adjusted, rules)
    needed = None  # a decided metric needs no more prompts
    if verdict is Verdict.INCONCLUSIVE and metric.n_needed is not None:
        needed = max(_needed(metric, rules), rules.min_n)
    return replace(metric, verdict=verdict, p_adjusted=p_adjusted, n_needed=needed)


def _more_needed(metric: MetricComparison, rules: Rules) -> int | None:
    """Return the prompts that would show something where nothing is shown; None: prompts are not what is missing."""
    if metric.finding is not Finding.NOT_SHOWN or metric.n_needed is None:
        return None
    needed = _needed(metric, rules)
    return needed if needed > metric.n else None


def _needed(metric: MetricComparison, rules: Rules) -> int:
    """Return the prompts that would decide: of two equal sides, or, where so many did not, of two this far apart."""
    assert metric.n_needed is not None
    if metric.n_needed > metric.n or None in (metric.difference, metric.gate_ci_low, metric.gate_ci_high):
        return metric.n_needed
    assert metric.difference is not None
    assert metric.gate_ci_low is not None
    assert metric.gate_ci_high is not None
    half_width = (metric.gate_ci_high - metric.gate_ci_low) / 2.0
    reach = abs(metric.margin + metric.difference)
    return max(metric.n_needed, num_prompts_decisive(half_width, metric.n, reach, rules.alpha) or 0)


def _verdict(metric: MetricComparison, p_adjusted: float | None, rules: Rules) -> Verdict:
    if metric.n < rules.min_n or metric.gate_ci_low is None or metric.gate_ci_high is None:
        return Verdict.INCONCLUSIVE
    if metric.gate_ci_low > -metric.margin:
        return Verdict.PASS
    shown = p_adjusted is not None and p_adjusted < rules.alpha
    beyond = rules.regress_when == "worse" or metric.gate_ci_high < -metric.margin
    return Verdict.REGRESS if shown and beyond else Verdict.INCONCLUSIVE


def overall(metrics: tuple[MetricComparison, ...], guards: tuple[Guard, ...], *, nothing: bool) -> Verdict:
    """Return the worst that can be said; with nothing to gate on, nothing is passed."""
    if nothing:
        return Verdict.NOT_COMPARABLE
    verdicts = {metric.verdict for metric in metrics if metric.gating} | {guard.verdict for guard in guards}
    for verdict in (Verdict.NOT_COMPARABLE, Verdict.REGRESS, Verdict.INCONCLUSIVE, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.INCONCLUSIVE
