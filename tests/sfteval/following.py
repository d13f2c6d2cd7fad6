"""Runs of a task of constraints made of verdicts, without an answer or a checker: toys for comparing them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.identity import content_hash
from sfteval.types import Generation, Outcome, Reading, Run, Score, Task, TaskRun
from tests.sfteval.scripted import checkpoint, sample

MODES = ("strict", "loose", "strict_reference", "loose_reference")
NAMES = ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")
SAME = object()  # the published verdict is ours

Verdict = Mapping[str, Any]


def told(name: str, strict: bool, loose: bool | None = None, published: Any = SAME) -> Verdict:
    """Return one entry of `detail.instructions`; `published` may be True, False or None for both its modes."""
    loose = strict if loose is None else loose
    references = (strict, loose) if published is SAME else (published, published)
    verdicts = dict(zip(MODES, (strict, loose, *references), strict=True))
    return {"id": name, **verdicts, "reason": f"needed {name}", "measured": None}


def following(num: int = 4, *, gating: tuple[str, ...] = ("prompt_strict",), **fields: Any) -> Task:
    """Return a task of constraints with so many prompts, s0, s1, ..."""
    samples = tuple(sample(f"s{i}") for i in range(num))
    return replace(Task("rules", "constraints", samples, NAMES, gating=gating), **fields)


def run_following(
    answers: Sequence[Sequence[Verdict]],
    name: str = "a",
    of: Task | None = None,
    *,
    outcomes: Mapping[int, Outcome] | None = None,
    masked: Mapping[int, str] | None = None,
    **settings: Any,
) -> Run:
    """Return a run whose answer i has these verdicts; answers go round the prompts, one index after the other."""
    task = of or following(len(answers))
    scores = tuple(
        _score(task, place, verdicts, (outcomes or {}).get(place, Outcome.OK), (masked or {}).get(place))
        for place, verdicts in enumerate(answers)
    )
    readings = tuple(Reading(score.outcome, "so") for score in scores)
    generations = tuple(
        Generation(task.name, score.sample_id, score.sample_index, content_hash(place), "so", "stop", num_tokens=2)
        for place, score in enumerate(scores)
    )
    return Run(checkpoint(name), {"sampling": {}, **settings}, (TaskRun(task, generations, readings, scores),), Path())


def _score(task: Task, place: int, verdicts: Sequence[Verdict], outcome: Outcome, masked: str | None) -> Score:
    index, position = divmod(place, len(task.samples))
    detail: dict[str, Any] = {"instructions": list(verdicts)} | ({"masked": masked} if masked else {})
    metrics: dict[str, float | None] = {}
    for mode in MODES:
        found = [verdict[mode] if outcome is Outcome.OK else verdict[mode] and False for verdict in verdicts]
        known = None not in found
        metrics[f"prompt_{mode}"] = float(all(found)) if known else None
        metrics[f"instruction_{mode}"] = sum(found) / len(found) if known else None
    if outcome is Outcome.ERROR:
        metrics, detail = dict.fromkeys(metrics), {"error": "gone"}
    return Score(task.samples[position].id, index, outcome, metrics, detail)
