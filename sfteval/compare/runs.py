"""Two runs of the same tasks in, one Comparison out: tasks joined by name, prompts by what was asked, counts per side.

Does not compute a statistic, and leaves the verdict to the gate.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sfteval.compare.budgets import compare_budgets
from sfteval.compare.calls import compare_calls
from sfteval.compare.instructions import compare_instructions, left_out
from sfteval.compare.joining import join, left_out_sentence
from sfteval.compare.masked import masked_prompts, without_masked
from sfteval.compare.metric import ALPHA, compare_metric, paired_table, slices
from sfteval.compare.passes import passes
from sfteval.compare.spread import spreads
from sfteval.errors import NotComparableError
from sfteval.types import (
    BudgetCurve,
    CallComparison,
    Comparison,
    InstructionComparison,
    MetricComparison,
    Outcome,
    Pair,
    Run,
    Sample,
    Sensitivity,
    Slice,
    TaskRun,
    Verdict,
)


def compare(baseline: Run, candidate: Run, *, seed: int = 0, alpha: float = ALPHA) -> Comparison:
    """Compare two runs of the same tasks; the verdict is left to the gate.

    Raises: NotComparableError when the runs do not hold the same tasks, or one of them an answer twice.
    """
    joins = [join(a, b) for a, b in _joined_tasks(baseline, candidate)]
    tasks = [(one.baseline, one.candidate) for one in joins]
    scores_only = [run.checkpoint.name for run in (baseline, candidate) if not _holds_answers(run)]
    absent = {one.baseline.task.name: one.left_out for one in joins if one.left_out}
    metrics: list[MetricComparison] = []
    sliced: list[Slice] = []
    pairs: list[Pair] = []
    instructions: list[InstructionComparison] = []
    calls: list[CallComparison] = []
    budgets: list[BudgetCurve] = []
    masked: dict[str, Mapping[str, str]] = {}
    without: list[MetricComparison] = []
    for a, b in tasks:
        table, joined = paired_table(a, b), tuple(_pairs(a, b))
        metrics.extend(compare_metric(a.task, metric, table, seed, alpha) for metric in a.task.metrics)
        sliced.extend(slices(a.task, table))
        pairs.extend(joined)
        if a.task.scorer == "constraints":
            instructions.append(compare_instructions(a.task, joined, seed))
        if not scores_only and (failing := compare_calls(a.task, joined, seed)):
            calls.append(failing)
        if curve := compare_budgets(a, b, joined, seed):
            budgets.append(curve)
        if defects := masked_prompts(joined):
            masked[a.task.name] = defects
            without.extend(without_masked(a.task, table, defects, seed, alpha))
    return Comparison(
        baseline=baseline.checkpoint,
        candidate=candidate.checkpoint,
        baseline_settings=baseline.settings,
        candidate_settings=candidate.settings,
        matched=baseline.settings.get("sampling") == candidate.settings.get("sampling"),
        metrics=tuple(metrics),
        slices=tuple(sliced),
        pairs=tuple(pairs),
        outcomes={a.task.name: {"baseline": _outcomes(a), "candidate": _outcomes(b)} for a, b in tasks},
        costs={"baseline": _costs(baseline), "candidate": _costs(candidate)},
        verdict=Verdict.NOT_COMPARABLE,  # fails closed: only the gate says otherwise
        headline="",
        warnings=(
            *(left_out_sentence(task, told) for task, told in absent.items()),
            *filter(None, map(left_out, instructions)),
            *_scored_differently(baseline, candidate),
            *_drawn_differently(baseline, candidate),
            *(
                f"{name}: only scores are stored, so that nothing is said of how its answers failed"
                for name in scores_only
            ),
        ),
        left_out=absent,
        instructions=tuple(instructions),
        calls=tuple(calls),
        sensitivity=Sensitivity(masked, tuple(without), Verdict.NOT_COMPARABLE) if masked else None,
        spreads=tuple(spread for a, b in tasks for spread in spreads(a, b)),
        passes=tuple(one for a, b in tasks for one in passes(a, b)),
        budgets=tuple(budgets),
    )


def _joined_tasks(baseline: Run, candidate: Run) -> list[tuple[TaskRun, TaskRun]]:
    others = {run.task.name: run for run in candidate.tasks}
    names = [run.task.name for run in baseline.tasks]
    if set(names) != set(others) or not names:
        raise NotComparableError(
            "compare",
            expected="two runs of the same tasks",
            got=f"{sorted(names)} and {sorted(others)}",
            next_move="Ask both checkpoints the same --suite",
        )
    return [(run, others[run.task.name]) for run in baseline.tasks]


def _scored_differently(baseline: Run, candidate: Run) -> Iterable[str]:
    """Yield a warning where the published verdicts of the two sides rest on different data."""
    a, b = (run.settings.get("scoring", {}).get("resources", {}) for run in (baseline, candidate))
    differing = [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]
    if a and b and differing:
        yield f"the two sides were scored with different data: {', '.join(differing)}; published verdicts may differ"


def _drawn_differently(baseline: Run, candidate: Run) -> Iterable[str]:
    """Yield a warning for each task whose prompts got more answers on one side."""
    a, b = (run.settings.get("samples", {}) for run in (baseline, candidate))
    for task in [run.task.name for run in baseline.tasks if run.task.name in a and run.task.name in b]:
        if a[task] != b[task]:
            yield f"{task}: {a[task]} of A's and {b[task]} of B's answers to a prompt; each prompt's are averaged first"


def _holds_answers(run: Run) -> bool:
    """Tell whether a run has its answers; a saved baseline has their scores only."""
    return any(task.generations for task in run.tasks) or not any(task.scores for task in run.tasks)


def _pairs(a: TaskRun, b: TaskRun) -> Iterable[Pair]:
    samples: dict[str, Sample] = {sample.id: sample for sample in a.task.samples}
    others = {(score.sample_id, score.sample_index): place for place, score in enumerate(b.scores)}
    for place, score in enumerate(a.scores):
        other = others.get((score.sample_id, score.sample_index))
        if other is not None:
            yield Pair(
                task=a.task.name,
                sample=samples[score.sample_id],
                sample_index=score.sample_index,
                baseline_reading=a.readings[place],
                candidate_reading=b.readings[other],
                baseline=score,
                candidate=b.scores[other],
            )


def _outcomes(run: TaskRun) -> dict[str, int]:
    counts = Counter(str(score.outcome) for score in run.scores)
    return {str(outcome): counts.get(str(outcome), 0) for outcome in Outcome}


def _think_tokens(run: Run) -> int | None:
    """Return the tokens spent on thought; None when a backend without token ids leaves them unknown."""
    counts = [reading.num_think_tokens for task in run.tasks for reading in task.readings]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _costs(run: Run) -> dict[str, Any]:
    if not _holds_answers(run):
        return {}
    answers = [generation for task in run.tasks for generation in task.generations]
    totals = run.checkpoint.training.get("totals", {})
    return {
        "num_answers": len(answers),
        "num_prompt_tokens": sum(generation.num_prompt_tokens for generation in answers),
        "num_tokens": sum(generation.num_tokens for generation in answers),
        "num_think_tokens": _think_tokens(run),
        "seconds": round(sum(generation.latency_seconds for generation in answers), 3),
        "training_tokens": totals.get("tokens"),
        "supervised_tokens": totals.get("supervised_tokens"),
    }
