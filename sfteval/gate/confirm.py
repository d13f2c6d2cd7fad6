"""A gate that regresses, asked again: what to ask, whether that can tell anything, and what both stages say together.

The second stage asks for fresh answers to the prompts of the tasks that regress, and holds only what regressed to the
same rules at the same alpha. A regression stands where both stages show it; where the second does not, the verdict is
inconclusive and both are shown. The second estimate is the honest one: the first was chosen for being bad.
False alarms: where both checkpoints answer every prompt alike, the stages are independent and a gate of level alpha
cries wolf with alpha squared. Where they differ prompt by prompt and are equal on average, both stages share the luck
of the prompts: anything up to alpha, never more. A stored baseline is shared in the same way. The price is power: a
true regression has to show twice.
Does not ask. Source: research/judge_and_statistics.md 4 (`--confirm`: pre-registered, both must reject).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sfteval.gate.headline import headline
from sfteval.gate.verdict import overall
from sfteval.rules import Rules, TaskRule
from sfteval.types import Checkpoint, Comparison, Guard, Json, MetricComparison, Verdict

Decided = MetricComparison | Guard
Key = tuple[str, str, str]  # its kind, its task, the metric or the sample

STORED = ("run", "responses", "scores")  # kinds of checkpoints that cannot be asked
FALSE_ALARMS = "at most alpha; alpha squared where both checkpoints answer every prompt alike and both were asked again"


def regressing(comparison: Comparison) -> tuple[str, ...]:
    """Return the tasks that regress, by a metric or by a golden sample."""
    return tuple(dict.fromkeys(one.task for one in _decided(comparison) if one.verdict is Verdict.REGRESS))


def rules_again(comparison: Comparison, rules: Rules) -> Rules:
    """Return rules under which only what regresses decides, by the same alpha and margins."""
    known = rules.tasks or {}
    return replace(rules, tasks={task: _again(comparison, task, known) for task in regressing(comparison)})


def cannot_confirm(comparison: Comparison) -> str:
    """Return why asking again would tell nothing, in one sentence; "": it would."""
    candidate = comparison.candidate
    if candidate.kind in STORED:
        return f"--confirm: {candidate.name} is stored and cannot be asked again; the verdict stands on its answers"
    greedy = [task for task in regressing(comparison) if not _temperature(comparison.candidate_settings, task)]
    if greedy:
        return (
            f"--confirm: {', '.join(greedy)} is asked at temperature 0: the same answers would come again, and "
            "confirming needs sampling; nothing was asked"
        )
    return ""


def with_note(comparison: Comparison, note: str) -> Comparison:
    """Return the comparison with one more thing said."""
    return replace(comparison, warnings=(*comparison.warnings, note))


def confirmed(first: Comparison, second: Comparison, num_samples: int) -> Comparison:
    """Return the first comparison with the verdict that both stages allow; `num_samples` fresh answers to a prompt.

    Where the second could not be made, the first stands: no data is no reason to pass.
    """
    made = second.verdict is not Verdict.NOT_COMPARABLE
    again = {_key(one): one for one in _decided(second)}
    metrics = tuple(_metric(one, again, made=made) for one in first.metrics)
    guards = tuple(_guard(one, again, made=made) for one in first.guards)
    told = list(_told(first, again))
    record = {"samples": num_samples, "made": made, "stages": told, "false_alarms": FALSE_ALARMS}
    both = replace(
        first,
        metrics=metrics,
        guards=guards,
        verdict=overall(metrics, guards, nothing=False),
        warnings=(*first.warnings, *_said(first.baseline, second, num_samples, made=made)),
        reproduce={**first.reproduce, "confirm": record},
    )
    return replace(both, headline=" ".join([headline(both), *map(_sentence, told if made else [])]))


def _again(comparison: Comparison, task: str, known: Mapping[str, TaskRule]) -> TaskRule:
    rule = known.get(task, TaskRule())
    lost = [guard.sample_id for guard in comparison.guards if guard.task == task and guard.verdict is Verdict.REGRESS]
    worse = [one.metric for one in comparison.metrics if one.task == task and one.verdict is Verdict.REGRESS]
    # A golden sample is lost by any gating metric of its task, so that all of them look at it again.
    return replace(rule, gating=rule.gating if lost else tuple(worse), golden=tuple(lost))


def _temperature(settings: Json, task: str) -> float:
    asked = settings.get("sampling", {}).get(task) or {}
    return float(asked.get("temperature") or 0.0)


def _decided(comparison: Comparison) -> list[Decided]:
    return [*comparison.metrics, *comparison.guards]


def _key(one: Decided) -> Key:
    name = one.metric if isinstance(one, MetricComparison) else one.sample_id
    return type(one).__name__, one.task, name


def _stands(one: Decided, again: Mapping[Key, Decided]) -> bool:
    second = again.get(_key(one))
    return second is not None and second.verdict is Verdict.REGRESS


def _metric(one: MetricComparison, again: Mapping[Key, Decided], *, made: bool) -> MetricComparison:
    if one.verdict is not Verdict.REGRESS or not made or _stands(one, again):
        return one
    return replace(one, verdict=Verdict.INCONCLUSIVE)


def _guard(one: Guard, again: Mapping[Key, Decided], *, made: bool) -> Guard:
    if one.verdict is not Verdict.REGRESS or not made or _stands(one, again):
        return one
    return replace(one, verdict=Verdict.INCONCLUSIVE, said=f"{one.said}, and kept when asked again")


def _told(first: Comparison, again: Mapping[Key, Decided]) -> Iterator[dict[str, Any]]:
    """Yield for everything that regressed what each stage showed."""
    for one in _decided(first):
        if one.verdict is Verdict.REGRESS:
            second = again.get(_key(one))
            name = one.metric if isinstance(one, MetricComparison) else f"golden sample {one.sample_id}"
            stages = {"first": _figures(one), "second": _figures(second)}
            yield {"task": one.task, "what": name, "confirmed": _stands(one, again), **stages}


def _figures(one: Decided | None) -> dict[str, Any]:
    if not isinstance(one, MetricComparison):
        return {"verdict": str(one.verdict) if one is not None else None}
    names = ("n", "difference", "gate_ci_low", "gate_ci_high", "p_regress", "p_adjusted")
    return {name: getattr(one, name) for name in names} | {"verdict": str(one.verdict) if one.verdict else None}


def _sentence(told: Mapping[str, Any]) -> str:
    word = "it regresses again" if told["confirmed"] else "that is not shown again"
    stages = [told[stage] for stage in ("first", "second")]
    if any(stage.get("difference") is None or stage.get("p_adjusted") is None for stage in stages):
        return f"Asked again, {told['task']}, {told['what']}: {word}."
    first, second = (f"{stage['difference']:+.3f} (p {stage['p_adjusted']:.2g})" for stage in stages)
    return f"Asked again, {told['task']} {told['what']} is {second} after {first}: {word}."


def _said(baseline: Checkpoint, second: Comparison, num_samples: int, *, made: bool) -> Iterator[str]:
    if not made:
        yield f"--confirm: the second stage is not comparable, so the first stands: {second.headline}"
    if baseline.kind in STORED:
        yield (
            f"--confirm: {baseline.name} is stored, so that only the candidate was asked again ({num_samples} to a "
            "prompt): luck in the stored answers is not found out"
        )
