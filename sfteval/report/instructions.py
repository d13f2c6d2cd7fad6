"""What a comparison says of constraints: whose rules count, what our repairs change, what masked prompts change.

Comparison in, sentences and rows of cells out, which the page, the summary and the terminal show alike; every number
was made by `compare`. Does not render.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.report.states import deciding_metrics
from sfteval.report.text import interval, number, one_line, signed, words
from sfteval.scorers.breakdown import LM_EVAL_NAMES
from sfteval.types import (
    Comparison,
    InstructionComparison,
    MetricComparison,
    Part,
    Repair,
    RuleDelta,
    Score,
    Sensitivity,
)

REFERENCE_NOTE = "_reference: by the published scorer's rules (--scorer-mode reference)"
LEVELS = {
    ("pooled", "strict"): "all instructions, each once, strict",
    ("pooled", "loose"): "all instructions, each once, loose",
    ("shares", "strict"): "mean of each prompt's share, strict",
    ("shares", "loose"): "mean of each prompt's share, loose",
}
DELTAS = {
    "prompt_strict": "prompts, strict",
    "prompt_loose": "prompts, loose",
    "pooled_strict": "instructions, strict",
    "pooled_loose": "instructions, loose",
}
RULES = {"fixed": "our rules", "reference": "published rules"}
TOO_FEW = "too few prompts"
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of parts, as text."""

    name: str
    a: str
    b: str
    difference: str
    bounds: str  # the interval, or why there is none
    n: str
    method: str


# -- sentences ---------------------------------------------------------------------------------------------------------


def rules_sentence(comparison: Comparison) -> str:
    """Return what it means that the published rules decide; empty where ours do."""
    if not any(task.rules == "reference" for task in comparison.instructions):
        return ""
    return (
        "The published scorer's rules decide here, its defects included (--scorer-mode reference): for comparison with "
        "published numbers. Thoughts, tool calls and special tokens are cut before, which published scorers do not do."
    )


def sensitivity_sentences(comparison: Comparison) -> list[str]:
    """Return for each task with masked prompts what its deciding metric is without them, and whether that turns it."""
    sensitivity = comparison.sensitivity
    if sensitivity is None:
        return []
    deciding = deciding_metrics(comparison)
    rows = {(metric.task, metric.metric): metric for metric in comparison.metrics}
    return [
        _sensitivity(rows[metric.task, metric.metric], metric, comparison, sensitivity)
        for metric in sensitivity.metrics
        if metric.metric == deciding.get(metric.task) and metric.n < rows[metric.task, metric.metric].n
    ]


def _sensitivity(
    whole: MetricComparison, without: MetricComparison, comparison: Comparison, sensitivity: Sensitivity
) -> str:
    count = whole.n - without.n  # those of them that have a value on both sides
    prompts = "the masked prompt" if count == 1 else f"the {count:,} masked prompts"
    figures = f"{signed(without.difference)} {interval(without.ci_low, without.ci_high)}".strip()
    name, metric = one_line(whole.task), one_line(whole.metric)
    said = f"{name} without {prompts}: difference {figures} on {metric}, n {without.n:,}"
    if whole.gating:
        return f"{said}; {_turn('verdict', comparison.verdict, sensitivity.verdict)}."
    return f"{said}; {_turn('finding', whole.finding, without.finding)}."


def _turn(what: str, before: str, after: str) -> str:
    if before == after:
        return f"the {what} is the same ({words(before)})"
    return f"the {what} turns from {words(before)} to {words(after)}"


def masked_reasons(comparison: Comparison, task: str) -> list[str]:
    """Return why prompts of this task are masked, each reason once."""
    masked: Mapping[str, str] = comparison.sensitivity.masked.get(task, {}) if comparison.sensitivity else {}
    return [one_line(str(reason)) for reason in dict.fromkeys(masked.values())]


def repairs_sentence(task: InstructionComparison) -> str:
    """Return what our repairs change of this task's deciding share, or that they change nothing."""
    if not task.num_judged:
        return "No instruction here has a published verdict to hold ours against."
    if not task.repairs:
        return f"Our rules and the published ones agree on all {task.num_judged:,} verdicts of each side."
    how = task.mode.removesuffix("_reference")
    delta = next((delta for delta in task.deltas if delta.metric == f"prompt_{how}"), None)
    if delta is None:
        return "Our repairs change verdicts, but no prompt has a published verdict on all of its instructions."
    moved = f"A by {signed(delta.baseline_delta)} and B by {signed(delta.candidate_delta)}"
    return f"Our repairs move the {how} share of prompts against the published rules: {moved} (n {delta.n:,})."


