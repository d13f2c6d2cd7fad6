"""Answers that both sides gave alike are no difference at all. Run: pytest tests/sfteval/test_identical_answers.py.

Scores are pure functions of the answer, so that nothing has to be skipped for it: zero comes out as zero.
"""

import asyncio
import json

import pytest

from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints
from sfteval.progress import silent_progress
from sfteval.suites import load_suite

NUM = 12


def said(sample, place):
    """Return an answer that some scorers like and others do not."""
    target = sample.target if isinstance(sample.target, str) else json.dumps(sample.target)
    return (f"Answer: {target}", f"<<A title>>\n\nIt is {place}, in lower case. P.S. {target}", "", f"{target * 3}?")[
        place % 4
    ]


@pytest.mark.parametrize(("name", "tasks"), [("starter", ("reasoning", "toolcalls")), ("constraints", None)])
def test_the_same_answers_get_the_same_scores_and_a_difference_of_zero(name, tasks, tmp_path):
    samples = {sample.id: sample for task in load_suite(name, limit=NUM).tasks for sample in task.samples}
    rows = [{"id": key, "prompt": sample.prompt, "response": said(sample, place)}
            for place, (key, sample) in enumerate(samples.items())]  # fmt: skip
    for side, order in (("a", rows), ("b", rows[::-1])):
        (tmp_path / f"{side}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in order))
    sides = (f"responses:{tmp_path / 'a.jsonl'}", f"responses:{tmp_path / 'b.jsonl'}")
    plan = ComparePlan(*sides, RunPlan((name,), runs=tmp_path / "runs", limit=NUM, tasks=tasks))
    comparison = asyncio.run(compare_checkpoints(plan, silent_progress()))
    a, b = (sorted((tmp_path / "runs").glob(f"{side}-*/scores/*.jsonl")) for side in "ab")
    assert [path.read_bytes() for path in a] == [path.read_bytes() for path in b]
    shown = [metric for metric in comparison.metrics if metric.n]
    assert shown
    assert {(metric.difference, metric.b_only, metric.a_only, metric.p_value) for metric in shown} == {(0.0, 0, 0, 1.0)}
    assert {metric.baseline for metric in shown} != {0.0}
