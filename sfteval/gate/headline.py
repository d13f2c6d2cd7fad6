"""A decided Comparison in, one sentence out: the first line of every report.

If a side never learned what a task asks (its sanity slice lies under the floor), that is said before anything else,
for then the difference says little about how the two compare at the task.
"""

from collections.abc import Mapping, Sequence

from sfteval.types import Comparison, Finding, MetricComparison, Slice, Verdict


def headline(comparison: Comparison, invalid: Sequence[str] = ()) -> str:
    """Return why the verdict is what it is, in a sentence or two; the word itself is the report's to print.

    `invalid` says why figures mean nothing.
    """
    if comparison.verdict is Verdict.NOT_COMPARABLE and invalid:
        more = f" ({len(invalid) - 1} more like it)" if len(invalid) > 1 else ""
        return f"{invalid[0]}{more}."
    return " ".join([*never_learned(comparison), _reason(comparison)])


def never_learned(comparison: Comparison) -> list[str]:
    """Return a sentence for each side that stays under a task's floor on its sanity slice."""
    sanity: Mapping[str, Mapping[str, object]] = comparison.reproduce.get("sanity", {})
    sentences = []
    for part in comparison.slices:
        rule = sanity.get(part.task)
        if rule and part.field == rule["field"] and part.value == str(rule["value"]):
            sentences.extend(_under(part, float(str(rule["floor"])), comparison))
    return sentences


def _under(part: Slice, floor: float, comparison: Comparison) -> list[str]:
    sides = ((comparison.baseline.name, part.baseline), (comparison.candidate.name, part.candidate))
    return [
        f"{name} never learned {part.task}: {value:.2f} where {part.field} = {part.value}, under {floor:.2f}."
        for name, value in sides
        if value < floor
    ]


def _reason(comparison: Comparison) -> str:
    gating = [metric for metric in comparison.metrics if metric.gating]
    if not gating and all(guard.verdict is Verdict.PASS for guard in comparison.guards):
        return f"No gating metric: {_diagnostics(comparison)}"
    deciding = next((metric for metric in gating if metric.verdict is comparison.verdict), None)
    if deciding is None:
        return _guarded(comparison)
    return _sentence(deciding, comparison)


def _guarded(comparison: Comparison) -> str:
    """Return the first guard that decides, and how many more say the same."""
    said = [guard.said for guard in comparison.guards if guard.verdict is comparison.verdict]
    more = f" ({len(said) - 1} more like it)" if len(said) > 1 else ""
    return f"{said[0]}{more}."


def _sentence(metric: MetricComparison, comparison: Comparison) -> str:
    a, b = comparison.baseline.name, comparison.candidate.name
    if metric.difference is None or metric.ci_low is None or metric.ci_high is None:
        if metric.n:
            return f"No verdict on any of {metric.n:,} prompts of {metric.task}: {metric.metric} has no figure."
        return f"No prompt of {metric.task} was answered by both {a} and {b}."
    numbers = (
        f"{metric.difference:+.3f} on {metric.task} ({metric.baseline:.3f} to {metric.candidate:.3f}, "
        f"95 % interval {metric.ci_low:+.3f} to {metric.ci_high:+.3f}, n = {metric.n})"
    )
    said = {
        Finding.BETTER: f"{b} is better than {a}: {numbers}.",
        Finding.WORSE: f"{b} is worse than {a}: {numbers}.",
        Finding.EQUIVALENT: f"{b} and {a} are equivalent within {metric.margin:g}: {numbers}.",
        Finding.NOT_SHOWN: f"No difference between {b} and {a} is shown: {numbers}.",
    }[metric.finding]
    if metric.verdict is Verdict.INCONCLUSIVE and metric.n_needed:
        said += f" About {metric.n_needed:,} prompts would decide."
    if metric.depends_on_budget:
        said += " The sign turns among answers that both sides completed: it depends on the token budget."
    return said


def _diagnostics(comparison: Comparison) -> str:
    counts = {finding: sum(m.finding is finding for m in comparison.metrics) for finding in Finding}
    return (
        f"{comparison.candidate.name} is better on {counts[Finding.BETTER]}, worse on {counts[Finding.WORSE]} "
        f"of {len(comparison.metrics)} metrics."
    )