def missing_sentence(task: InstructionComparison) -> str:
    """Return how many prompts have no published verdict, and which instructions are why; empty where all have one."""
    if not task.num_without_reference:
        return ""
    counted = [f"{one_line(name)} ({count:,})" for name, count in _most(task.without_reference)]
    more = len(task.without_reference) - len(counted)
    named = ", ".join(counted) + (f" and {more:,} more" if more > 0 else "")
    return (
        f"{task.num_without_reference:,} of {task.num_prompts:,} prompts have no published verdict, which is random or "
        f"needs data that is not installed for {named}."
    )


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_NAMED]


def resources_sentence(comparison: Comparison) -> str:
    """Return what data the published verdicts rest on, and which is absent; empty where no run says so."""
    scoring = comparison.baseline_settings.get("scoring")
    resources = scoring.get("resources") if isinstance(scoring, Mapping) else None
    if not isinstance(resources, Mapping) or not resources:
        return ""
    found = [f"{one_line(str(name))} ({one_line(str(value))})" for name, value in sorted(resources.items()) if value]
    absent = [one_line(str(name)) for name, value in sorted(resources.items()) if not value]
    parts = (
        [f"Published verdicts rest on {', '.join(found)}"]
        if found
        else ["Published verdicts rest on no data of others"]
    )
    return "; ".join([*parts, *([f"absent here: {', '.join(absent)}"] if absent else [])]) + "."


# -- rows --------------------------------------------------------------------------------------------------------------


def level_rows(task: InstructionComparison) -> list[Row]:
    """Return the instruction level: pooled, and as the mean of the prompts' shares."""
    return [
        _row(part, LEVELS.get((part.kind, part.value), part.value))
        for part in task.parts
        if part.kind in ("pooled", "shares")
    ]


def part_rows(task: InstructionComparison, kind: str) -> list[Row]:
    """Return the parts of one kind in their order."""
    return [_row(part, one_line(part.value)) for part in task.parts if part.kind == kind]


def _row(part: Part, name: str) -> Row:
    return Row(
        name=name,
        a=number(part.baseline),
        b=number(part.candidate),
        difference=signed(part.difference),
        bounds=interval(part.ci_low, part.ci_high) or TOO_FEW,
        n=f"{part.n:,}",
        method=one_line(part.method),
    )


def delta_rows(task: InstructionComparison) -> list[tuple[str, ...]]:
    """Return for each share: name, A by ours, by the published rules, the delta; the same of B; n."""
    return [_delta(delta) for delta in task.deltas]


def _delta(delta: RuleDelta) -> tuple[str, ...]:
    return (
        DELTAS.get(delta.metric, one_line(delta.metric)),
        number(delta.baseline),
        number(delta.baseline_reference),
        signed(delta.baseline_delta),
        number(delta.candidate),
        number(delta.candidate_reference),
        signed(delta.candidate_delta),
        f"{delta.n:,}",
    )


def repair_rows(task: InstructionComparison) -> list[tuple[str, ...]]:
    """Return for each id with a delta: id, what the repair is, how many verdicts it turns for A and for B, n."""
    return [_repair(repair) for repair in task.repairs]


def _repair(repair: Repair) -> tuple[str, ...]:
    return (
        one_line(repair.id),
        one_line(repair.sentence),
        _turned(repair.baseline_gained, repair.baseline_lost),
        _turned(repair.candidate_gained, repair.candidate_lost),
        f"{repair.n:,}",
    )


def _turned(gained: int, lost: int) -> str:
    """Return passes that only our rule gives, and those that it takes away."""
    shown = [f"+{gained:,}"] * bool(gained) + [f"-{lost:,}"] * bool(lost)
    return " ".join(shown) or "0"


def paper_head(task: InstructionComparison) -> list[str]:
    """Return the columns behind the name: side, rules and n."""
    return [f"{letter}, {RULES[rules]}, n {task.papers[rules]['n']:,}" for rules, letter, _ in _paper_columns(task)]


def paper_rows(task: InstructionComparison) -> list[tuple[str, ...]]:
    """Return lm-eval's four names, each with its share per column of `paper_head`."""
    columns = [figures for _, _, figures in _paper_columns(task)]
    return [(name, *(number(figures.get(name), 4) for figures in columns)) for name in LM_EVAL_NAMES]


def _paper_columns(task: InstructionComparison) -> list[tuple[str, str, Mapping[str, float | None]]]:
    """Return rules, side and figures of each column."""
    return [
        (rules, letter, task.papers[rules][side])
        for rules in RULES
        if rules in task.papers
        for letter, side in (("A", "baseline"), ("B", "candidate"))
    ]


# -- one answer --------------------------------------------------------------------------------------------------------


def failures(score: Score, metric: str) -> list[str]:
    """Return one line for each instruction that this answer did not follow, by the rules of the deciding metric."""
    mode, found = metric.partition("_")[2], score.detail.get("instructions")
    checks = [check for check in found if isinstance(check, Mapping)] if isinstance(found, list | tuple) else []
    return [
        f"{one_line(str(check.get('id', '')))}: {one_line(str(check.get('reason') or 'not followed'))}"
        for check in checks
        if check.get(mode, check.get("strict")) is False
    ]
